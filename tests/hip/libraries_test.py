#!/usr/bin/env python3
"""What `faltung list` and `faltung info` say of AMD's libraries, present, missing and wrong: libraries_test.py PROGRAM"""
import os
import subprocess
import sys
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

    def test_another_version_is_a_reason(self):
        self.expect("is of version 9.2.0, not 2 or 3", FALTUNG_STANDIN="other_version")

    def test_without_handles_the_host_computes(self):
        result = run("verify", "--device", "hip", "fwd f32 nchw n1 c2 k2 i5x5 f3x3", FALTUNG_STANDIN="no_handle")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_the_cpu_opens_neither(self):
        result = run("explain", "fwd f32 nchw n1 c2 k2 i5x5 f3x3", FALTUNG_HIP="/nowhere/lib.so")
        self.assertIn("runs on an AMD GPU only", result.stdout)


if __name__ == "__main__":
    unittest.main()
