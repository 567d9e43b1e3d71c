"""Wrong calls, and worlds where output cannot go anywhere: a clear message, the right code, nothing else."""
import json
import os
import pty
import subprocess
import unittest

from program import Case, PROGRAM, faltung, npy, npz, read_png, safetensors

PROBLEM = "fwd f32 nchw n1 c4 k4 i8x8 f3x3 p1"


class WrongCalls(Case):
    def test_each_is_code_2_with_a_message(self):
        for call in [(), ("frobnicate",), ("run",), ("list", "extra"), ("info", "--nonsense"), ("check",), ("explain", "--effort", "huge", PROBLEM),
                     ("explain", "fwd f32 n1 c4 k4"), ("explain", "fwd f32 n1 c4 k4 i8 f0"), ("explain", "fwd f32 n1 c4 k6 g4 i8 f3"), ("explain", "gibberish"),
                     ("explain", "fwd f32 n99999999999999 c99999999 k4 i8 f3"), ("verify", PROBLEM, "--engine", "nothing"), ("verify", "--engines", "some", PROBLEM), ("verify", PROBLEM, "--variants", "all"),
                     ("bench", PROBLEM, "--passes", "sideways"), ("bench", PROBLEM, "--dtype", "f31"), ("bench", PROBLEM, "--batch", "-1"),
                     ("bench", PROBLEM, "--threads", "many"), ("explain", PROBLEM, "--measure-seconds", "-1"),
                     ("explain", PROBLEM, "--measure-seconds", "nan"), ("run", "--filter", "fog", "--output", self.folder),
                     ("bench", PROBLEM, "--seconds", "nan"), ("bench", PROBLEM, "--seconds", "inf"), ("bench", PROBLEM, "--seconds", "0.01s"), ("bench", PROBLEM, "--batch", "1e3"),
                     ("explain", PROBLEM, "--workspace-limit", "-1"), ("explain", PROBLEM, "--workspace-limit", "1e9"), ("explain", PROBLEM, "--workspace-limit", "18446744073709551616"),
                     ("verify", PROBLEM, "--seed", "1e23"), ("verify", PROBLEM, "--seed", "-1"), ("verify", "--random", "5x"), ("explain", PROBLEM, "--threads", "1.5"),
                     ("runn",), ("help", "runn"),
                     *(("run", "--filter", "blur", "--output", self.folder / "o.png", *array) for array in
                       (("--padding", "nonsense"), ("--stride", "0"), ("--groups", "4"), ("--dilation", "2"), ("--output-padding", "1"), ("--dtype", "f32"), ("--bias", "b.npy")))]:
            with self.subTest(call=call):
                self.assertEqual(self.refuse(2, *call).stdout, "")

    def test_the_message_says_where_and_what_would_be_right(self):
        self.refuse(2, "frobnicate", says="--help")
        self.refuse(2, "run", says="--output")
        self.refuse(2, "runn", says="no command 'runn'; there are: run check")
        self.refuse(2, "run", "--output", self.folder, "--stride", "2", says="--stride requires --op")
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
    def run_with(self, redirection, *call):
        script = f"'{PROGRAM}' " + " ".join(f"'{word}'" for word in call) + " " + redirection
        return subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60)

    def test_messages_that_cannot_be_written_change_no_code(self):
        for redirection in ("2>/dev/full", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"):
            for code, call in [(1, ["bench", "absent.txt"]), (2, ["runn"]), (2, ["explain", "what"]), (3, ["bench", PROBLEM, "--engine", "trivial"])]:
                self.assertEqual(self.run_with(redirection, *call).returncode, code, f"{call} {redirection}")

    def test_a_closed_stream_is_reported_and_no_file_takes_its_place(self):
        done = self.run_with(">&-", "list")
        self.assertEqual((done.returncode, done.stderr), (1, "faltung: cannot write the results: Bad file descriptor\n"))
        done = self.run_with("<&- >&- 2>&-", "run", "--filter", "blur", "--output", self.folder / "o.png")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(read_png(self.folder / "o.png")[:2], (512, 384))

    def test_no_text_of_a_file_commands_the_terminal(self):
        evil = "\x1b]0;owned\x07\x9b2J\u202e"
        table = self.write("evil.json", json.dumps([{"call": "F.conv1d(z(1,1,5), z(1,1,3))", "pytorch": evil}, {"call": "F.conv1d(" + evil + "\npassed", "pytorch": "x"}]).encode())
        named = self.write("evil.safetensors", safetensors({evil + "a\nb": ((1,), [0.0]), "b": ((1,), [0.0])}))
        archive = self.write("evil.npz", npz({"a\x1b]0;owned\x07": npy("<f4", (1,), [0.0]), "b\x1b[2J": npy("<f4", (1,), [0.0])}))
        case = self.write("case.safetensors", safetensors({"x": ((1,), [0.0])}, cases=json.dumps([{"name": evil, "op": evil}])))
        calls = [("check", table), ("check", case), ("explain", evil), ("explain", self.write("evil.txt", f"fwd {evil}\n".encode())),
                 *(("run", "--op", "conv1d", "--input", file, "--weight", file, "-o", self.folder / "y.npy") for file in (named, archive))]
        for call in calls:
            done = faltung(*call)
            self.assertIn(done.returncode, (1, 2), call)
            shown = done.stdout + done.stderr
            if archive not in call:  # libzip shows or refuses them by itself
                self.assertIn("\\u001b", shown, call)
            self.assertFalse(set(shown) & set("\x1b\x07\x9b\u202e"), call)
            self.assertNotIn("\nb", shown)
            self.assertNotIn("\npassed", shown)

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

    def on_terminal(self, *arguments, results=True):
        """The exit code, what a terminal shows of stderr, and stdout; both on the terminal without `results`."""
        try:
            ours, theirs = pty.openpty()
        except OSError as error:
            self.skipTest(f"no terminal can be made here: {error}")
        with open(ours, "rb", buffering=0) as screen:
            done = subprocess.run([PROGRAM, *arguments], stdout=subprocess.PIPE if results else theirs, stderr=theirs, timeout=60)
            os.close(theirs)
            shown = b"".join(iter(lambda: self.part_of(screen), b"")).decode()  # a terminal keeps about 4096 bytes
        return done.returncode, shown, (done.stdout or b"").decode()

    def part_of(self, screen):
        try:
            return screen.read(4096)
        except OSError:  # how a terminal says that nobody has it open any more
            return b""

    def test_progress_is_for_terminals(self):
        self.assertEqual(faltung("bench", PROBLEM, "--seconds", 0.001).stderr, "")
        code, shown, results = self.on_terminal("bench", PROBLEM, "--seconds", "0.001", "--json")
        self.assertEqual(code, 0)
        self.assertIn("1/3", shown)
        self.assertNotIn("\r", results)

    def test_messages_and_results_take_the_place_of_the_progress(self):
        endless = "fwd f32 n100000 c100000 k64 i224x224 f3x3"
        for call in (["bench", "--passes", "fwd", "--seconds", "0.001"], ["verify", "--quiet"], ["tune"]):
            code, shown, _ = self.on_terminal(*call, endless, PROBLEM)
            self.assertIn(code, (1, 3), shown)
            self.assertIn("\r\x1b[Kfaltung: ", shown)
            self.assertEqual(shown.count("faltung: "), 1, shown)
            self.assertTrue(shown.endswith("\r\x1b[K"), shown)
        self.assertIn("\r\x1b[K1 passed", self.on_terminal("verify", "--quiet", PROBLEM, results=False)[1])


if __name__ == "__main__":
    unittest.main()
