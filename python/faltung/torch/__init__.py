"""faltung for PyTorch: functions and modules that record gradients, and patch(), which routes torch's own through them.

Importing it needs PyTorch 2.10 or newer.
"""

from faltung.torch import differentiation as differentiation  # registers the operators' derivatives
from faltung.torch.census import Census
from faltung.torch.functional import conv1d, conv2d, conv3d, conv_transpose1d, conv_transpose2d, conv_transpose3d
from faltung.torch.modules import Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from faltung.torch.patching import patch
from faltung.torch.prepared import forget as forget_prepared_weights

__all__ = [
    "Census",
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "ConvTranspose3d",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "forget_prepared_weights",
    "patch",
]
