"""Types, shapes without elements, what is refused, and what the compiled handler makes of wrong calls."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from faltung.jax import conv_general_dilated

theirs = jax.lax.conv_general_dilated


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16", "complex64", "complex128", "int8", "int32", "int64"])
def test_types(dtype):
    with jax.enable_x64(True):
        x, w = jnp.arange(-9, 9).reshape(1, 2, 9).astype(dtype), jnp.arange(-6, 6).reshape(2, 2, 3).astype(dtype)
        if dtype.startswith("complex"):
            x, w = x * (1 + 2j), w * (2 - 1j)
        ours, others = conv_general_dilated(x, w, (1,), "SAME"), theirs(x, w, (1,), "SAME")
        assert ours.dtype == dtype and np.array_equal(ours, others)
        if jnp.issubdtype(dtype, jnp.inexact):
            pulled = [jax.vjp(lambda x, w: conv(x, w, (1,), "SAME"), x, w)[1](ours) for conv in (conv_general_dilated, theirs)]
            assert all(np.array_equal(a, b) for a, b in zip(*pulled))


@pytest.mark.parametrize(("dtype", "preferred"), [("int8", "int32"), ("bfloat16", "float32"), ("float32", "float32")])
def test_preferred_element_type(dtype, preferred):
    x, w = jnp.arange(-90, 90).reshape(1, 2, 90).astype(dtype), jnp.arange(-6, 6).reshape(2, 2, 3).astype(dtype)
    ours, others = (conv(x, w, (1,), "VALID", preferred_element_type=preferred) for conv in (conv_general_dilated, theirs))
    assert ours.dtype == preferred and np.array_equal(ours, others)


@pytest.mark.parametrize(("x", "w", "padding"), [((0, 3, 5), (2, 3, 2), "SAME"), ((1, 0, 5), (2, 0, 2), "SAME"), ((1, 3, 2), (2, 3, 4), "VALID")])
def test_no_elements(x, w, padding):
    ours, others = (conv(jnp.ones(x), jnp.ones(w), (1,), padding) for conv in (conv_general_dilated, theirs))
    assert ours.shape == others.shape and np.array_equal(ours, others)


@pytest.mark.parametrize("precision", [None, "highest", jax.lax.Precision.HIGH, (jax.lax.Precision.HIGHEST, None)])
def test_precision_says_what_engines_may_do(precision):
    x, w = jnp.ones((1, 2, 9)), jnp.ones((2, 2, 3))
    text = str(jax.jit(lambda x, w: conv_general_dilated(x, w, (1,), "SAME", precision=precision)).lower(x, w).as_text())
    assert ("notransforms" in text) == (precision not in (None, jax.lax.Precision.HIGH))


@pytest.mark.parametrize(
    "wrong",
    [
        {"window_strides": (1, 1)},
        {"padding": [(0, 0), (0, 0)]},
        {"dimension_numbers": ("NCW", "OIW", "NCH")},
        {"feature_group_count": 3},
        {"feature_group_count": 0},
        {"batch_group_count": 3},
        {"feature_group_count": 2, "batch_group_count": 2},
        {"padding": "SAME", "lhs_dilation": (2,)},
        {"rhs": np.ones((4, 3, 3), np.float32)},
        {"rhs": np.ones((4, 4, 3), np.int32)},
    ],
)
def test_wrong_arguments_are_what_they_are_to_jax(wrong):
    given = {"lhs": np.ones((4, 4, 8), np.float32), "rhs": np.ones((4, 4, 3), np.float32), "window_strides": (1,), "padding": "VALID", **wrong}
    errors = []
    for conv in (conv_general_dilated, theirs):
        with pytest.raises((ValueError, TypeError)) as raised:
            conv(**given)
        errors.append(raised.type)
    assert errors[0] is errors[1]


def test_refusals():
    with pytest.raises(ValueError, match="no convolutions of uint8"):
        conv_general_dilated(np.ones((1, 1, 3), np.uint8), np.ones((1, 1, 3), np.uint8), (1,), "VALID")
    traced = jax.jit(lambda x: conv_general_dilated(x, x, (1,), "VALID")).trace(jnp.ones((1, 1, 3)))
    with pytest.raises(NotImplementedError, match="compiled for cuda"):
        traced.lower(lowering_platforms=("cuda",))


PROBLEM = "fwd f32 [16,8,8,1]:[24,6,3,1]:[24,6,6,1] n1 g1 c2 k4 i8 f3 o6"


def call(text, lhs=(1, 2, 8), rhs=(4, 2, 3), out=(1, 4, 6), dtype=np.float32, **more):
    target = jax.ffi.ffi_call("faltung_convolution", jax.ShapeDtypeStruct(out, dtype))
    return target(np.ones(lhs, np.float32), np.ones(rhs, np.float32), problem=text, **more)


def test_the_handler_takes_a_problem():
    assert np.array_equal(call(PROBLEM), np.full((1, 4, 6), 6))


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"text": "nonsense"}, "nonsense"),
        ({"text": 3}, "problem.*missing"),
        ({"text": PROBLEM, "lhs": (1, 2, 7)}, "does not fit"),
        ({"text": PROBLEM, "rhs": (4, 2, 2)}, "does not fit"),
        ({"text": PROBLEM, "out": (1, 4, 5)}, "does not fit"),
        ({"text": PROBLEM, "dtype": np.int32}, "does not fit"),
        ({"text": PROBLEM.replace("[16,", "[-16,").replace("n1", "n2"), "lhs": (2, 2, 8)}, "does not fit"),
        ({"text": PROBLEM + " bias"}, "bias"),
    ],
)
def test_the_handler_refuses_what_does_not_fit(given, reason):
    with pytest.raises(jax.errors.JaxRuntimeError, match=reason):
        jax.block_until_ready(call(**given))
