"""WAV, read and written by faltung run."""
import random
import struct
import subprocess
import unittest

from program import Case, PROGRAM, faltung, npy, parse_npy


def wav(kind, bits, channels, data, rate=8000, between=b"", extensible=False, length=None):
    block = channels * bits // 8
    head = struct.pack("<HHIIHH", 0xFFFE if extensible else kind, channels, rate, rate * block, block, bits)
    if extensible:
        head += struct.pack("<HHIH", 22, bits, 0, kind) + bytes.fromhex("000000001000800000aa00389b71")
    body = b"fmt " + struct.pack("<I", len(head)) + head + between + b"data" + struct.pack("<I", len(data) if length is None else length) + data
    body += b"\0" * (len(data) % 2)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body


KINDS = [(1, 8), (1, 16), (1, 24), (1, 32), (3, 32), (3, 64)]


class Sounds(Case):
    def samples(self, kind, bits, count):
        if kind == 3:
            return struct.pack(f"<{count}{'f' if bits == 32 else 'd'}", *[i / 8 - 1 for i in range(count)])
        return random.Random(bits).randbytes(count * bits // 8)

    def filter(self, data, *call):
        self.succeed("run", self.write("in.wav", data), *call, "-o", self.folder / "out.wav")
        return (self.folder / "out.wav").read_bytes()

    def test_every_kind_of_sample_comes_back_as_it_was(self):
        for kind, bits in KINDS:
            for channels in (1, 2, 5):
                data = wav(kind, bits, channels, self.samples(kind, bits, 7 * channels))
                with self.subTest(kind=kind, bits=bits, channels=channels):
                    self.assertEqual(self.filter(data, "--sigma", 0), data)

    def test_other_chunks_and_unknown_lengths(self):
        samples = self.samples(1, 16, 6)
        plain = wav(1, 16, 2, samples)
        for data in (wav(1, 16, 2, samples, between=b"LIST\x03\0\0\0abc\0"), wav(1, 16, 2, samples, extensible=True), wav(1, 16, 2, samples, length=2**32 - 1),
                     plain + b"id3 \x02\0\0\0ab"):
            self.assertEqual(self.filter(data, "--sigma", 0), plain)

    def test_each_channel_is_filtered_and_clipped(self):
        kernel = self.write("k.npy", npy("<f8", (3,), [0, 1, 2]))
        left, right = [100, -200, 300, 20000], [7, 0, -20000, -10000]
        data = wav(1, 16, 2, struct.pack("<8h", *sum(zip(left, right), ())))
        shown = self.succeed("run", self.write("in.wav", data), "--kernel", kernel, "-o", self.folder / "out.wav")
        self.assertIn("in.wav: 2 channels of 4 samples, 8000 Hz, 16 bits\n", shown)
        clip = lambda value: max(-32768, min(32767, value))
        want = [[clip(x + 2 * y) for x, y in zip(side, side[1:] + side[-1:])] for side in (left, right)]
        got = struct.unpack("<8h", (self.folder / "out.wav").read_bytes()[44:])
        self.assertEqual([list(got[0::2]), list(got[1::2])], want)

    def test_a_sound_is_a_kernel_and_an_operand_too(self):
        x = self.write("x.wav", wav(3, 32, 1, struct.pack("<4f", 1, 2, 3, 4)))
        w = self.write("w.npy", npy("<f4", (1, 1, 2), [1, 10]))
        self.succeed("run", "--op", "conv1d", "--input", x, "--weight", w, "-o", self.folder / "y.npy")
        self.assertEqual(parse_npy((self.folder / "y.npy").read_bytes()), ("<f4", (1, 3), [21, 32, 43]))
        v = self.write("v.npy", npy("<f4", (4,), [1, 0, 0, 0]))
        self.succeed("run", v, "--kernel", x, "--padding-mode", "zeros", "-o", self.folder / "y.npy")
        self.assertEqual(parse_npy((self.folder / "y.npy").read_bytes())[2], [3, 2, 1, 0])

    def test_pipes(self):
        data = wav(1, 16, 1, self.samples(1, 16, 50))
        done = subprocess.run([PROGRAM, "run", "-", "--sigma", "0", "-o", "-"], input=data, capture_output=True, timeout=60)
        self.assertEqual((done.stdout, done.stderr), (data, b""))

    def test_wrong_calls(self):
        x = self.write("x.wav", wav(1, 16, 1, self.samples(1, 16, 5)))
        refuse = lambda says, *call: self.refuse(2, "run", *call, says=says)
        refuse("x.wav is a sound, and", x, "--sigma", 1, "-o", self.folder / "o.npy")
        refuse("--dtype converts arrays; ", x, "--sigma", 1, "--dtype", "f64", "-o", self.folder / "o.wav")
        refuse("x.wav: the bank of filters is for pictures; give --sigma or --kernel", x, "-o", self.folder / "o")
        w = self.write("w.npy", npy("<f4", (1, 1, 2), [1, 10]))
        refuse("not a known kind of array file", "--op", "conv1d", "--input", x, "--weight", w, "-o", self.folder / "o.wav")

    def test_hostile_files(self):
        good = wav(1, 16, 2, self.samples(1, 16, 20))
        cases = {b"": "not a WAV file", b"RIFF\0\0\0\0WAVX": "not a WAV file", good[:30]: "it ends too early", good[:-2]: "it ends too early", good[:12]: "there are no samples",
                 good[:36]: "there are no samples", wav(1, 16, 2, b""): "the sound has no samples", wav(1, 12, 2, b"1234"): "samples of 12 bits and kind 1 are not read; integers of 8, 16, 24",
                 wav(85, 16, 2, b"1234"): "samples of 16 bits and kind 85 are not read", wav(3, 16, 2, b"1234"): "samples of 16 bits and kind 3",
                 good[:22] + b"\3\0" + good[24:]: "its format contradicts itself", good[:22] + b"\0\0" + good[24:]: "its format contradicts itself",
                 good[:12] + b"data\0\0\0\0" + good[12:]: "samples come before their format", good[:16] + b"\2" + good[17:]: "its format is too short"}
        for data, says in cases.items():
            for call in (("--sigma", "1", "-o", self.folder / "o.wav"),):
                done = self.refuse(1, "run", self.write("bad.wav", data), *call, says=says)
                self.assertIn("bad.wav: ", done.stderr)
        w = self.write("w.npy", npy("<f4", (1, 1, 2), [1, 10]))
        self.refuse(1, "run", "--op", "conv1d", "--input", self.write("bad.wav", b""), "--weight", w, "-o", self.folder / "o.npy", says="bad.wav: not a WAV file")
        randomly = random.Random(7)
        for _ in range(30):
            data = bytearray(good)
            for _ in range(3):
                data[randomly.randrange(4, 44)] = randomly.randrange(256)
            self.assertIn(faltung("run", self.write("bad.wav", bytes(data)), "--sigma", 1, "-o", self.folder / "o.wav").returncode, (0, 1))


if __name__ == "__main__":
    unittest.main()
