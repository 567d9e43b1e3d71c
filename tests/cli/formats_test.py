"""JPEG and TIFF, read and written by faltung run."""
import json
import random
import resource
import struct
import subprocess
import unittest

from program import Case, PROGRAM, SOURCE, faltung, png, read_png

SEEDS = SOURCE / "tests" / "fuzz" / "seeds"


def library(name):
    return next(library for library in json.loads(faltung("info", "--json").stdout)["libraries"] if library["name"] == name)


def noise(count, seed=1):
    return random.Random(seed).randbytes(count)


def tiff(width, height, bits, channels, data, order="<", **tags):
    """One strip, not packed; gray or RGB, with alpha for 2 and 4 channels."""
    colours = 3 if channels >= 3 else 1
    entries = {256: width, 257: height, 258: bits, 259: 1, 262: 2 if colours == 3 else 1, 273: 0, 277: channels, 278: height, 279: len(data)}
    if channels in (2, 4):
        entries[338] = 2
    entries.update({int(tag[1:]): value for tag, value in tags.items()})
    entries[273] = 8 + 2 + 12 * len(entries) + 4 + 2 * channels
    bits_at = entries[273] - 2 * channels
    out = struct.pack(order + "2sHI", b"II" if order == "<" else b"MM", 42, 8) + struct.pack(order + "H", len(entries))
    for tag, value in sorted(entries.items()):
        if tag == 258 and channels > 2:
            out += struct.pack(order + "HHII", tag, 3, channels, bits_at)
        elif tag == 258:
            out += struct.pack(order + "HHIHH", tag, 3, channels, bits, bits if channels == 2 else 0)
        else:
            short = tag in (259, 262, 277, 284, 338, 339)
            out += struct.pack(order + ("HHIHH" if short else "HHII"), tag, 3 if short else 4, 1, value, *([0] if short else []))
    return out + struct.pack(order + "I", 0) + struct.pack(order + f"{channels}H", *[bits] * channels) + data


class Formats(Case):
    def convert(self, source, name="out.png", *options):
        self.succeed("run", source, "--filter", "identity", "-o", self.folder / name, *options)
        return self.folder / name

    def rows(self, source):
        return read_png(self.convert(source))

    def refuse_picture(self, name, data, says, code=1, **keywords):
        done = self.refuse(code, "run", self.write(name, data), "--filter", "blur", "-o", self.folder / "o.png", says=says, **keywords)
        self.assertIn(name, done.stderr)
        self.assertFalse((self.folder / "o.png").exists())


