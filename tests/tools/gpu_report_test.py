"""tools/gpu/run: each stage in its time, a failing one stops no other, and what is compared is compared rightly."""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "gpu"))

import compare  # noqa: E402
import markdown  # noqa: E402
import process  # noqa: E402

DENSE = "fwd f32 nchw n32 c8 k8 g1 i8x8 f3x3 o8x8 s1 d1 p1"
CAUSAL = "fwd bf16 ncw n8 c64 k64 g64 i2048 f4 o2048 s1 d1 p3"
DEPTHWISE = "dgrad bf16 nhwc n32 c64 k64 g64 i64x64 f3x3 o64x64 s1 d1 p1"


def line(problem, **other):
    return {"problem": problem, "count": 1, "engine": "cuda.direct", "chosen": True, "ms": 1.0, "graph_ms": 0.5} | other


class Compare(unittest.TestCase):
    def test_sums_count_layers_as_often_as_they_occur(self):
        ours = [line(DENSE, count=3), line(DEPTHWISE)]
        theirs = [line(DENSE, ms=4.0, graph_ms=1.0), line(DEPTHWISE, ms=2.0, graph_ms=2.0)]
        sums = compare.sums(compare.pairs(ours, theirs))
        self.assertEqual((sums["layers"], sums["ours_ms"], sums["torch_ms"]), (2, 2.0, 5.0))
        self.assertEqual((sums["kernels"], sums["calls"]), (2.5, 14.0 / 4.0))

    def test_only_what_both_have_measured_counts(self):
        theirs = [line(DEPTHWISE) | {"refused": "no"}, line(DENSE)]
        del theirs[0]["ms"]
        self.assertEqual([str(problem) for problem, _, _ in compare.pairs([line(DEPTHWISE), line(DENSE)], theirs)], [DENSE])

    def test_the_best_plan_of_cudnn_is_the_one_measured_while_choosing(self):
        ours = [line(DENSE, measured_ms={"cuda.direct": 2.0, "cuda.cudnn": 1.0}), line(DEPTHWISE, measured_ms={"cuda.direct": 1.0})]
        sums = compare.sums(compare.pairs(ours, ours))
        self.assertEqual((sums["chosen_ms"], sums["cudnn_ms"], sums["cudnn"], sums["cudnn_worst"]), (2.0, 1.0, 0.5, 0.5))

    def test_depthwise_layers_as_a_share_of_the_copy_rate(self):
        moved = 2 * (2 * 32 * 64 * 64 * 64) + 2 * 64 * 9
        found = compare.depthwise(compare.pairs([line(DEPTHWISE), line(DENSE)], [line(DEPTHWISE, graph_ms=1.0), line(DENSE)]), moved / 0.5e-3 / 0.5)
        self.assertEqual((found["layers"], found["ratio"], len(found["rows"])), (1, 2.0, 1))
        for share in ("copy_share", "copy_share_least", "rate_share"):
            self.assertAlmostEqual(found[share], 0.5)

    def test_the_copy_beside_a_layer_stands_before_the_one_copy_rate(self):
        moved = 2 * (2 * 32 * 64 * 64 * 64) + 2 * 64 * 9
        row, = compare.rates([line(DEPTHWISE, copy_share=0.8)], moved / 0.5e-3 / 0.5)
        self.assertEqual((row["problem"], row["engine"], row["share"], row["ms"]), (DEPTHWISE, "cuda.direct", 0.8, 0.5))
        self.assertAlmostEqual(row["rate_share"], 0.5)
        row, = compare.rates([line(DEPTHWISE, copy_share=0.8)], None)
        self.assertEqual((row["share"], row["rate_share"]), (0.8, None))
        self.assertEqual(compare.rates([line(DEPTHWISE, copy_share=None)], None), [])

    def test_shares_begin_with_the_least_and_have_a_geometric_mean(self):
        lines = [line(CAUSAL, copy_share=0.9), line(DEPTHWISE, copy_share=0.4), line(DENSE, copy_share=0.1, chosen=False)]
        found = compare.shares(lines, None)
        self.assertEqual([row["problem"] for row in found["rows"]], [DEPTHWISE, CAUSAL])
        self.assertEqual((found["copy_share_least"], found["rate_share"]), (0.4, None))
        self.assertAlmostEqual(found["copy_share"], 0.6)
        self.assertEqual(compare.shares([], None), {"copy_share": None, "copy_share_least": None, "rate_share": None, "rows": []})

    def test_of_depthwise_layers_the_large_ones_are_held_against_a_copy(self):
        small, weights = DEPTHWISE.replace("64x64", "55x56"), DEPTHWISE.replace("dgrad", "wgrad")
        ours = [line(DEPTHWISE, copy_share=0.8), line(small, copy_share=0.1), line(weights, copy_share=0.2), line(DENSE, copy_share=0.3)]
        found = compare.depthwise(compare.pairs(ours, ours), None)
        self.assertEqual((found["layers"], [row["problem"] for row in found["rows"]]), (3, [DEPTHWISE]))
        self.assertAlmostEqual(found["copy_share"], 0.8)

    def test_losses_begin_with_the_greatest(self):
        ours = [line(DENSE, graph_ms=2.0), line(DEPTHWISE, graph_ms=1.0, count=9)]
        theirs = [line(DENSE, graph_ms=1.0), line(DEPTHWISE, graph_ms=0.5)]
        self.assertEqual([row["lost_ms"] for row in compare.losses(compare.pairs(ours, theirs))], [4.5, 1.0])


