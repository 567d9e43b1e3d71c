"""faltung run with a Gaussian, with filters of one's own, axis by axis, on pictures and arrays."""
import math
import random
import unittest

from program import Case, faltung, npy, parse_npy, png, read_png, safetensors


def noise(count, seed=1):
    return random.Random(seed).randbytes(count)


def numbers(count, seed):
    randomly = random.Random(seed)
    return [randomly.uniform(-1, 1) for _ in range(count)]


def bell(sigma):
    radius = int(4 * sigma + 0.5)
    weights = [math.exp(-x * x / (2 * sigma * sigma)) for x in range(-radius, radius + 1)] if radius else [1]
    return [weight / sum(weights) for weight in weights]


def correlate(values, weights):
    """SciPy's correlate1d with mode='nearest'."""
    last, before = len(values) - 1, len(weights) // 2
    return [sum(w * values[min(max(i + j - before, 0), last)] for j, w in enumerate(weights)) for i in range(len(values))]


def filtered(rows, weights):
    """Of a list of rows: along the columns, then along the rows."""
    columns = [correlate(list(column), weights[0]) for column in zip(*rows)]
    return [correlate(list(row), weights[1]) for row in zip(*columns)]


class Gaussians(Case):
    def test_a_picture_is_blurred_as_the_formula_says(self):
        width, height = 23, 17
        rows = [noise(width, seed) for seed in range(height)]
        source = self.write("in.png", png(width, height, 8, 0, rows))
        for options in ((), ("--whole",)):
            shown = self.succeed("run", source, "--sigma", 1.7, "-o", self.folder / "out.png", *options)
            self.assertRegex(shown, r"gaussian +15x15 ")
            self.assertEqual("2 passes" in shown, not options, shown)
            for got, want in zip(read_png(self.folder / "out.png")[4], filtered(rows, [bell(1.7)] * 2)):
                self.assertTrue(all(abs(a - b) <= 1 for a, b in zip(got, want)), (list(got), want))  # one is rounded

    def test_arrays_of_one_to_three_axes(self):
        values = numbers(60, 3)
        source = lambda shape: self.write("x.npy", npy("<f8", shape, values))
        run = lambda x, sigma: self.succeed("run", x, "--sigma", sigma, "-o", self.folder / "y.npy")
        run(source((60,)), 2)
        self.assert_near(self.result(), correlate(values, bell(2)))
        rows = [values[i:i + 10] for i in range(0, 60, 10)]
        run(source((6, 10)), "0.8,1.5")
        self.assert_near(self.result(), sum(filtered(rows, [bell(0.8), bell(1.5)]), []))
        run(source((6, 10)), "0,1.5")
        self.assert_near(self.result(), sum(filtered(rows, [[1], bell(1.5)]), []))
        shown = run(source((6, 2, 5)), "1,0,0.5")
        self.assertRegex(shown, r"gaussian +9x1x5 .*2 passes")
        self.assertEqual(parse_npy((self.folder / "y.npy").read_bytes())[:2], ("<f8", (6, 2, 5)))
        run(source((6, 10)), 0)
        self.assertEqual(self.result(), values)

    def result(self):
        return parse_npy((self.folder / "y.npy").read_bytes())[2]

    def assert_near(self, got, want):
        for a, b in zip(got, want, strict=True):
            self.assertAlmostEqual(a, b)

    def test_edges_are_as_asked_for(self):
        x = self.write("x.npy", npy("<f8", (4,), [8, 0, 0, 16]))
        kernel = self.write("shift.npy", npy("<f8", (3,), [1, 0, 0]))
        for mode, first in {"zeros": 0, "replicate": 8, "nearest": 8, "reflect": 0, "mirror": 0, "circular": 16, "wrap": 16, "symmetric": 8, "grid-mirror": 8}.items():
            self.succeed("run", x, "--kernel", kernel, "--padding-mode", mode, "-o", self.folder / "y.npy")
            self.assertEqual(self.result(), [first, 8, 0, 0], mode)

    def test_wrong_calls(self):
        x = self.write("x.npy", npy("<f4", (2, 3), range(6)))
        refuse = lambda says, *call: self.refuse(2, "run", *call, "-o", self.folder / "y.npy", says=says)
        refuse("--sigma -1: it must be from 0 to 10000", x, "--sigma", "-1")
        refuse("'nan' is not a number", x, "--sigma", "nan")
        refuse("--sigma 1,: '' is not a number; write one for all axes or one each: --sigma 2,1.5", x, "--sigma", "1,")
        refuse("--sigma has 3 values; 1 or 2 are right", x, "--sigma", "1,1,1")
        refuse("--filter", x, "--sigma", 1, "--filter", "blur")
        refuse("x.npy: the bank of filters is for pictures; give --sigma or --kernel", x, "--filter", "blur")
        refuse("x4.npy has the extents [1, 1, 2, 3]; filters take one to three axes", self.write("x4.npy", npy("<f4", (1, 1, 2, 3), range(6))), "--sigma", 1)
        whole = self.write("whole.npy", npy("<i4", (2, 3), range(6)))
        refuse("whole.npy is i32; filters take f32 and f64: --dtype f32", whole, "--sigma", 1)
        self.succeed("run", whole, "--sigma", 1, "--dtype", "f32", "-o", self.folder / "y.npy")
        refuse(f"{x}: padding is 8 in spatial axis 0; padding_mode reflect needs less than the input's extent 2", x, "--sigma", 2, "--padding-mode", "reflect")
        refuse("--op convolves arrays", x, "--op", "conv1d", "--input", x, "--weight", x)


