"""ONNX's own cases of Conv, ConvTranspose and ConvInteger, computed by faltung.functional."""

import warnings

import numpy as np
import pytest

from faltung import functional as F

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # cases of other operators divide by zero while they are made
    pytest.importorskip("onnx", reason="ONNX is not installed")
    from onnx import helper
    from onnx.backend.test.case.node import collect_testcases

    CASES = [
        case
        for case in collect_testcases(None)
        if len(case.model.graph.node) == 1 and case.model.graph.node[0].op_type in ("Conv", "ConvTranspose", "ConvInteger")
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


def conv_integer(node, x, w, x_zero=0, w_zero=0):
    w_zeros = np.reshape(np.asarray(w_zero, np.int32), (-1, *[1] * (w.ndim - 1)))
    return conv(node, x.astype(np.int32) - np.int32(x_zero), w.astype(np.int32) - w_zeros)


def conv_transpose(node, x, w, bias=None):
    rank = w.ndim - 2
    given, options = options_of(node, rank)
    extra = tuple(given.get("output_padding", [0] * rank))
    if "output_shape" in given:  # what is missing behind the end is added there
        ends = [(n - 1) * s + d * (k - 1) + 1 for n, s, d, k in zip(x.shape[2:], options["stride"], options["dilation"], w.shape[2:])]
        extra = tuple(wanted - end for wanted, end in zip(given["output_shape"], ends))
    return TRANSPOSED[rank](x, w, bias, output_padding=extra, **options)


OPERATORS = {"Conv": conv, "ConvTranspose": conv_transpose, "ConvInteger": conv_integer}


def test_there_are_cases_of_each():
    assert {case.model.graph.node[0].op_type for case in CASES} == set(OPERATORS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case):
    node = case.model.graph.node[0]
    for operands, (expected,) in case.data_sets:
        result = OPERATORS[node.op_type](node, *operands)
        assert result.dtype == expected.dtype
        np.testing.assert_allclose(result, expected, rtol=case.rtol, atol=case.atol)
