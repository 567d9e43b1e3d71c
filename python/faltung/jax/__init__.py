"""faltung for JAX: convolutions on the CPU that jit compiles, and that every transform of JAX knows.

Importing it needs JAX 0.10 or newer.
"""

import jax

if jax.__version_info__ < (0, 10):
    raise ImportError(f"faltung.jax needs JAX 0.10 or newer; this is {jax.__version__}")

from faltung.jax.convolution import conv_general_dilated  # noqa: E402

__all__ = ["conv_general_dilated"]