@unittest.skipUnless(library("libtiff")["version"], "built without libtiff")
class Tiff(Formats):
    KINDS = [(8, 1, 0), (8, 2, 4), (8, 3, 2), (8, 4, 6), (16, 1, 0), (16, 2, 4), (16, 3, 2), (16, 4, 6)]

    def test_every_kind_of_samples_in_both_byte_orders(self):
        for bits, channels, colour in self.KINDS:
            for order in "<>":
                data = noise(5 * 4 * channels * bits // 8, channels)
                stored = data if bits == 8 else struct.pack(f"{order}{len(data) // 2}H", *struct.unpack(f">{len(data) // 2}H", data))
                with self.subTest(bits=bits, channels=channels, order=order):
                    width, height, depth, kind, rows = self.rows(self.write("in.tif", tiff(5, 4, bits, channels, stored, order)))
                    self.assertEqual((width, height, depth, kind, b"".join(rows)), (5, 4, bits, colour, data))

    def test_what_is_written_is_read_again(self):
        for bits, channels, colour in self.KINDS:
            picture = (13, 7, bits, colour, [noise(13 * channels * bits // 8, y) for y in range(7)])
            written = self.convert(self.write("in.png", png(*picture)), "between.tiff")
            self.assertIn(written.read_bytes()[:4], (b"II*\0", b"MM\0*"))
            self.assertEqual(self.rows(written), picture)

    def test_tiles_planes_and_packings(self):
        seeds = {name: self.rows(self.write(f"{name}.tif", (SEEDS / "tiff" / name).read_bytes())) for name in ("rgb", "tiled", "planes", "gray", "big")}
        self.assertEqual(seeds["tiled"], seeds["rgb"])
        self.assertEqual(seeds["planes"], seeds["rgb"])
        self.assertEqual(seeds["big"], seeds["gray"])

    def test_palettes_and_single_bits_become_8_bits(self):
        bits = self.rows(self.write("bits.tif", (SEEDS / "tiff" / "bits").read_bytes()))
        self.assertEqual((bits[2:4], set(b"".join(bits[4]))), ((8, 0), {0, 255}))
        palette = self.rows(self.write("palette.tif", (SEEDS / "tiff" / "palette").read_bytes()))
        self.assertEqual(palette[:4], (10, 9, 8, 2))
        white = tiff(4, 1, 8, 1, bytes([0, 1, 254, 255]), _262=0)  # 0 is white
        self.assertEqual(self.rows(self.write("white.tif", white))[4], [bytes([255, 254, 1, 0])])

    def test_what_is_not_read_is_said(self):
        self.refuse_picture("f.tif", tiff(2, 2, 32, 1, bytes(16), _339=3), "signed or floating-point numbers; integers of 8 and 16 bits are read")
        self.refuse_picture("w.tif", tiff(2, 2, 32, 1, bytes(16)), "samples have more than 16 bits")
        self.refuse_picture("a.tif", tiff(2, 2, 8, 4, bytes(16), _338=1), "colours were multiplied with alpha, which is not read")

    def test_hostile_files(self):
        good = tiff(5, 4, 8, 3, noise(60))
        for data in (b"", b"II*\0", good[:20], good[:-30], good[:-1]):
            self.refuse_picture("bad.tif", data, "not a readable TIFF file")
        self.refuse_picture("huge.tif", tiff(70000, 70000, 8, 1, bytes(9)), "at most 67 million are read", limit={resource.RLIMIT_AS: 1 << 30})
        self.refuse_picture("large.tif", tiff(8000, 8000, 8, 1, bytes(9)), "so small a file", limit={resource.RLIMIT_AS: 1 << 30})
        self.damage("bad.tif", good, seed=7, first=4)


@unittest.skipUnless(library("libjpeg")["version"], "built without libjpeg")
class Jpeg(Formats):
    def seed(self, name):
        return (SEEDS / "jpeg" / name).read_bytes()

    def test_flat_pictures_survive(self):
        for channels, colour in ((1, 0), (3, 2)):
            picture = (20, 11, 8, colour, [bytes([90] * 20 * channels)] * 11)
            written = self.convert(self.write("in.png", png(*picture)), "between.jpg")
            self.assertEqual(written.read_bytes()[:3], b"\xff\xd8\xff")
            self.assertEqual(self.rows(written), picture)

    def test_progressive_and_arithmetic_coding(self):
        rows = {name: self.rows(self.write(f"{name}.jpeg", self.seed(name))) for name in ("rgb", "progressive", "gray", "arithmetic")}
        self.assertEqual(rows["progressive"], rows["rgb"])
        self.assertEqual(rows["arithmetic"], rows["gray"])
        self.assertEqual(rows["gray"][:4], (9, 7, 8, 0))

    def test_what_jpeg_cannot_hold_is_refused_before_the_work(self):
        for depth, colour, what in ((8, 6, "alpha"), (16, 2, "16 bits"), (16, 4, "alpha")):
            source = self.write("in.png", png(1, 1, depth, colour, [bytes({2: 6, 4: 4, 6: 4}[colour])]))
            self.refuse(2, "run", source, "--filter", "blur", "-o", self.folder / "o.jpg", says=f"o.jpg: JPEG has no {what}; write .png or .tif")

    def test_results_have_the_suffix_of_the_input(self):
        self.succeed("run", self.write("A.JPG", self.seed("rgb")), "--filter", "blur,box", "-o", self.folder / "out")
        self.assertEqual(sorted(p.name for p in (self.folder / "out").iterdir()), ["A-blur.JPG", "A-box.JPG"])
        self.assertEqual((self.folder / "out" / "A-blur.JPG").read_bytes()[:2], b"\xff\xd8")

    def test_pipes(self):
        for data in (self.seed("rgb"), (SEEDS / "tiff" / "rgb").read_bytes()):
            done = subprocess.run([PROGRAM, "run", "-", "--filter", "identity", "-o", "-"], input=data, capture_output=True, timeout=60)
            self.assertEqual(read_png(self.write("o.png", done.stdout))[:2], (10, 9))

    def test_hostile_files(self):
        good = self.seed("progressive")
        self.refuse_picture("e.jpg", b"", "not a readable JPEG file")
        self.refuse_picture("p.jpg", b"\x89PNG\r\n", "not a readable JPEG file: Not a JPEG file")
        self.refuse_picture("t.jpg", good[:-50], "not a readable JPEG file")
        self.refuse_picture("s.jpg", self.seed("rgb")[:-9], "not a readable JPEG file: Premature end of JPEG file")
        header = lambda width, height, parts: (b"\xff\xd8\xff\xc0" + struct.pack(">HBHHB", 8 + 3 * parts, 8, height, width, parts) + b"".join(bytes([i, 0x11, 0]) for i in range(parts)) +
                                               b"\xff\xda" + struct.pack(">HB", 6 + 2 * parts, parts) + b"".join(bytes([i, 0]) for i in range(parts)) + b"\0\x3f\0")
        self.refuse_picture("c.jpg", header(4, 4, 4), "the picture is for printing: CMYK is not read")
        self.refuse_picture("h.jpg", header(65500, 65500, 3), "at most 67 million are read", limit={resource.RLIMIT_AS: 1 << 30})
        self.refuse_picture("l.jpg", header(8000, 8000, 1), "so small a file", limit={resource.RLIMIT_AS: 1 << 30})
        self.damage("bad.jpg", good, seed=8, first=2)

    def test_a_progressive_file_of_endless_scans_ends(self):
        data = self.seed("progressive")
        scan = data.rindex(b"\xff\xda")
        endless = data[:scan] + data[scan:-2] * 100000
        self.assertIn(faltung("run", self.write("endless.jpg", endless), "--filter", "blur", "-o", self.folder / "o.png").returncode, (0, 1))


if __name__ == "__main__":
    unittest.main()
