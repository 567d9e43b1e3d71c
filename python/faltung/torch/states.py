"""What PyTorch is doing to its calls at the moment. Some of it only private names tell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.autograd import forward_ad

PLAIN = frozenset({torch.Tensor, torch.nn.Parameter})

is_compiling = torch.compiler.is_compiling
grad_is_enabled = torch.is_grad_enabled
inference_mode_is_enabled = torch.is_inference_mode_enabled


def always(*_: Any) -> bool:
    """Where PyTorch does not tell: its dispatcher, which knows, is then asked in every call."""
    return True


def private(owner: Any, name: str) -> Callable[[], Any]:
    return getattr(owner, name, always)


dispatch_modes = private(torch._C, "_len_torch_dispatch_stack")
function_modes = private(torch._C, "_len_torch_function_stack")
profiler_is_on = private(torch.autograd, "_profiler_enabled")
tracing = private(torch._C, "_get_tracing_state")
autocast_is_on = private(torch._C, "_is_any_autocast_enabled")
# Permissions, which a PyTorch that does not tell has not given. NNPACK is where PyTorch's own transforms come from.
transforms_on_cpu = getattr(torch._C, "_get_nnpack_enabled", lambda: False)
# As torch.backends.cudnn says, which takes ten times as long.
allows_tf32 = getattr(torch._C, "_get_cudnn_allow_tf32", lambda: torch.backends.cudnn.allow_tf32)
cudnn_is_deterministic = private(torch._C, "_get_cudnn_deterministic")
algorithms_are_deterministic = torch.are_deterministic_algorithms_enabled
# Without this one all others are asked in vain: the operators are taken, which torch.func's grad under vmap refuses.
transforms_are_active = getattr(torch._C, "_are_functorch_transforms_active", lambda: False)
if not hasattr(torch._C, "_are_functorch_transforms_active"):
    dispatch_modes = always


def forward_mode_is_on() -> bool:
    return getattr(forward_ad, "_current_level", 0) >= 0
