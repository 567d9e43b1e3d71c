"""faltung run in a pipe: - is standard input and standard output."""
import os
import pty
import subprocess
import unittest

from program import Case, PROGRAM, npy, npz, parse_npy, png, read_png, safetensors

ROWS = [bytes([10, 20, 30, 40])] * 4
X = npy("<f4", (1, 1, 4), [1, 2, 3, 4])
W = npy("<f4", (1, 1, 2), [1, 10])


class Pipes(Case):
    def pipe(self, data, *call):
        return subprocess.run([PROGRAM, "run", *map(str, call)], input=data, capture_output=True, timeout=60, cwd=self.folder)

    def through(self, data, *call):
        done = self.pipe(data, *call)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        return done.stdout

    def refused(self, says, data, *call, code=2):
        done = self.pipe(data, *call)
        self.assertEqual((done.returncode, done.stdout), (code, b""))
        self.assertIn(says, done.stderr.decode())

    def test_a_picture_and_an_array_go_through(self):
        picture = png(4, 4, 8, 0, ROWS)
        self.write("out.png", self.through(picture, "-", "--filter", "identity", "-o", "-"))
        self.assertEqual(read_png(self.folder / "out.png")[4], ROWS)
        twice = self.through(self.through(picture, "-", "--sigma", 1, "-o", "-"), "-", "--sigma", 1, "-o", "-")
        self.assertTrue(twice.startswith(b"\x89PNG"))
        array = npy("<f8", (3,), [1, 2, 3])
        kernel = self.write("k.npy", npy("<f8", (3,), [1, 10, 0]))
        self.assertEqual(parse_npy(self.through(array, "-", "--kernel", kernel, "-o", "-"))[2], [11, 21, 32])
        self.assertEqual([p.name for p in self.folder.iterdir() if p.name == "-"], [])

    def test_files_and_pipes_mix(self):
        source, w = self.write("in.png", png(4, 4, 8, 0, ROWS)), self.write("w.npy", W)
        self.through(source.read_bytes(), "-", "--filter", "blur", "-o", "piped.png")
        self.through(b"", source, "--filter", "blur", "-o", "plain.png")
        self.assertEqual((self.folder / "piped.png").read_bytes(), (self.folder / "plain.png").read_bytes())
        want = [21, 32, 43]
        self.assertEqual(parse_npy(self.through(X, "--op", "conv1d", "--input", "-", "--weight", w, "-o", "-"))[2], want)
        x = self.write("x.npy", X)
        self.assertEqual(parse_npy(self.through(W, "--op", "conv1d", "--input", x, "--weight", "-", "-o", "-"))[2], want)
        self.assertEqual(parse_npy(self.through(npy("<f4", (2,), [10, 1]), self.write("v.npy", npy("<f4", (2,), [1, 2])), "--kernel", "-", "-o", "-"))[2], [11, 12])

    def test_a_file_called_minus_is_left_alone(self):
        named = self.write("-", b"mine")
        self.through(X, "--op", "conv1d", "--input", "-", "--weight", self.write("w.npy", W), "-o", "-")
        self.assertEqual(named.read_bytes(), b"mine")

    def test_wrong_calls(self):
        w = self.write("w.npy", W)
        array = ("--op", "conv1d", "--input", "-", "--weight")
        self.refused("standard input holds one array or picture; - can stand for one of them only", X, *array, "-", "-o", "-")
        self.refused("standard input holds one array or picture", X, "-", "--kernel", "-", "-o", "-")
        self.refused("has no name for a folder; name a file as --output, or -", X, "-", "--sigma", 1, "-o", "out")
        self.refused("--output - takes one result and 9 filters are chosen", b"", "-o", "-")
        self.refused("--output - takes one result and there are 2 inputs", b"", "w.npy", "-", "--sigma", 1, "-o", "-")
        self.refused("standard input is an array, and out.png is a picture", npy("<f4", (2,), [1, 2]), "-", "--sigma", 1, "-o", "out.png")
        self.refused("npy has no type for bf16", X, *array, w, "--dtype", "bf16", "-o", "-")
        self.refused("standard input: npy: not an npy file", npz({"x": X}), *array, w, "-o", "-", code=1)
        for data in (b"", b"hello", safetensors({"x": ((1,), [1])})):
            self.refused("standard input holds no picture, sound or array that is known by its first bytes", data, "-", "--sigma", 1, "-o", "-", code=1)
        self.refused("standard input: not a readable PNG file", png(4, 4, 8, 0, ROWS)[:50], "-", "--sigma", 1, "-o", "-", code=1)
        self.assertEqual([p.name for p in self.folder.iterdir()], ["w.npy"])

    def test_nothing_binary_goes_to_a_terminal_or_comes_from_one(self):
        source = self.write("in.png", png(4, 4, 8, 0, ROWS))
        try:
            ours, theirs = pty.openpty()
        except OSError as error:
            self.skipTest(f"no terminal can be made here: {error}")
        run = lambda *call, **streams: subprocess.run([PROGRAM, "run", *map(str, call)], stderr=subprocess.PIPE, timeout=60, **streams)
        done = run(source, "--filter", "blur", "-o", "-", stdout=theirs)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"standard output is a terminal, and the result is no text; send it to a file: > FILE", done.stderr)
        done = run("-", "--filter", "blur", "-o", self.folder / "o.png", stdin=theirs)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"standard input is a terminal; send a file there: < FILE", done.stderr)
        os.close(theirs)
        os.close(ours)

    def test_a_full_disk_and_a_reader_that_leaves(self):
        script = f"'{PROGRAM}' run --filter blur -o - "
        done = lambda end: subprocess.run(["bash", "-c", script + end], capture_output=True, timeout=60)
        self.assertEqual(done("| head -c 1").returncode, 0)
        self.assertEqual(done(">&-").returncode, 1)
        if os.path.exists("/dev/full"):
            full = done("> /dev/full")
            self.assertEqual(full.returncode, 1)
            self.assertIn(b"faltung: cannot write the results", full.stderr)


if __name__ == "__main__":
    unittest.main()
