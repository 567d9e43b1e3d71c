"""faltung run on pictures."""
import random
import resource
import struct
import unittest

from program import Case, PNG_SIGNATURE, chunk, faltung, png, read_png

FILTERS = ["blur", "gaussian", "box", "motion", "sharpen", "sobel-x", "sobel-y", "laplacian", "emboss"]


def noise(count, seed=1):
    return random.Random(seed).randbytes(count)


class Pictures(Case):
    def filter(self, data, name, *options):
        source = self.write("in.png", data)
        self.succeed("run", source, "--filter", name, "--output", self.folder / "out.png", *options)
        return read_png(self.folder / "out.png")

    def test_without_a_picture_it_makes_one_and_writes_every_filter(self):
        (self.folder / "a").mkdir()
        shown = self.succeed("run", "--output", self.folder / "a" / "b")
        written = sorted(path.name for path in (self.folder / "a" / "b").iterdir())
        self.assertEqual(written, sorted(["picture.png"] + [f"picture-{name}.png" for name in FILTERS]))
        for name in FILTERS:
            self.assertIn(f"picture-{name}.png", shown)
        pictures = {name: read_png(self.folder / "a" / "b" / name)[4] for name in written}
        self.assertEqual(len({b"".join(rows) for rows in pictures.values()}), len(written), "two filters gave the same picture")

    def test_identity_keeps_every_sample_of_every_kind_of_png(self):
        for depth, colour, samples in [(8, 0, 1), (8, 2, 3), (8, 4, 2), (8, 6, 4), (16, 0, 1), (16, 2, 3), (16, 4, 2), (16, 6, 4)]:
            width, height = 13, 7
            row = width * samples * depth // 8
            rows = [noise(row, seed) for seed in range(height)]
            with self.subTest(depth=depth, colour=colour):
                self.assertEqual(self.filter(png(width, height, depth, colour, rows), "identity"), (width, height, depth, colour, rows))

    def test_palettes_and_small_depths_are_expanded(self):
        palette = chunk(b"PLTE", bytes([255, 0, 0, 0, 255, 0, 10, 20, 30]))
        transparency = chunk(b"tRNS", bytes([128]))
        opaque = self.filter(png(3, 1, 8, 3, [bytes([2, 0, 1])], palette), "identity")
        self.assertEqual(opaque, (3, 1, 8, 2, [bytes([10, 20, 30, 255, 0, 0, 0, 255, 0])]))
        clear = self.filter(png(3, 1, 8, 3, [bytes([2, 0, 1])], palette + transparency), "identity")
        self.assertEqual(clear[3:], (6, [bytes([10, 20, 30, 255, 255, 0, 0, 128, 0, 255, 0, 255])]))
        bits = self.filter(png(8, 1, 1, 0, [bytes([0b10110000])]), "identity")
        self.assertEqual(bits, (8, 1, 8, 0, [bytes([255, 0, 255, 255, 0, 0, 0, 0])]))

    def test_a_filter_is_the_correlation_it_says(self):
        width, height = 6, 5
        rows = [noise(width, seed) for seed in range(height)]
        at = lambda y, x: rows[min(max(y, 0), height - 1)][min(max(x, 0), width - 1)]
        want = [bytes(min(max(5 * at(y, x) - at(y - 1, x) - at(y + 1, x) - at(y, x - 1) - at(y, x + 1), 0), 255)
                      for x in range(width)) for y in range(height)]
        self.assertEqual(self.filter(png(width, height, 8, 0, rows), "sharpen")[4], want)
        ramp = [bytes(range(0, 60, 10))] * height
        sobel = self.filter(png(width, height, 8, 0, ramp), "sobel-x")[4]
        self.assertTrue(all(127 + 19 <= value <= 128 + 21 for row in sobel for value in row[1:-1]), sobel)

    def test_a_flat_picture_stays_flat_to_its_edges_and_alpha_is_kept(self):
        alpha = noise(20)
        rows = [b"".join(bytes([90, 160, 30, alpha[4 * y + x]]) for x in range(4)) for y in range(5)]
        for name in ("blur", "gaussian", "box", "motion", "sharpen"):
            self.assertEqual(self.filter(png(4, 5, 8, 6, rows), name)[4], rows, name)

    def test_the_engine_can_be_named(self):
        source = self.write("in.png", png(4, 4, 8, 0, [noise(4, y) for y in range(4)]))
        shown = self.succeed("run", source, "--filter", "blur", "--engine", "reference", "--output", self.folder / "o.png")
        self.assertIn("reference", shown)


