"""Calls of the six functions, for tests that compare Faltung's with PyTorch's."""

from __future__ import annotations

import torch
import torch.nn.functional as F

import faltung.torch as ft

NAMES = ["conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d"]
OURS = {name: getattr(ft, name) for name in NAMES}
THEIRS = {name: getattr(F, name) for name in NAMES}


def rank_of(name: str) -> int:
    return int(name[-2])


def operands(name: str, groups: int = 1, dtype: torch.dtype = torch.double, batch: int | None = 2, grad: bool = True):
    """input, weight and bias of whole numbers, whose sums are exact in every type."""
    rank = rank_of(name)
    generator = torch.Generator().manual_seed(rank)
    extents = (6, 5, 4)[:rank]
    shapes = [((batch,) if batch is not None else ()) + (4, *extents), (4, 6 // groups, *(3, 2, 2)[:rank]), (6,)]
    if "transpose" not in name:
        shapes[1] = (6, 4 // groups, *shapes[1][2:])
    tensors = [torch.randint(-2, 3, shape, generator=generator).to(dtype) for shape in shapes]
    return [t.requires_grad_(grad and (dtype.is_floating_point or dtype.is_complex)) for t in tensors]


OPTIONS = [
    {},
    {"stride": 2, "padding": 1},
    {"dilation": 2, "padding": 2},
    {"groups": 2},
]


def check_rounding(ours: torch.Tensor, call, *operands, **options) -> None:
    """Against the sum in double precision: a few roundings of the sum of its terms' magnitudes, in the result's type."""
    if not (ours.is_floating_point() or ours.is_complex()):
        return torch.testing.assert_close(ours, call(*operands, **options), rtol=0, atol=0)
    high = torch.complex128 if ours.is_complex() else torch.float64
    exact = [t.detach().to(high) if isinstance(t, torch.Tensor) else t for t in operands]
    magnitudes = [t.abs() if isinstance(t, torch.Tensor) else t for t in exact]
    error = (ours.detach().to(high) - call(*exact, **options)).abs()
    bound = 4 * torch.finfo(ours.dtype).eps * call(*magnitudes, **options)
    assert bool((error <= bound).all()), f"off by {error.max()}, {(error / bound).nan_to_num().max()} times what is right"
