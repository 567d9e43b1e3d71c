"""Several devices, several threads, exported programs."""

from concurrent.futures import ThreadPoolExecutor

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import NamedSharding, PartitionSpec

from faltung.jax import conv_general_dilated

theirs = jax.lax.conv_general_dilated
IMAGES = jnp.arange(2 * 3 * 8 * 7.0).reshape(2, 3, 8, 7) % 5 - 2
FILTERS = jnp.arange(4 * 3 * 3 * 2.0).reshape(4, 3, 3, 2) % 3 - 1
SPLIT, WHOLE = PartitionSpec("devices"), PartitionSpec()


def mesh(kind=jax.sharding.AxisType.Auto):
    return jax.make_mesh((2,), ("devices",), axis_types=(kind,))


def loss(conv, x, w):
    return (conv(x, w, (1, 1), "SAME") ** 2).sum()


def test_shard_map():
    @jax.jit
    @jax.grad
    def by_weight(w):
        def part(x, w):
            return jax.lax.psum(loss(conv_general_dilated, x, w), "devices")

        return jax.shard_map(part, mesh=mesh(), in_specs=(SPLIT, WHOLE), out_specs=WHOLE)(IMAGES, w)

    assert np.array_equal(by_weight(FILTERS), jax.grad(loss, 2)(theirs, IMAGES, FILTERS))


@pytest.mark.parametrize("kind", [jax.sharding.AxisType.Auto, jax.sharding.AxisType.Explicit])
def test_sharded_operands_are_gathered(kind):
    expected = jax.grad(loss, (1, 2))(theirs, IMAGES, FILTERS)
    with jax.set_mesh(mesh(kind)):
        images = jax.device_put(IMAGES, NamedSharding(mesh(kind), SPLIT))
        results = jax.jit(jax.grad(lambda x, w: loss(conv_general_dilated, x, w), (0, 1)))(images, FILTERS)
        assert all(np.array_equal(a, b) for a, b in zip(results, expected))


def test_results_are_spread_as_asked():
    with jax.set_mesh(mesh(jax.sharding.AxisType.Explicit)):
        result = jax.jit(lambda x, w: conv_general_dilated(x, w, (1, 1), "SAME", out_sharding=SPLIT))(IMAGES, FILTERS)
        assert result.sharding.spec[0] == "devices" and np.array_equal(result, theirs(IMAGES, FILTERS, (1, 1), "SAME"))


def test_threads():
    def work(i):
        x = IMAGES[:, :, : 4 + i % 4]
        return np.array_equal(conv_general_dilated(x, FILTERS, (1, 1), "SAME"), theirs(x, FILTERS, (1, 1), "SAME"))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(64)))


def test_exported_programs():
    function = jax.jit(lambda x, w: conv_general_dilated(x, w, (1, 1), "SAME"))
    allowed = [jax.export.DisabledSafetyCheck.custom_call("faltung_convolution")]
    exported = jax.export.export(function, disabled_checks=allowed)(IMAGES, FILTERS)
    result = jax.jit(exported.call)(IMAGES, FILTERS)
    assert np.array_equal(result, theirs(IMAGES, FILTERS, (1, 1), "SAME"))
