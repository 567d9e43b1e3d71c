#!/usr/bin/env python3
"""What `faltung list` and `faltung info` say of AMD's libraries, present, missing and wrong: libraries_test.py PROGRAM"""
import os
import subprocess
import sys
import tempfile
import unittest

PROGRAM = sys.argv.pop(1)


def run(*arguments, **environment):
    return subprocess.run([PROGRAM, *arguments], env={**os.environ, **environment}, capture_output=True, text=True)


class Libraries(unittest.TestCase):
    def expect(self, words, **environment):
        result = run("list", **environment)
        self.assertEqual(result.returncode, 0, result.stderr)
        line = next(line for line in result.stdout.splitlines() if "hip.miopen" in line)
        self.assertIn(words, line)

    def test_both_are_there(self):
        result = run("info")
        self.assertIn("hip:1  Stand-in", result.stdout)
        self.assertIn("opened; the driver has 6.2", result.stdout)

    def test_a_runtime_that_is_missing_is_a_reason(self):
        self.expect("/nowhere/lib.so could not be opened (FALTUNG_HIP names it)", FALTUNG_HIP="/nowhere/lib.so")

    def test_without_a_device_there_is_a_reason(self):
        self.expect("HIP finds no usable GPU: no ROCm-capable device is detected", FALTUNG_STANDIN="no_device")

    def test_a_runtime_without_a_function_is_a_reason(self):
        self.expect("has no hipRuntimeGetVersion", FALTUNG_HIP=os.environ["STANDIN_WITHOUT"])

    def test_miopen_that_is_missing_is_a_reason(self):
        self.expect("/nowhere/lib.so could not be opened (FALTUNG_MIOPEN names it)", FALTUNG_MIOPEN="/nowhere/lib.so")

    def test_miopen_without_a_function_is_a_reason(self):
        self.expect("has no miopenGetVersion", FALTUNG_MIOPEN=os.environ["STANDIN_WITHOUT"])

    def test_miopen_whose_private_part_lacks_a_function_is_a_reason(self):
        self.expect("undefined symbol: miopen_private_version", FALTUNG_MIOPEN=os.environ["STANDIN_FORWARDING"])

    def test_another_version_is_a_reason(self):
        self.expect("is of version 9.2.0, not 2 or 3", FALTUNG_STANDIN="other_version")

    def test_without_handles_the_host_computes(self):
        result = run("verify", "--device", "hip", "fwd f32 nchw n1 c2 k2 i5x5 f3x3", FALTUNG_STANDIN="no_handle")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_the_cpu_opens_neither(self):
        result = run("explain", "fwd f32 nchw n1 c2 k2 i5x5 f3x3", FALTUNG_HIP="/nowhere/lib.so")
        self.assertIn("runs on an AMD GPU only", result.stdout)


PROBLEM = "fwd f32 nchw n1 c2 k2 i5x5 f3x3 p1"


class Records(unittest.TestCase):
    """MIOpen's own database may forget what Find found, and then every process measures again."""

    def test_what_find_found_is_not_searched_for_by_the_next_process(self):
        problem = PROBLEM.replace("n1", "n3")
        with tempfile.TemporaryDirectory() as folder:
            records = os.path.join(folder, "records")
            tuned = run("tune", problem, "--device", "hip", "--output", records, FALTUNG_STANDIN="slow_find")
            self.assertEqual(tuned.returncode, 0, tuned.stderr)
            taken = ["explain", problem, "--device", "hip", "--tuning", records, "--effort", "tuned_only"]
            told = run(*taken, FALTUNG_STANDIN="find_fails").stdout
        self.assertRegex(told, r"\* hip\.miopen:(s10[01]|immediate)")
        self.assertIn("hip.miopen is taken: it won when the problem was tuned", told)