class Kernels(Case):
    SHARPEN = [0, -1, 0, -1, 5, -1, 0, -1, 0]

    def test_a_filter_from_a_file_is_applied_as_that_of_the_bank(self):
        source = self.write("in.png", png(9, 8, 8, 6, [noise(36, y) for y in range(8)]))
        kernels = self.write("k.safetensors", safetensors({"sharpen": ((3, 3), self.SHARPEN), "other": ((1,), [1])}))
        self.succeed("run", source, "--kernel", f"{kernels}:sharpen", "-o", self.folder / "own.png")
        self.succeed("run", source, "--filter", "sharpen", "-o", self.folder / "bank.png")
        self.assertEqual(read_png(self.folder / "own.png"), read_png(self.folder / "bank.png"))
        self.refuse(2, "run", source, "--kernel", f"{kernels}:other", "-o", self.folder / "o.png", says="has the extents [1]; what it filters has 2 axes")
        self.refuse(1, "run", source, "--kernel", self.folder / "absent.npy", "-o", self.folder / "o.png", says="absent.npy")

    def test_what_is_no_number_becomes_black_and_silent(self):
        source = self.write("in.png", png(3, 2, 8, 0, [bytes([10, 20, 30])] * 2))
        kernel = self.write("nan.npy", npy("<f8", (1, 1), [math.nan]))
        self.succeed("run", source, "--kernel", kernel, "-o", self.folder / "out.png")
        self.assertEqual(read_png(self.folder / "out.png")[4], [bytes(3)] * 2)

    def test_even_extents_have_their_middle_where_scipy_has_it(self):
        x = self.write("x.npy", npy("<f8", (5,), [1, 2, 3, 4, 5]))
        for taps in ([1, 10], [1, 10, 100, 1000]):
            kernel = self.write("k.npy", npy("<f8", (len(taps),), taps))
            self.succeed("run", x, "--kernel", kernel, "-o", self.folder / "y.npy")
            self.assertEqual(parse_npy((self.folder / "y.npy").read_bytes())[2], correlate([1, 2, 3, 4, 5], taps))

    def test_what_is_no_product_is_applied_as_it_is_bit_for_bit(self):
        values = numbers(400, 5)
        x = self.write("x.npy", npy("<f4", (1, 1, 20, 20), values))
        taps = numbers(25, 6)
        results = []
        for options in ((), ("--whole",)):
            w = self.write("w.npy", npy("<f4", (1, 1, 5, 5), taps))
            shown = self.succeed("run", "--op", "conv2d", "--input", x, "--weight", w, "-o", self.folder / "y.npy", *options)
            self.assertNotIn("passes", shown)
            results.append((self.folder / "y.npy").read_bytes())
        self.assertEqual(*results)

    def test_a_product_is_applied_axis_by_axis(self):
        x = self.write("x.npy", npy("<f4", (1, 2, 9, 9, 9), [byte % 9 - 4 for byte in noise(1458)]))
        ones = self.write("w.npy", npy("<f4", (4, 1, 5, 5, 5), [1] * 500))
        bias = self.write("b.npy", npy("<f4", (4,), [1, 2, 3, 4]))
        call = lambda *more: self.succeed("run", "--op", "conv3d", "--input", x, "--weight", ones, "--bias", bias, "--groups", 2, "--stride", "2,1,3", "--padding", "1,2,0",
                                          "-o", self.folder / "y.npy", *more)
        shown = call()
        self.assertIn("3 passes", shown)
        for problem in ("g2 i9x9x9 f5x1x1", "g4 i4x9x9 f1x5x1", "g4 i4x9x9 f1x1x5"):
            self.assertIn(problem, shown)
        in_passes = parse_npy((self.folder / "y.npy").read_bytes())
        self.assertNotIn("passes", call("--whole"))
        self.assertEqual(parse_npy((self.folder / "y.npy").read_bytes()), in_passes)
        small = self.write("s.npy", npy("<f4", (2, 1, 1, 3, 3), [1] * 18))
        self.assertNotIn("passes", self.succeed("run", "--op", "conv3d", "--input", x, "--weight", small, "--groups", 2, "-o", self.folder / "y.npy"))


