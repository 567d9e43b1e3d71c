"""`faltung problem`, and bench/problem_text.py, by which other programs that are measured read what it prints."""
import subprocess
import sys
import unittest

from program import Case, SOURCE

sys.path.insert(0, str(SOURCE / "bench"))

import problem_text  # noqa: E402
from peers import torch_calls  # noqa: E402


class Problem(Case):
    def test_what_is_left_out_is_written_out(self):
        self.assertEqual(self.succeed("problem", "i9x8 f3 c4 k6 p1"), "fwd f32 nchw n1 c4 k6 g1 i9x8 f3x3 o9x8 s1 d1 p1\n")

    def test_passes_batch_type_and_layout_are_changed_and_a_bias_stays_with_its_pass(self):
        shown = self.succeed("problem", "fwd f32 nchw n1 c4 k4 i8x8 f3x3 p1 bias", "--passes", "fwd,wgrad", "--batch", 32, "--dtype", "bf16",
                             "--layout", "last")
        rest = "bf16 nhwc n32 c4 k4 g1 i8x8 f3x3 o8x8 s1 d1 p1"
        self.assertEqual(shown.splitlines(), [f"fwd {rest} bias", f"wgrad {rest}"])

    def test_equal_problems_come_once_with_their_sum(self):
        path = self.write("list.txt", b"fwd f32 i8 f3 *2\nfwd f32 ncw n1 i8 f3\ndgrad f32 i8 f3\n")
        rest = "f32 ncw n1 c1 k1 g1 i8 f3 o6 s1 d1 p0"
        self.assertEqual(self.succeed("problem", path).splitlines(), [f"fwd {rest} *3", f"dgrad {rest}"])
        self.assertEqual(self.succeed("problem", path, "--passes", "wgrad").splitlines(), [f"wgrad {rest} *4"])


class Peers(Case):
    def test_every_problem_of_the_lists_is_read(self):
        lines = self.succeed("problem", *sorted((SOURCE / "problems").rglob("*.txt"))).splitlines()
        self.assertGreater(len(lines), 100)
        for line, problem in zip(lines, problem_text.read_all(lines), strict=True):
            self.assertEqual(str(problem), line.split("*")[0].strip())

    def test_pytorch_can_be_asked_for_every_layer_of_the_models(self):
        models = sorted((SOURCE / "problems" / "models").glob("*.txt"))
        for layout in ("first", "last"):
            lines = self.succeed("problem", *models, "--passes", "fwd,dgrad,wgrad", "--layout", layout).splitlines()
            for problem in problem_text.read_all(lines):
                self.assertEqual((torch_calls.refusal(problem), torch_calls.layout(problem).endswith("c")), ("", layout == "last"), problem)

    def test_what_is_printed_is_what_pytorch_is_given(self):
        shown = self.succeed("problem", "fwd f32 i8 f3 c2 k2")
        peer = subprocess.run([sys.executable, "-B", SOURCE / "bench/peers/torch.py", "--list"], input=shown, capture_output=True, text=True)
        self.assertEqual(peer.stdout.strip(), f"{shown.strip()} *1")


if __name__ == "__main__":
    unittest.main()
