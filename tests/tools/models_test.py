"""tools/models writes each layer once, in canonical text, with how often it occurs."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

TOOL = pathlib.Path(__file__).resolve().parents[2] / "tools" / "models"


def layer(weight, shape, **other):
    axes = len(weight) - 2
    return {"transposed": False, "input": shape, "weight": weight, "stride": [1] * axes, "padding": [0] * axes,
            "dilation": [1] * axes, "output_padding": [0] * axes, "groups": 1, "bias": False, "count": 1} | other


def lines(layers):
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder, "layers.json")
        source.write_text(json.dumps({"net": layers}))
        subprocess.run([sys.executable, TOOL, source, pathlib.Path(folder, "out")], check=True)
        text = pathlib.Path(folder, "out", "net.txt").read_text()
        return [" ".join(line.split()) for line in text.splitlines() if not line.startswith("#")]


class Models(unittest.TestCase):
    def test_a_strided_layer_has_its_output_and_uneven_axes_are_written_out(self):
        self.assertEqual(lines([layer([8, 3, 7, 3], [3, 20, 21], stride=[2, 2], padding=[3, 1], bias=True)]),
                         ["fwd f32 nchw n1 c3 k8 g1 i20x21 f7x3 o10x11 s2 d1 p3x1 bias *1"])

    def test_a_transposed_layer_is_a_data_gradient_with_input_and_output_exchanged(self):
        self.assertEqual(lines([layer([12, 4, 4], [12, 5], transposed=True, stride=[2], padding=[1], output_padding=[1], groups=2)]),
                         ["dgrad f32 ncw n1 c8 k12 g2 i11 f4 o5 s2 d1 p1 *1"])

    def test_equal_layers_become_one_line_with_their_count(self):
        pointwise = layer([4, 4, 1, 1, 1], [4, 2, 2, 2], count=3)
        same = layer([4, 4, 1, 1, 1], [4, 2, 2, 2], count=2, dilation=[2, 2, 2])  # a filter of 1 has no dilation
        self.assertEqual(lines([pointwise, same]), ["fwd f32 ncdhw n1 c4 k4 g1 i2x2x2 f1x1x1 o2x2x2 s1 d1 p0 *5"])


if __name__ == "__main__":
    unittest.main()