class Errata(unittest.TestCase):
    """What FALTUNG_MIOPEN_ERRATA says is wrong is not taken, however it would be."""

    def run_with(self, errata, *arguments, standin=""):
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
            file.write(errata)
            file.flush()
            return run(*arguments, "--device", "hip", FALTUNG_MIOPEN_ERRATA=file.name, FALTUNG_STANDIN=standin)

    def verify(self, errata, standin, problem=PROBLEM):
        return self.run_with(errata, "verify", problem, "--engine", "hip.miopen", standin=standin)

    def explain(self, errata, problem=PROBLEM, standin="", engine="hip.miopen"):
        chosen = ["--engine", engine] if engine else []
        return self.run_with(errata, "explain", problem, *chosen, standin=standin).stdout

    def test_a_solution_that_is_wrong_gives_way_to_one_that_is_right(self):
        self.assertEqual(self.verify("# nothing", "wrong_s100").returncode, 1)
        line = "fwd f32 : 3.0-3.2 : s100 : adds 64 to the first sum"
        right = self.verify(line, "wrong_s100")
        self.assertEqual(right.returncode, 0, right.stdout)
        told = self.explain(line)
        self.assertIn("hip.miopen: s101 of MIOpen 3.2.0", told)
        self.assertIn("not taken: s100: adds 64 to the first sum", told)

    def test_other_problems_and_versions_keep_it(self):
        for line in ["fwd f16 : 3.2 : s100 : a", "dgrad : 3.2 : s100 : a", "fwd f32 : 3.3- : s100 : a", "strided : 3.2 : s100 : a"]:
            self.assertIn("hip.miopen: s100 of MIOpen", self.explain(line), line)

    def test_an_algorithm_takes_its_solutions_with_it(self):
        told = self.explain("fwd : 2.0- : implicit_gemm : a")
        self.assertIn("hip.miopen: s101 of MIOpen", told)
        self.assertIn("not taken: s100: a", told)

    def test_what_replaces_a_solution_in_a_run_is_not_one_that_is_wrong(self):
        gone = "many_solutions vanishes wrong_s101"
        self.assertEqual(self.verify("# nothing", gone).returncode, 1)
        right = self.verify("fwd : 3.2 : s101 : a", gone)
        self.assertEqual(right.returncode, 0, right.stdout)

    def test_an_algorithm_is_not_run_by_name_where_a_solution_of_it_may_be_wrong(self):
        told = self.explain("fwd : 3.2 : s100 : a", standin="no_solutions", engine="")
        self.assertIn("implicit_gemm: a", told)
        self.assertIn("* hip.host", told)

    def test_a_fusion_plan_is_struck_out_by_that_name(self):
        told = self.explain("bias : 3.2 : fusion : forgets it", PROBLEM + " bias relu")
        self.assertIn("hip.miopen: s100, then the epilogue,", told)
        self.assertIn("not taken: a fusion plan: forgets it", told)

    def test_solutions_that_are_struck_out_are_no_variants(self):
        line = "fwd : 3.2 : s100 : a"
        measured = self.run_with(line, "explain", PROBLEM, "--effort", "exhaustive").stdout
        self.assertIn("hip.miopen:s101", measured)
        self.assertNotIn("hip.miopen:s100", measured)

    def test_all_of_miopen_may_be_struck_out(self):
        told = self.explain("fwd : 3.2 : * : wrong on this chip", engine="")
        self.assertIn("MIOpen 3.2.0: wrong on this chip", told)
        self.assertIn("* hip.host", told)

    def test_a_file_that_cannot_be_read_strikes_out_everything(self):
        told = self.explain("fwd : 3.2 : s100", engine="")
        self.assertRegex(told, "MIOpen 3.2.0: FALTUNG_MIOPEN_ERRATA=.*: line 1 of the errata: no reason")
        self.assertIn("* hip.host", told)


class EngineFromOutside(unittest.TestCase):
    def verify(self, *arguments, plugin=""):
        return run("verify", "--device", "hip", "--engine-library", os.environ["ENGINE_ON_STREAMS"], *arguments, FALTUNG_TEST_PLUGIN=plugin)

    def test_its_plans_are_run_on_two_streams_at_once(self):
        right = self.verify("--random", "60")
        self.assertEqual(right.returncode, 0, right.stdout)
        self.assertRegex(right.stdout, r"on\.streams in composites: [1-9]\d* passed, 0 failed")
        self.assertNotIn("streams: none", right.stdout)

    def test_one_that_keeps_its_runs_is_found_out(self):
        wrong = self.verify(PROBLEM, plugin="keeps runs")
        self.assertEqual(wrong.returncode, 1, wrong.stdout)
        self.assertIn("on 2 streams at once: ", wrong.stdout)
        one = self.verify(PROBLEM, "--streams", "1", "--at-once", "1", plugin="keeps runs")
        self.assertEqual(one.returncode, 0, one.stdout)


if __name__ == "__main__":
    unittest.main()