class SeveralInputs(Case):
    def setUp(self):
        super().setUp()
        self.pictures = [self.write(f"{name}.png", png(4, 4, 8, 0, [noise(4, ord(name))] * 4)) for name in "ab"]

    def test_each_is_filtered_into_the_folder(self):
        x = self.write("x.npy", npy("<f4", (2, 3), range(6)))
        shown = self.succeed("run", *self.pictures, x, "--sigma", 1, "-o", self.folder / "out")
        self.assertEqual(sorted(p.name for p in (self.folder / "out").iterdir()), ["a-gaussian.png", "b-gaussian.png", "x-gaussian.npy"])
        self.assertIn("x.npy: f32 [2, 3]", shown)

    def test_one_that_fails_does_not_end_the_others(self):
        bad = self.write("bad.png", b"no picture")
        done = self.refuse(1, "run", self.pictures[0], bad, self.pictures[1], "--filter", "blur", "-o", self.folder / "out", says="bad.png: not a PNG file")
        self.assertEqual(sorted(p.name for p in (self.folder / "out").iterdir()), ["a-blur.png", "b-blur.png"])
        self.assertEqual(done.stderr.count("faltung: "), 1)

    def test_what_does_not_fit_together_is_refused_before_the_work(self):
        (self.folder / "other").mkdir()
        same = self.write("other/a.png", self.pictures[0].read_bytes())
        refuse = lambda says, *call: self.refuse(2, "run", *call, says=says)
        refuse(f"{self.pictures[0]} and {same} would both become", *self.pictures, same, "--filter", "blur", "-o", self.folder / "out")
        refuse("is one file and there are 2 inputs; name a folder", *self.pictures, "--filter", "blur", "-o", self.folder / "o.png")
        refuse("a.png is a picture, and", self.pictures[0], "--sigma", 1, "-o", self.folder / "o.npy")
        refuse("y.txt: filters take pictures (.png .jpg .jpeg .tif .tiff), sounds (.wav) and arrays (.npy .npz .safetensors)", self.write("y.txt", b""), "--sigma", 1, "-o", self.folder / "out")
        self.assertFalse((self.folder / "out").exists())


if __name__ == "__main__":
    unittest.main()
