"""torch.autocast: convolutions are on its list of functions that run in the lower precision."""

from __future__ import annotations

import torch
from torch import Tensor


def cast(tensor: Tensor | None, device: str, dtype: torch.dtype) -> Tensor | None:
    if tensor is None or not tensor.is_floating_point() or tensor.dtype is torch.float64 or tensor.device.type != device:
        return tensor
    return tensor.to(dtype)


def cast_operands(input: Tensor, weight: Tensor, bias: Tensor | None) -> tuple[Tensor, Tensor, Tensor | None]:
    device = input.device.type
    if not torch.is_autocast_enabled(device):
        return input, weight, bias
    dtype = torch.get_autocast_dtype(device)
    return cast(input, device, dtype), cast(weight, device, dtype), cast(bias, device, dtype)
