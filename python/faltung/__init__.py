"""Convolutions with PyTorch's meaning for every library's arrays: the fastest engine is taken, and says why."""

from faltung import functional
from faltung._errors import UnsupportedError
from faltung._native import (
    Array,
    Candidate,
    CompiledConv,
    Numerics,
    Policy,
    PreparedWeights,
    Selection,
    TorchSelection,
    compile,
    engines,
    explain,
    info,
    load_tuning,
    problem,
    save_tuning,
    torch_selection,
    tune,
)
from faltung._native import version as __version__
from faltung.functional import PreparedConv, prepare

__all__ = [
    "Array",
    "Candidate",
    "CompiledConv",
    "Numerics",
    "Policy",
    "PreparedConv",
    "PreparedWeights",
    "Selection",
    "TorchSelection",
    "UnsupportedError",
    "__version__",
    "compile",
    "engines",
    "explain",
    "functional",
    "info",
    "load_tuning",
    "prepare",
    "problem",
    "save_tuning",
    "torch_selection",
    "tune",
]
