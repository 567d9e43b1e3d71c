"""Engines from outside, as the program lists, explains, verifies and times them."""
import json
import os
import unittest

from program import Case, faltung

EXAMPLE, MISBEHAVING = os.environ["EXAMPLE_ENGINE"], os.environ["MISBEHAVING_ENGINE"]
PROBLEM = "fwd f32 nchw n1 c2 k3 i9x8 f3x3 p1"


class EngineLibrary(Case):
    def test_list_shows_where_an_engine_comes_from(self):
        rows = {row["name"]: row for row in json.loads(self.succeed("list", "--json", "--engine-library", EXAMPLE))}
        self.assertTrue(rows["my.engine"]["available"])
        self.assertEqual(rows["my.engine"]["library"], os.path.realpath(EXAMPLE))
        self.assertEqual(rows["cpu.gemm"]["library"], "")

    def test_the_environment_names_places(self):
        (self.folder / "bad.so").write_bytes(b"nonsense")
        done = faltung("list", environment={"FALTUNG_ENGINE_PATH": f"{self.folder}:{EXAMPLE}"})
        self.assertRegex(done.stdout, r"my\.engine +leaf +yes")
        self.assertRegex(done.stdout, r"bad\.so .*is no shared object")

    def test_it_can_be_chosen_and_compared(self):
        told = self.succeed("explain", PROBLEM, "--engine-library", EXAMPLE, "--engine", "my.engine")
        self.assertIn("my.engine 1.0: a loop for each sum", told)
        self.assertIn(f"--engine my.engine --engine-library {EXAMPLE}\n", told)
        shown = self.succeed("bench", PROBLEM, "--passes", "fwd", "--engines", "all", "--seconds", 0.005, "--no-verify", "--engine-library", EXAMPLE)
        self.assertIn("my.engine", shown)

    def test_verify_proves_all_of_it(self):
        shown = self.succeed("verify", "--engine-library", EXAMPLE, "--random", 200)
        self.assertRegex(shown, r"my\.engine: [1-9]\d* passed, 0 failed")
        self.assertRegex(shown, r"my\.engine in composites: [1-9]\d* passed, 0 failed")

    def test_verify_finds_what_is_wrong(self):
        for fault, said in (("computes a wrong number", "wrong"), ("writes behind its workspace", "around its workspace"), ("fails to run", "unplugged"), ("is wrong without its workspace", "with half of its workspace: ")):
            done = faltung("verify", PROBLEM, "--engine-library", MISBEHAVING, environment={"FALTUNG_TEST_PLUGIN": fault})
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertIn(said, done.stdout + done.stderr)

    def test_nothing_verified_is_code_3(self):
        for how in ((), ("--engine", "my.engine")):
            done = faltung("verify", "fwd i8 n1 c1 k1 i4x4 f3x3", "--engine-library", EXAMPLE, *how)
            self.assertEqual(done.returncode, 3, done.stdout)

    def test_plans_are_run_by_several_threads_at_once(self):
        self.assertIn("1 passed", self.succeed("verify", PROBLEM, "--at-once", 4))
        self.refuse(2, "verify", PROBLEM, "--at-once", 0, says="--at-once")

    def test_that_the_cpu_has_no_streams_is_said(self):
        told = "streams: none on the CPU"
        self.assertIn(told, self.succeed("verify", PROBLEM, "--engine-library", EXAMPLE))
        self.assertIn(told, self.succeed("verify", PROBLEM, "--streams", 2))
        self.assertNotIn(told, self.succeed("verify", PROBLEM))
        self.refuse(2, "verify", PROBLEM, "--streams", 0, says="--streams")

    def test_what_is_no_plug_in_is_refused(self):
        self.refuse(2, "list", "--engine-library", self.write("x.so", b"nonsense"), says="is no shared object")
        self.refuse(1, "list", "--engine-library", self.folder / "absent.so", says="no such file")
        self.refuse(2, "explain", PROBLEM, "--engine-library", f"{EXAMPLE},{EXAMPLE}", says="my.engine already")


if __name__ == "__main__":
    unittest.main()
