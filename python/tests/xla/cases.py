"""Random convolutions of whole numbers, which both libraries compute exactly."""

import jax.numpy as jnp
import numpy as np
from definition import whole_numbers


def conv_case(seed):
    """lhs, rhs and the other arguments of conv_general_dilated."""
    random = np.random.default_rng(seed)
    rank = int(random.integers(1, 4))
    groups, batch_groups = [(1, 1), (2, 1), (1, 2)][seed % 3]
    strides, into, over = (tuple(int(v) for v in random.integers(1, 4, rank)) for _ in range(3))
    if seed % 4 < 2:
        strides = (1,) * rank
    if seed % 4 in (0, 2):
        into = (1,) * rank
    padding = [(int(a), int(b)) for a, b in random.integers(-1, 4, (rank, 2))]
    if seed % 8 == 0:
        padding = ["SAME", "SAME_LOWER", "VALID"][random.integers(3)]
    letters = "DHW"[:rank]
    specs = tuple("".join(random.permutation(list(ends + letters))) for ends in ("NC", "OI", "NC"))
    sizes = {"N": 2 * batch_groups, "C": 3 * groups, "O": 2 * groups * batch_groups, "I": 3}
    lhs = whole_numbers(*(sizes.get(letter) or int(random.integers(7, 9)) for letter in specs[0]), seed=seed)
    rhs = whole_numbers(*(sizes.get(letter) or int(random.integers(1, 4)) for letter in specs[1]), seed=seed + 1)
    return jnp.asarray(lhs), jnp.asarray(rhs), (strides, padding, into, over, specs, groups, batch_groups)