class HostilePictures(Case):
    def refuse_picture(self, data, says="", **keywords):
        source = self.write("bad.png", data)
        done = self.refuse(1, "run", source, "--output", self.folder / "out", says=says, **keywords)
        self.assertIn("bad.png", done.stderr)
        self.assertFalse(list(self.folder.glob("out/*.png*")))

    def test_what_is_no_png_is_refused(self):
        for data in (b"", b"GIF89a", PNG_SIGNATURE[:5], PNG_SIGNATURE, PNG_SIGNATURE + b"\0" * 100):
            self.refuse_picture(data)

    def test_sizes_that_the_file_cannot_hold_allocate_nothing(self):
        for width, height in [(2**31 - 1, 2**31 - 1), (0, 5), (2**20, 2**20), (2**20, 4096), (8191, 8191), (2**32 - 1, 1)]:
            header = struct.pack(">IIBBBBB", width, height, 16, 6, 0, 0, 0)
            self.refuse_picture(PNG_SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", b"x\x9c") + chunk(b"IEND", b""))

    def test_a_small_file_takes_little_memory(self):
        rows = [bytes(8000)] * 8000
        self.refuse_picture(png(8000, 8000, 8, 0, rows), says="so small a file", limit={resource.RLIMIT_AS: 1 << 30})
        header = chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 2, 8, 0, 0, 0, 0))
        for kind in (b"tEXt", b"iTXt", b"zTXt", b"iCCP", b"eXIf", b"sPLT", b"pCAL", b"unKn", b"IDAT"):
            endless = PNG_SIGNATURE + header + struct.pack(">I", 0x7ffffff0) + kind + b"x"
            self.refuse_picture(endless, says="too early", limit={resource.RLIMIT_AS: 1 << 30})

    def test_a_damaged_file_is_refused_or_read_but_never_crashes(self):
        good = png(9, 9, 8, 2, [noise(27, y) for y in range(9)])
        self.refuse_picture(good[:len(good) // 2])
        self.damage("bad.png", good, seed=7, first=8)


class Outputs(Case):
    def setUp(self):
        super().setUp()
        self.source = self.write("in.png", png(4, 4, 8, 0, [noise(4, y) for y in range(4)]))

    def test_the_input_is_never_overwritten(self):
        before = self.source.read_bytes()
        link = self.folder / "link.png"
        link.symlink_to(self.source)
        for output in (self.source, self.folder / "." / "in.png", link):
            self.refuse(2, "run", self.source, "--filter", "blur", "--output", output, says="is the input")
        self.assertEqual(self.source.read_bytes(), before)

    def test_one_file_takes_one_filter(self):
        self.refuse(2, "run", self.source, "--output", self.folder / "out.png", says="--filter")

    def test_only_what_is_named_is_made(self):
        run = lambda code, output, says: self.refuse(code, "run", self.source, "--filter", "blur", "--output", output, says=says)
        run(2, self.folder / "out.gif", ".png")
        run(1, self.folder / "absent" / "out.png", "absent")
        run(1, self.folder / "absent" / "out", "absent")
        self.assertEqual([p.name for p in self.folder.iterdir()], ["in.png"])
        self.succeed("run", self.source, "--filter", "blur", "--output", f"{self.folder}/out.gif/")
        self.succeed("run", self.source, "--filter", "box", "--output", self.folder / "out.gif")
        self.assertEqual(len(list((self.folder / "out.gif").iterdir())), 2)

    def test_a_name_as_long_as_the_system_allows(self):
        name = "n" * 251 + ".png"
        self.succeed("run", self.source, "--filter", "blur", "--output", self.folder / name)
        self.assertTrue((self.folder / name).exists())

    def test_a_full_disk_leaves_the_old_file_and_nothing_else(self):
        old = self.write("out.png", b"as it was")
        for size in (0, 16):
            self.refuse(1, "run", self.source, "--filter", "blur", "--output", old, says="out.png", limit={resource.RLIMIT_FSIZE: size})
        self.assertEqual(old.read_bytes(), b"as it was")
        self.assertEqual(sorted(p.name for p in self.folder.iterdir()), ["in.png", "out.png"])

    def test_a_folder_that_cannot_be_made_is_reported(self):
        self.refuse(1, "run", self.source, "--output", self.source / "below", says="folder")
        self.refuse(1, "run", self.folder / "absent.png", "--output", self.folder, says="absent.png")
        (self.folder / "taken.png").mkdir()
        self.refuse(1, "run", self.source, "--filter", "blur", "--output", self.folder / "taken.png", says="taken.png")
        self.assertEqual(sorted(p.name for p in self.folder.iterdir()), ["in.png", "taken.png"])


if __name__ == "__main__":
    unittest.main()
