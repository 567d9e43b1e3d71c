"""Functions on arrays, with the names, the order of arguments and the meaning of torch.nn.functional.

They take arrays of NumPy, PyTorch, JAX and CuPy, and all with ``__dlpack__`` or the buffer protocol, without a copy; a result is
of the first argument's kind and lies on its device. No graph for gradients is recorded.
"""

from faltung._native import (
    conv1d,
    conv2d,
    conv3d,
    conv_transpose1d,
    conv_transpose2d,
    conv_transpose3d,
    convolution,
)

__all__ = [
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "convolution",
]
