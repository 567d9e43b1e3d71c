"""What a convolution is, in a few lines of NumPy, to compare with."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def tuple_of(value, rank):
    return (value,) * rank if isinstance(value, int) else tuple(value)


def windows_of(x, taps, stride, dilation, pads):
    """(N, C, out..., k...)"""
    rank = len(taps)
    x = np.pad(x, [(0, 0), (0, 0), *pads])
    reach = [d * (k - 1) + 1 for k, d in zip(taps, dilation)]
    windows = sliding_window_view(x, reach, axis=tuple(range(2, 2 + rank)))
    return windows[(slice(None), slice(None), *(slice(None, None, s) for s in stride), *(slice(None, None, d) for d in dilation))]


def conv(x, w, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """padding: a number, or a pair for each axis."""
    rank = w.ndim - 2
    pads = [(padding, padding)] * rank if isinstance(padding, int) else padding
    windows = windows_of(x, w.shape[2:], tuple_of(stride, rank), tuple_of(dilation, rank), pads)
    c, o = w.shape[1], w.shape[0] // groups
    taps = range(2 + rank, 2 + 2 * rank)
    parts = []
    for group in range(groups):
        part = np.tensordot(windows[:, group * c : (group + 1) * c], w[group * o : (group + 1) * o], ((1, *taps), (1, *range(2, 2 + rank))))
        parts.append(np.moveaxis(part, -1, 1))
    y = np.concatenate(parts, 1)
    return y if bias is None else y + bias.reshape(-1, *(1,) * rank)


def gradients(g, x, w, **options):
    """By input and weight: T is linear in each element, so each derivative is a difference of exact sums."""

    def by(array, function):
        result = np.zeros_like(array)
        for index in np.ndindex(array.shape):
            unit = np.zeros_like(array)
            unit[index] = 1
            result[index] = (g * function(unit)).sum()
        return result

    return by(x, lambda unit: conv(unit, w, **options)), by(w, lambda unit: conv(x, unit, **options))


def whole_numbers(*shape, dtype=np.float32, seed=0):
    """−3 … 3: sums of their products are exact."""
    return np.random.default_rng(seed).integers(-3, 4, shape).astype(dtype)
