"""vmap: a mapped axis is folded into the extent that exactly the operands carrying it share, and the call is one call.

Of input and output it goes to the batch, of weight and output to the output channels, of input and weight to the input
channels, of all three to the groups. Each rule calls what it is given, which may be mapped over a further axis itself.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor

from faltung.torch.derivatives import Backward, Forward
from faltung.torch.kernels import Mask
from faltung.torch.options import Options


def to_front(tensor: Tensor | None, axis: int | None) -> Tensor | None:
    return tensor if tensor is None or axis is None else tensor.movedim(axis, 0)


def fold_outside(tensor: Tensor, axis: int) -> Tensor:
    """The first axis joined with what is then `axis`: its index changes slowest."""
    return tensor.movedim(0, axis).flatten(axis, axis + 1)


def unfold_outside(tensor: Tensor, axis: int, count: int) -> Tensor:
    return tensor.unflatten(axis, (count, tensor.shape[axis] // count)).movedim(axis, 0)


def fold_inside(tensor: Tensor, axis: int, groups: int) -> Tensor:
    """The first axis joined with what is then `axis`, within each of its groups."""
    split = tensor.unflatten(axis + 1, (groups, tensor.shape[axis + 1] // groups))
    return split.movedim(0, axis + 1).flatten(axis, axis + 2)


def unfold_inside(tensor: Tensor, axis: int, groups: int, count: int) -> Tensor:
    split = tensor.unflatten(axis, (groups, count, tensor.shape[axis] // (groups * count)))
    return split.movedim(axis + 1, 0).flatten(axis + 1, axis + 2)


def without_memory(like: Tensor, shape: Any) -> Tensor:
    """For an operand of which only the shape matters."""
    return like.new_zeros(()).expand(shape)


def with_groups(options: Options, groups: Any) -> Options:
    return (*options[:5], groups, options[6])


class Folds:
    """The folds of one convolution, whose weight has its groups in the one axis or the other."""

    def __init__(self, count: int, options: Options) -> None:
        self.count, self.options, self.groups = count, options, options[5]
        self.out_axis, self.in_axis = (1, 0) if options[3] else (0, 1)
        self.out_groups, self.in_groups = (1, self.groups) if options[3] else (self.groups, 1)
        self.joined = with_groups(options, self.groups * count)

    def outputs(self, weight: Tensor) -> Tensor:
        return fold_inside(weight, self.out_axis, self.out_groups)

    def inputs(self, weight: Tensor) -> Tensor:
        return fold_inside(weight, self.in_axis, self.in_groups)

    def repeated(self, shape: Any, axis: int) -> list[Any]:
        return [n * self.count if a == axis else n for a, n in enumerate(shape)]


def mapped_forward(call: Forward, count: int, axes: Any, operands: Any, options: Options) -> tuple[Tensor, int]:
    x, w, b = (to_front(t, axis) for t, axis in zip(operands, axes))
    of_x, of_w, of_b = (axis is not None for axis in axes)
    f = Folds(count, options)
    unbatched = x.dim() - of_x < w.dim() - of_w
    x = x.unsqueeze(1 if of_x else 0) if unbatched else x
    if of_x and of_w:
        bias = None if b is None else (b if of_b else b.expand(count, -1)).flatten()
        y = unfold_outside(call(fold_outside(x, 1), w.flatten(0, 1), bias, f.joined), 1, count)
    elif of_w:
        bias = None if b is None else fold_inside(b if of_b else b.expand(count, -1), 0, f.groups)
        y = unfold_inside(call(x, f.outputs(w), bias, options), 1, f.groups, count)
    else:
        y = call(x.flatten(0, 1) if of_x else x, w, None if of_b else b, options)
        y = unfold_outside(y, 0, count) if of_x else y.unsqueeze(0)
        y = y + b.reshape(count, 1, -1, *[1] * (w.dim() - 2)) if of_b else y
    return (y.squeeze(1) if unbatched else y), 0


def input_gradient(call: Backward, f: Folds, g: Tensor, x_shape: Any, w: Tensor, of_g: bool, of_w: bool) -> Tensor:
    mask = (True, False, False)
    if of_g and of_w:
        x = without_memory(g, f.repeated(x_shape, 1))
        return unfold_outside(call(fold_outside(g, 1), x, w.flatten(0, 1), f.joined, mask)[0], 1, f.count)
    if of_w:
        x = without_memory(g, f.repeated(x_shape, 1))
        return unfold_inside(call(g, x, f.inputs(w), f.options, mask)[0], 1, f.groups, f.count)
    x = without_memory(g, f.repeated(x_shape, 0))
    return unfold_outside(call(g.flatten(0, 1), x, w, f.options, mask)[0], 0, f.count)


def weight_gradient(call: Backward, f: Folds, g: Tensor, x: Tensor, w_shape: Any, of_g: bool, of_x: bool) -> Tensor:
    mask = (False, True, False)
    if of_g and of_x:
        w = without_memory(g, f.repeated(w_shape, 0))
        return unfold_outside(call(fold_outside(g, 1), fold_outside(x, 1), w, f.joined, mask)[1], 0, f.count)
    if of_g:
        w = without_memory(g, f.repeated(w_shape, f.out_axis))
        result = call(fold_inside(g, 1, f.groups), x, w, f.options, mask)[1]
        return unfold_inside(result, f.out_axis, f.out_groups, f.count)
    w = without_memory(g, f.repeated(w_shape, f.in_axis))
    result = call(g, fold_inside(x, 1, f.groups), w, f.options, mask)[1]
    return unfold_inside(result, f.in_axis, f.in_groups, f.count)


def mapped_backward(call: Backward, count: int, axes: Any, operands: Any, options: Options, mask: Mask) -> tuple[Any, Any]:
    g, x, w = (to_front(t, axis) for t, axis in zip(operands, axes))
    of_g, of_x, of_w = (axis is not None for axis in axes)
    f = Folds(count, options)
    unbatched = g.dim() - of_g < w.dim() - of_w
    if unbatched:
        g, x = g.unsqueeze(int(of_g)), x.unsqueeze(int(of_x))
    x_shape, w_shape = x.shape[int(of_x) :], w.shape[int(of_w) :]
    by_x = by_w = by_b = None
    if mask[0] and (of_g or of_w):
        by_x = input_gradient(call, f, g, x_shape, w, of_g, of_w)
    elif mask[0]:
        by_x = call(g, without_memory(g, x_shape), w, options, (True, False, False))[0]
    if mask[1] and (of_g or of_x):
        by_w = weight_gradient(call, f, g, x, w_shape, of_g, of_x)
    elif mask[1]:
        by_w = call(g, x, without_memory(g, w_shape), options, (False, True, False))[1]
    if mask[2]:
        kept = {0, 2} if of_g else {1}
        by_b = g.sum([axis for axis in range(g.dim()) if axis not in kept])
    if mask[0] and unbatched:
        by_x = by_x.squeeze(1 if of_g or of_w else 0)
    return (by_x, by_w, by_b), (
        0 if mask[0] and (of_g or of_w) else None,
        0 if mask[1] and (of_g or of_x) else None,
        0 if mask[2] and of_g else None,
    )
