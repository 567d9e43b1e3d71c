"""FALTUNG_TRACE: where lines go, what cannot be written, and the program reading what it wrote."""
import os
import re
import resource
import subprocess
import unittest

from program import Case, PROGRAM, faltung

PROBLEM = "fwd f32 nchw n1 c4 k4 g1 i8x8 f3x3 o8x8 s1 d1 p1"
RUN = re.compile(r"^\S.*  # run us=[\d.]+ engine=\S+ variant=\S+ workspace=\d+ cache=(hit|miss) device=cpu:0 at=\d+\.\d+ thread=\d+( failed)?$")
PLAN = re.compile(r"^# plan us=[\d.]+ engine=\S+ variant=\S+ workspace=\d+ cache=miss device=cpu:0 at=\d+\.\d+ thread=\d+( failed)? decision=\w+ problem: \S.*$")
ENDED = "faltung: nothing more is traced: cannot write to FALTUNG_TRACE="


class Trace(Case):
    def verify(self, trace, **keywords):
        done = faltung("verify", PROBLEM, environment={"FALTUNG_TRACE": str(trace)}, **keywords)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stderr

    def expect_lines(self, text):
        lines = text.splitlines()
        self.assertTrue(any(PLAN.match(line) for line in lines))
        self.assertTrue(any(RUN.match(line) and line.startswith(PROBLEM) for line in lines))
        for line in lines:
            self.assertTrue(RUN.match(line) or PLAN.match(line), line)

    def test_one_is_standard_error_and_any_other_name_a_file(self):
        self.expect_lines(self.verify(1))
        path = self.folder / "trace.log"
        self.assertEqual(self.verify(path), "")
        first = path.read_text()
        self.expect_lines(first)
        self.verify(path)
        self.assertTrue(path.read_text().startswith(first))  # it is appended to
        self.assertEqual(path.stat().st_mode & 0o111, 0)

    def test_nothing_and_zero_are_off(self):
        for off in ("", "0"):
            self.assertEqual(self.verify(off), "")

    def test_what_cannot_be_written_is_said_once(self):
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)  # that nobody reads
        for trace, reason in [("/dev/full", "No space left"), (self.folder / "absent" / "trace", "No such file"), (self.folder, "directory"), (pipe, "")]:
            with self.subTest(trace=trace):
                said = self.verify(trace)
                self.assertTrue(said.startswith(ENDED), said)
                self.assertIn(reason, said)
                self.assertEqual(said.count("\n"), 1)

    def test_a_limit_to_file_sizes_ends_the_trace_only(self):
        path = self.folder / "trace.log"
        done = subprocess.run([PROGRAM, "verify", PROBLEM], capture_output=True, text=True, timeout=60, env={**os.environ, "FALTUNG_TRACE": str(path)},
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300)))
        self.assertEqual(done.returncode, 0)
        self.assertIn("File too large", done.stderr)
        self.assertEqual(path.stat().st_size, 300)

    def test_a_reader_of_standard_error_that_leaves_ends_the_trace_only(self):
        ours, theirs = os.pipe()
        os.close(ours)
        done = subprocess.run([PROGRAM, "verify", PROBLEM], stdout=subprocess.PIPE, stderr=theirs, timeout=60, env={**os.environ, "FALTUNG_TRACE": "1"})
        os.close(theirs)
        self.assertEqual(done.returncode, 0)
        self.assertIn(b"1 passed", done.stdout)


class ReadingTraces(Case):
    def setUp(self):
        super().setUp()
        facts = "# run us=3.2 engine=cpu.gemm variant=- workspace=0 cache=hit device=cpu:0 at=1.5 thread=7"
        other = PROBLEM.replace("k4", "k6")
        lines = [f"# plan us=9.1 engine=cpu.gemm variant=- workspace=0 cache=miss device=cpu:0 at=1.5 thread=7 decision=estimated problem: {PROBLEM}"]
        lines += [f"{PROBLEM}  {facts}"] * 7 + [f"{other}  {facts} failed"] * 2
        self.trace = self.write("trace.log", "\n".join(lines).encode() + b"\n")
        self.problems = [f"{PROBLEM} *7", f"{other} *2"]

    def test_each_problem_is_there_once_with_its_count(self):
        self.assertEqual(self.succeed("problem", self.trace).splitlines(), self.problems)
        self.assertEqual(self.succeed("verify", self.trace).splitlines()[-1], "2 passed, 0 failed, 0 refused")
        self.assertEqual(self.succeed("explain", self.trace, "--json").count("\n"), 2)
        rows = self.succeed("bench", self.trace, "--passes", "fwd", "--seconds", 0.001, "--json").splitlines()
        self.assertIn('"count":7', rows[0])
        self.assertIn('"count":2', rows[1])

    def test_a_trace_of_a_million_calls_is_read_in_seconds(self):
        text = self.trace.read_bytes()
        path = self.write("long.log", text * 100_000)
        self.assertEqual(self.succeed("problem", path).splitlines(), [f"{PROBLEM} *700000", f"{PROBLEM.replace('k4', 'k6')} *200000"])

    def test_counts_that_overflow_an_int_add_up(self):
        path = self.write("many.txt", f"{PROBLEM} *2147483647\n{PROBLEM} *2147483647\n".encode())
        self.assertEqual(self.succeed("problem", path).strip(), f"{PROBLEM} *4294967294")


if __name__ == "__main__":
    unittest.main()
