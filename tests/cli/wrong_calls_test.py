"""Wrong calls, and worlds where output cannot go anywhere: a clear message, the right code, nothing else."""
import os
import subprocess
import unittest

from program import Case, PROGRAM, faltung

PROBLEM = "fwd f32 nchw n1 c4 k4 i8x8 f3x3 p1"


class WrongCalls(Case):
    def test_each_is_code_2_with_a_message(self):
        for call in [(), ("frobnicate",), ("run",), ("list", "extra"), ("info", "--nonsense"), ("check",), ("explain", "--effort", "huge", PROBLEM),
                     ("explain", "fwd f32 n1 c4 k4"), ("explain", "fwd f32 n1 c4 k4 i8 f0"), ("explain", "fwd f32 n1 c4 k6 g4 i8 f3"), ("explain", "gibberish"),
                     ("explain", "fwd f32 n99999999999999 c99999999 k4 i8 f3"), ("verify", PROBLEM, "--engine", "nothing"), ("verify", "--engines", "some", PROBLEM), ("verify", PROBLEM, "--variants", "all"),
                     ("bench", PROBLEM, "--passes", "sideways"), ("bench", PROBLEM, "--dtype", "f31"), ("bench", PROBLEM, "--batch", "-1"),
                     ("bench", PROBLEM, "--threads", "many"), ("explain", PROBLEM, "--measure-seconds", "-1"),
                     ("explain", PROBLEM, "--measure-seconds", "nan"), ("run", "--filter", "fog", "--output", self.folder)]:
            with self.subTest(call=call):
                self.assertEqual(self.refuse(2, *call).stdout, "")

    def test_the_message_says_where_and_what_would_be_right(self):
        self.refuse(2, "frobnicate", says="--help")
        self.refuse(2, "run", says="--output")
        self.refuse(2, "verify", PROBLEM, "--engine", "nothing", says="reference")
        self.refuse(2, "bench", PROBLEM, "--dtype", "f31", says="bf16")
        self.refuse(2, "explain", self.write("bad.txt", f"{PROBLEM}\n\nfwd what\n".encode()), says="bad.txt: line 3")
        self.refuse(2, "explain", text="", says="empty")

    def test_files_that_cannot_be_read_are_code_1(self):
        self.refuse(1, "bench", "problems/absent.txt", says="absent.txt")
        self.refuse(1, "explain", f"@{self.folder}/absent", says="absent")
        self.refuse(1, "explain", f"@{self.folder}", says=str(self.folder))

    def test_what_no_engine_can_do_is_code_3(self):
        done = faltung("explain", PROBLEM, "--engine", "trivial")
        self.assertEqual(done.returncode, 3)
        self.assertIn("trivial", done.stdout)


class Streams(Case):
    def test_a_full_disk_is_reported(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full")
        with open("/dev/full", "w") as full:
            for call in (["list"], ["explain", PROBLEM], ["--help"], ["info", "--json"]):
                done = faltung(*call, stdout=full)
                self.assertEqual(done.returncode, 1, call)
                self.assertTrue(done.stderr.startswith("faltung: cannot write"), done.stderr)

    def test_a_reader_that_leaves_is_no_failure(self):
        for ignored in (False, True):  # with SIGPIPE as it is, and ignored
            prefix = "trap '' PIPE; " if ignored else ""
            script = f"{prefix}for i in 1 2 3; do '{PROGRAM}' explain '{PROBLEM}' --torch | true; done; '{PROGRAM}' list | head -1"
            done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertTrue(done.stdout.startswith("engine"))

    def test_progress_is_for_terminals(self):
        self.assertEqual(faltung("bench", PROBLEM, "--seconds", 0.001).stderr, "")
        import pty
        ours, theirs = pty.openpty()
        done = subprocess.run([PROGRAM, "bench", PROBLEM, "--seconds", "0.001", "--json"], stdout=subprocess.PIPE, stderr=theirs, timeout=60)
        os.close(theirs)
        shown = os.read(ours, 4096)
        os.close(ours)
        self.assertEqual(done.returncode, 0)
        self.assertIn(b"1/3", shown)
        self.assertNotIn(b"\r", done.stdout)


if __name__ == "__main__":
    unittest.main()
