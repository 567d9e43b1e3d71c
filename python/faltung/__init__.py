"""Convolutions with PyTorch's meaning for every library's arrays: the fastest engine is taken, and says why."""

from faltung import functional
from faltung._native import Array, Numerics, Policy, UnsupportedError, __version__

__all__ = ["Array", "Numerics", "Policy", "UnsupportedError", "__version__", "functional"]