class Process(unittest.TestCase):
    def test_a_program_that_takes_too_long_is_stopped_and_what_it_wrote_is_kept(self):
        with tempfile.TemporaryDirectory() as folder:
            done = process.run(["sh", "-c", "echo '{\"a\": 1}'; sleep 60"], 0.5, pathlib.Path(folder, "x.log"))
            self.assertEqual((done.code, done.lines()), (None, [{"a": 1}]))
            self.assertIn("stopped", done.failure())

    def test_a_program_that_is_not_there_is_a_failure(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertIn("No such file", process.run(["/no/such/program"], 1, pathlib.Path(folder, "x.log")).failure())


# Answers as the program does on a machine where everything works but `check`.
PROGRAM = f"""#!{sys.executable}
import json, sys
if sys.argv[1] == "check":
    print("FAILED one: wrong")
    print("1 passed, 1 failed, 0 skipped")
    sys.exit(1)
if sys.argv[1] in ("bench", "problem"):
    texts = [open(name).read() for name in sys.argv[2:] if name.endswith(".txt")]
    for row in "\\n".join(texts).splitlines():
        if row and not row.startswith("#"):
            print(row) if sys.argv[1] == "problem" else print(json.dumps({{"problem": " ".join(row.split("*")[0].split()), "count": 1, "engine": "cuda.direct", "chosen": True, "ms": 1.0,
                              "graph_ms": 2.0 if "deterministic" in row else 1.0, "host_us": 3.0, "copy_share": 0.77}}))
elif sys.argv[1] == "list":
    print(json.dumps([{{"name": "cuda.direct", "available": True, "reason": ""}}]))
else:
    print(json.dumps({{}}))
"""


class Run(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name, "pack")
        for part in ("tools/gpu", "bench", "tests/golden", "problems"):
            shutil.copytree(ROOT / part, self.root / part, ignore=shutil.ignore_patterns("__pycache__"))
        self.program("build/cli/faltung", PROGRAM)
        self.program("build/tests/cuda/cuda", "#!/bin/sh\necho 'x.cpp:1: Skipped'; echo 'no GPU'; exit 0\n")
        self.program("build/tests/unit/unit", "#!/bin/sh\nexit 139\n")

    def program(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def report(self, *options):
        out = self.root / "out"
        done = subprocess.run([sys.executable, "-B", self.root / "tools/gpu/run", "--out", out, "--networks", "dcgan", "--seconds", "60", *options],
                              capture_output=True, text=True)
        self.assertNotIn("Traceback", done.stderr)
        return done.returncode, json.loads((out / "report.json").read_text()), (out / "report.md").read_text()

    def test_stages_that_fail_are_reported_and_the_others_run(self):
        code, report, page = self.report("--batch", "1")  # as the files have it, and the program answers
        self.assertEqual(code, 1)
        stages = report["stages"]
        self.assertEqual(list(stages), ["info", "tests", "check", "host", "layouts", "networks", "deterministic", "sanitize"])
        self.assertIn("unit: exit code 139", stages["tests"]["failure"])
        self.assertEqual(stages["tests"]["result"]["programs"]["cuda"]["skip_reasons"], {"no GPU": 1})
        self.assertEqual(stages["check"]["result"]["types"]["bf16"]["counts"], [1, 1, 0])
        self.assertEqual(stages["deterministic"]["failure"], "")
        networks = stages["deterministic"]["result"]["networks"]
        self.assertEqual((networks["dcgan-f32-first"]["layers"], networks["dcgan-f32-first"]["ratio"]), (5, 2.0))
        short = stages["networks"]["result"]["causal1d"]
        self.assertEqual((len(short["rows"]), short["copy_share_least"]), (5, 0.77))  # as the program answers, a pass
        for words in ("FAILED one: wrong", "exit code 139", "cuda.direct", "## Networks", "| causal 1-d | 5 | 0.77 | 0.77 | - |"):
            self.assertIn(words, page)
        self.assertNotIn("not shown", page)

    def test_stages_can_be_chosen_and_unknown_ones_are_named(self):
        code, report, _ = self.report("--stages", "deterministic", "--configurations", "f32-first")
        self.assertEqual((code, list(report["stages"])), (0, ["deterministic"]))
        for option in ("--stages", "--networks"):
            done = subprocess.run([sys.executable, "-B", self.root / "tools/gpu/run", option, "nothing"], capture_output=True, text=True)
            self.assertEqual(done.returncode, 2)
            self.assertIn("there is no nothing", done.stderr)


class Page(unittest.TestCase):
    def test_what_memory_bounds_is_shown_beside_both_copies(self):
        ours = [line(DEPTHWISE, copy_share=0.8)]
        moved = 2 * (2 * 32 * 64 * 64 * 64) + 2 * 64 * 9
        found = {"bf16-last": compare.depthwise(compare.pairs(ours, ours), moved / 0.5e-3 / 0.5)}
        page = "\n".join(markdown.copies(found, compare.shares([line(CAUSAL, copy_share=0.9)], None)))
        self.assertIn("| depthwise bf16-last | 1 | 1.00 | 1 | 0.80 | 0.80 | 0.50 |", page)
        self.assertIn("| causal 1-d | 1 | 0.90 | 0.90 | - |", page)
        self.assertIn(f"| depthwise bf16-last | `{DEPTHWISE}` | cuda.direct | 0.80 | 0.50 | 0.5000 |", page)
        self.assertIn(f"| causal 1-d | `{CAUSAL}` | cuda.direct | 0.90 | - | 0.5000 |", page)

    def test_a_result_that_is_broken_does_not_cost_the_page(self):
        page = markdown.page({"when": "", "revision": "", "architectures": "", "command": "",
                              "stages": {"networks": {"seconds": 1, "failure": "", "result": {"networks": {"a": 1}}}}})
        self.assertIn("not shown", page)


if __name__ == "__main__":
    unittest.main()
