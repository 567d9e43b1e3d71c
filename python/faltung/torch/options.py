"""A convolution's options as one tuple: stride, padding, dilation, transposed, output_padding, groups, padding_mode.

As the caller gave them, they are `Options`; written out, each is a list of a number for each spatial axis, and padding one of
pairs low, high: what an operator can take and a shape can be worked out from.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

Options = tuple[Any, Any, Any, bool, Any, Any, str]


def per_axis(value: Any, rank: int, name: str) -> list[Any]:
    values = list(value) if isinstance(value, Sequence) else [value]
    if len(values) not in (1, rank):
        raise ValueError(f"{name} has {len(values)} values; 1 or {rank} are right")
    return values * rank if len(values) == 1 else values


def pads_of_word(word: str, extent: Any, reach: Any, stride: Any, transposed: bool) -> tuple[Any, Any]:
    """What a word puts at the two ends of an axis, negative to crop; `reach` is the span of the filter."""
    if word == "valid":
        return 0, 0
    if word == "full":
        return reach - 1, reach - 1
    if word == "causal" and not transposed:
        return reach - 1, 0
    if word not in ("same", "same_lower", "causal"):
        raise ValueError(f'padding mode "{word}" is unknown; there are valid, same, same_lower, causal and full')
    total = reach - stride if transposed else (-(-extent // stride) - 1) * stride + reach - extent
    half = max(total, 0) // 2
    low = 0 if word == "causal" else half if word == "same" else max(total, 0) - half
    return low, total - low


def written_out(options: Options, input: Tensor, weight: Tensor) -> Options:
    stride, padding, dilation, transposed, output_padding, groups, padding_mode = options
    rank = weight.dim() - 2
    strides, dilations = per_axis(stride, rank, "stride"), per_axis(dilation, rank, "dilation")
    if isinstance(padding, str):
        reaches = [d * (k - 1) + 1 for d, k in zip(dilations, weight.shape[2:])]
        extents = input.shape[input.dim() - rank :]
        pads = [p for n, r, s in zip(extents, reaches, strides) for p in pads_of_word(padding, n, r, s, transposed)]
    else:
        amounts = per_axis(padding, rank, "padding")
        pads = [p for a in amounts for p in (a if isinstance(a, Sequence) else (a, a))]
    return strides, pads, dilations, transposed, per_axis(output_padding, rank, "output_padding"), groups, padding_mode


def sides(pads: Sequence[int]) -> list[tuple[int, int]]:
    """The pairs of a written-out padding, as the compiled module takes them."""
    return list(zip(pads[::2], pads[1::2]))
