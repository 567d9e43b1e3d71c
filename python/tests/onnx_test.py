"""ONNX's own cases of Conv, ConvTranspose, ConvInteger and QLinearConv, computed by faltung.functional; quantised ones at random, too."""

import warnings

import numpy as np
import pytest

from faltung import functional as F

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # cases of other operators divide by zero while they are made
    pytest.importorskip("onnx", reason="ONNX is not installed")
    from onnx import TensorProto, helper
    from onnx.backend.test.case.node import collect_testcases
    from onnx.reference import ReferenceEvaluator

    CASES = [
        case
        for case in collect_testcases(None)
        if len(case.model.graph.node) == 1 and case.model.graph.node[0].op_type in ("Conv", "ConvTranspose", "ConvInteger", "QLinearConv")
    ]

CONV = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
TRANSPOSED = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}
WORDS = {"VALID": "valid", "SAME_LOWER": "same_lower", "SAME_UPPER": "same"}


def options_of(node, rank):
    given = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    low_and_high = given.get("pads", [0] * 2 * rank)
    word = given.get("auto_pad", b"NOTSET").decode()
    return given, {
        "stride": tuple(given.get("strides", [1] * rank)),
        "dilation": tuple(given.get("dilations", [1] * rank)),
        "groups": given.get("group", 1),
        "padding": WORDS.get(word, list(zip(low_and_high[:rank], low_and_high[rank:]))),
    }


def conv(node, x, w, bias=None):
    _, options = options_of(node, w.ndim - 2)
    return CONV[w.ndim - 2](x, w, bias, **options)


def quantized(node, x, w, bias=None, *, x_zero=0, w_zero=0, **more):
    _, options = options_of(node, w.ndim - 2)
    zeros = np.ravel(np.asarray(w_zero, np.int32))
    return F.convolution_quantized(x, w, bias, weight_zero=zeros, input_zero=int(np.ravel(x_zero)[0]), **more, **options)


def conv_integer(node, x, w, x_zero=0, w_zero=0):
    return quantized(node, x, w, x_zero=x_zero, w_zero=w_zero, output="int32")


def q_linear_conv(node, x, x_scale, x_zero, w, w_scale, w_zero, y_scale, y_zero, bias=None):
    scale = np.ravel(np.asarray(x_scale * w_scale / y_scale, np.float32))
    to = {"output": y_zero.dtype.name, "output_zero": int(np.ravel(y_zero)[0])}
    return quantized(node, x, w, bias, x_zero=x_zero, w_zero=w_zero, scale=scale, **to)


def conv_transpose(node, x, w, bias=None):
    rank = w.ndim - 2
    given, options = options_of(node, rank)
    extra = tuple(given.get("output_padding", [0] * rank))
    if "output_shape" in given:  # what is missing behind the end is added there
        ends = [(n - 1) * s + d * (k - 1) + 1 for n, s, d, k in zip(x.shape[2:], options["stride"], options["dilation"], w.shape[2:])]
        extra = tuple(wanted - end for wanted, end in zip(given["output_shape"], ends))
    return TRANSPOSED[rank](x, w, bias, output_padding=extra, **options)


OPERATORS = {"Conv": conv, "ConvTranspose": conv_transpose, "ConvInteger": conv_integer, "QLinearConv": q_linear_conv}


def test_there_are_cases_of_each():
    assert {case.model.graph.node[0].op_type for case in CASES} == set(OPERATORS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case):
    node = case.model.graph.node[0]
    for operands, (expected,) in case.data_sets:
        result = OPERATORS[node.op_type](node, *operands)
        assert result.dtype == expected.dtype
        np.testing.assert_allclose(result, expected, rtol=case.rtol, atol=case.atol)


ELEMENT = {np.dtype(np.int8): TensorProto.INT8, np.dtype(np.uint8): TensorProto.UINT8, np.dtype(np.int32): TensorProto.INT32}
ELEMENT[np.dtype(np.float32)] = TensorProto.FLOAT


def by_onnx(node, operands, dtype):
    """The result by ONNX's own reference."""
    inputs = [helper.make_tensor_value_info(name, ELEMENT[a.dtype], a.shape) for name, a in zip(node.input, operands)]
    output = helper.make_tensor_value_info("y", ELEMENT[np.dtype(dtype)], None)
    model = helper.make_model(helper.make_graph([node], "one", inputs, [output]))
    return ReferenceEvaluator(model).run(None, dict(zip(node.input, operands)))[0]


def random_operands(seed):
    """x, its zero point, w, its zero points, and a bias; attributes that fit them."""
    random = np.random.default_rng(seed)
    groups, per_channel = int(random.integers(1, 4)), bool(random.integers(2))
    x_type, w_type = random.choice([np.int8, np.uint8], 2)
    c, k = groups * int(random.integers(1, 6)), groups * int(random.integers(1, 6))

    def whole(dtype, shape):
        return random.integers(np.iinfo(dtype).min, np.iinfo(dtype).max, shape, dtype, endpoint=True)

    x, w = whole(x_type, (2, c, *random.integers(5, 12, 2))), whole(w_type, (k, c // groups, *random.integers(1, 4, 2)))
    w_zero = whole(w_type, (k,) if per_channel else ())
    attributes = {"group": groups, "strides": random.integers(1, 3, 2).tolist(), "pads": random.integers(0, 3, 4).tolist()}
    return x, whole(x_type, ()), w, w_zero, random.integers(-1000, 1000, k, np.int32), attributes, random


@pytest.mark.parametrize("seed", range(20))
def test_random_sums(seed):
    x, x_zero, w, w_zero, _, attributes, _ = random_operands(seed)
    node = helper.make_node("ConvInteger", ["x", "w", "x_zero", "w_zero"], ["y"], **attributes)
    result = conv_integer(node, x, w, x_zero, w_zero)
    np.testing.assert_array_equal(result, by_onnx(node, (x, w, x_zero, w_zero), np.int32))


@pytest.mark.parametrize("seed", range(40))
def test_random_requantised(seed):
    """Scales are such that all products are exact in f32; zero points of y are even, as ONNX's reference adds them before rounding."""
    x, x_zero, w, w_zero, bias, attributes, random = random_operands(seed)
    y_type = random.choice([np.int8, np.uint8])
    y_zero = np.asarray(random.integers(0, 50) * 2, y_type)
    x_scale, y_scale = np.float32(2.0**-6), np.float32(0.5)
    w_scale = (random.integers(1, 8, w_zero.shape) / 1024).astype(np.float32)
    names = ["x", "x_scale", "x_zero", "w", "w_scale", "w_zero", "y_scale", "y_zero", "bias"]
    operands = (x, np.asarray(x_scale), x_zero, w, w_scale, w_zero, np.asarray(y_scale), y_zero, bias)
    node = helper.make_node("QLinearConv", names, ["y"], **attributes)
    result = q_linear_conv(node, *operands)
    assert result.dtype == y_type and len(np.unique(result)) > 3
    np.testing.assert_array_equal(result, by_onnx(node, operands, y_type))
