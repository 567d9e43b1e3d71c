"""faltung run on arrays."""
import json
import random
import resource
import struct
import unittest
import zipfile

from program import Case, npy, npz, parse_npy, safetensors, typed_safetensors


def correlate(x, w, stride, pad):
    """One channel, one axis."""
    x = [0] * pad + x + [0] * pad
    return [sum(x[i + j] * w[j] for j in range(len(w))) for i in range(0, len(x) - len(w) + 1, stride)]


X, W, B = [1.0, 2.0, -3.0, 4.0, 0.5, 6.0, 7.0], [1.0, -2.0, 0.25], [10.0]
WANT = [value + 10 for value in correlate(X, W, 2, 1)]


class Arrays(Case):
    def setUp(self):
        super().setUp()
        self.x = self.write("x.npy", npy("<f4", (1, 1, 7), X))
        self.w = self.write("w.npy", npy("<f4", (1, 1, 3), W))
        self.b = self.write("b.npy", npy("<f4", (1,), B))
        self.y = self.folder / "y.npy"

    def conv1d(self, x, w, b, y, *more):
        return self.succeed("run", "--op", "conv1d", "--input", x, "--weight", w, "--bias", b, "--stride", 2, "--padding", 1, "-o", y, *more)

    def test_npy_in_npy_out(self):
        shown = self.conv1d(self.x, self.w, self.b, self.y)
        self.assertEqual(parse_npy(self.y.read_bytes()), ("<f4", (1, 1, 4), WANT))
        self.assertIn("fwd f32", shown)

    def test_transforms_may_be_left_out(self):
        call = ("run", "--op", "conv1d", "--input", self.x, "--weight", self.w, "-o", self.y, "--engine", "cpu.winograd")
        self.succeed(*call)
        self.succeed(*call, "--transforms", "large")
        self.refuse(3, *call, "--transforms", "off", says="no transforms")

    def test_integers_and_other_byte_orders_are_converted(self):
        samples = [1, 2, -3, 4, 0, 6, 7]
        want = [value + 10 for value in correlate(samples, W, 2, 1)]
        for descr in ("<i2", ">i2", ">f4", "<i4"):
            x = self.write("other.npy", npy(descr, (1, 1, 7), samples))
            self.conv1d(x, self.w, self.b, self.y, "--dtype", "f32")
            self.assertEqual(parse_npy(self.y.read_bytes())[2], want, descr)
        packed = self.write("x.npz", npz({"x": npy("<i2", (1, 1, 7), samples)}))
        self.conv1d(packed, self.w, self.b, self.y, "--dtype", "f32")
        self.assertEqual(parse_npy(self.y.read_bytes())[2], want)

    def test_the_type_that_no_tensor_has_is_named_with_the_remedy(self):
        x = self.write("other.npy", npy("<i2", (1, 1, 7), [0] * 7))
        self.refuse(1, "run", "--op", "conv1d", "--input", x, "--weight", self.w, "-o", self.y,
                    says="the elements are i16, which no tensor has; give a type to convert them to: --dtype f32")

    def test_only_the_array_that_is_asked_for_must_be_readable(self):
        others = {"w": ("F32", (1, 1, 3), struct.pack("<3f", *W)), "empty": ("F8_E4M3", (0,), b""), "ids": ("U16", (1, 1, 3), struct.pack("<3H", 1, 2, 3)),
                  "four": ("F4", (2,), b"\0"), "nine": ("I8", (1,) * 9, b"\0")}
        model = self.write("m.safetensors", typed_safetensors(others))
        run = lambda name, *more: ("run", "--op", "conv1d", "--input", self.x, "--weight", f"{model}:{name}", "-o", self.y, *more)
        self.succeed(*run("w"))
        self.assertEqual(parse_npy(self.y.read_bytes())[2], correlate(X, W, 1, 0))
        self.succeed(*run("ids", "--dtype", "f32"))
        self.assertEqual(parse_npy(self.y.read_bytes())[2], correlate(X, [1, 2, 3], 1, 0))
        self.refuse(1, *run("ids"), says='tensor "ids": the elements are u16, which no tensor has; give a type to convert them to: --dtype f32')
        self.refuse(1, *run("four", "--dtype", "f32"), says='tensor "four" has elements of type "F4", which are not read; known are F64')
        self.refuse(1, *run("nine"), says='tensor "nine" has 9 axes; at most 8 are read')
        self.refuse(2, *run("five"), says="holds no array five; it holds: empty four ids nine w")
        archive = self.write("m.npz", npz({"x": npy("<f4", (1, 1, 7), X)}))
        self.refuse(2, "run", "--op", "conv1d", "--input", f"{archive}:absent", "--weight", self.w, "-o", self.y, says="m.npz holds no array absent; it holds: x")

    def test_info_lists_what_files_hold(self):
        model = self.write("m.safetensors", typed_safetensors({"w": ("F32", (1, 1, 3), struct.pack("<3f", *W)), "four": ("F4", (2,), b"\0")}, format="pt"))
        shown = self.succeed("info", model, self.x)
        for row in (r"w +F32 +\[1, 1, 3\] +12", r"four +F4 +\[2\] +1", "format: pt", r"<f4 +\[1, 1, 7\] +28"):
            self.assertRegex(shown, row)
        archive = self.write("m.npz", npz({"x": npy("<i2", (2, 3), range(6)), "bad": b"x", "date": npy("<i8", (1,), [0]).replace(b"<i8", b"<M8")}))
        arrays = json.loads(self.succeed("info", archive, "--json"))["arrays"]
        self.assertEqual(arrays[2], {"name": "x", "type": "<i2", "extents": [2, 3], "bytes": 12})
        self.assertEqual([array["type"] for array in arrays[:2]], ["npy: not an npy file", "npy: elements of type '<M8' are not read"])
        self.refuse(1, "info", self.folder / "absent.npz", says="absent.npz")
        self.refuse(2, "info", self.folder / "x.png", says="x.png: not a known kind of array file; there are .npy, .npz and .safetensors")

    def test_of_many_names_some_are_listed(self):
        model = self.write("m.safetensors", safetensors({f"w{i}": ((1,), [0.0]) for i in range(25)}))
        self.refuse(2, "run", "--op", "conv1d", "--input", self.x, "--weight", model, "-o", self.y, says=f"and 5 more, which faltung info {model} lists")

    def test_mixed_types_are_refused_with_the_remedy(self):
        mixed = lambda weight, *more: ("run", "--op", "conv1d", "--input", self.x, "--weight", weight, "-o", self.y, *more)
        double = self.write("double.npy", npy("<f8", (1, 1, 3), W))
        self.refuse(2, *mixed(double), says=f"{double} is f64, but {self.x} is f32; convert all to one type: --dtype f32")
        self.succeed(*mixed(double, "--dtype", "f32"))
        self.refuse(2, *mixed(self.w, "--bias", self.write("b8.npy", npy("<f8", (1,), B))), says="b8.npy is f64, but")
        whole = self.write("whole.npy", npy("<i4", (1, 1, 7), range(7)))
        self.refuse(2, "run", "--op", "conv1d", "--input", whole, "--weight", self.w, "-o", self.y, says="convert all to one type: --dtype f32")
        mask = self.write("mask.npy", npy("|b1", (1, 1, 7), [1, 0, 1, 1, 0, 0, 1]))
        self.refuse(2, "run", "--op", "conv1d", "--input", mask, "--weight", mask, "-o", self.y, says="mask.npy is bool, on which no convolution is defined; convert it: --dtype f32")
        self.succeed("run", "--op", "conv1d", "--input", mask, "--weight", self.w, "-o", self.y, "--dtype", "f32")
        self.assertEqual(parse_npy(self.y.read_bytes())[2], correlate([1, 0, 1, 1, 0, 0, 1], W, 1, 0))

    def test_a_type_that_the_output_has_not_is_refused_before_the_work(self):
        for name in ("y.npy", "y.npz", "y.npz:a"):
            self.refuse(2, "run", "--op", "conv1d", "--input", self.x, "--weight", self.w, "--dtype", "bf16", "-o", self.folder / name, "--engine", "trivial",
                        says=f"{name.partition(':')[0]}: npy has no type for bf16; write .safetensors, or convert with --dtype f32")
        self.succeed("run", "--op", "conv1d", "--input", self.x, "--weight", self.w, "--dtype", "bf16", "-o", self.folder / "y.safetensors")

    def test_a_file_without_arrays_is_said_to_have_none(self):
        for name, data in {"none.safetensors": safetensors({}), "none.npz": npz({})}.items():
            self.refuse(1, "run", "--op", "conv1d", "--input", self.write(name, data), "--weight", self.w, "-o", self.y,
                        says=f"{name} holds no arrays")

    def test_padding_modes(self):
        for name, ends in [("reflect", (X[1], X[-2])), ("mirror", (X[1], X[-2])), ("replicate", (X[0], X[-1])), ("circular", (X[-1], X[0])), ("symmetric", (X[0], X[-1]))]:
            shown = self.conv1d(self.x, self.w, self.b, self.y, "--padding-mode", name)
            want = [value + 10 for value in correlate([ends[0], *X, ends[1]], W, 2, 0)]
            self.assertEqual(parse_npy(self.y.read_bytes())[2], want, name)
            self.assertIn(" p1 ", shown)
        call = ["run", "--op", "conv1d", "--input", self.x, "--weight", self.w, "-o", self.y, "--padding-mode"]
        self.refuse(2, *call, "edge", says="--padding-mode edge: there are zeros, reflect (mirror)")
        self.refuse(2, *call, "reflect", "--padding", 7, says="padding_mode reflect needs less than the input's extent 7")

    def test_an_array_of_many_is_taken_by_name(self):
        many = self.write("m.safetensors", safetensors({"x": ((1, 1, 7), X), "conv.weight": ((1, 1, 3), W), "b": ((1,), B)}))
        self.conv1d(f"{many}:x", f"{many}:conv.weight", f"{many}:b", self.y)
        self.assertEqual(parse_npy(self.y.read_bytes())[2], WANT)
        for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            archive = self.write("m.npz", npz({"x": npy("<f4", (1, 1, 7), X), "w": npy("<f4", (1, 1, 3), W), "b": npy("<f4", (1,), B)}, method))
            self.conv1d(f"{archive}:x", f"{archive}:w", f"{archive}:b", self.y)
            self.assertEqual(parse_npy(self.y.read_bytes())[2], WANT)

    def test_the_suffix_of_the_output_says_its_kind(self):
        self.conv1d(self.x, self.w, self.b, self.folder / "y.npz")
        with zipfile.ZipFile(self.folder / "y.npz") as archive:
            self.assertEqual(archive.testzip(), None)
            self.assertEqual(parse_npy(archive.read("output.npy"))[2], WANT)
        self.conv1d(self.x, self.w, self.b, f"{self.folder / 'y.safetensors'}:result")
        data = (self.folder / "y.safetensors").read_bytes()
        length = struct.unpack("<Q", data[:8])[0]
        self.assertEqual(json.loads(data[8:8 + length])["result"]["shape"], [1, 1, 4])
        self.assertEqual(list(struct.unpack("<4f", data[8 + length:])), WANT)

    def test_several_inputs_go_to_a_folder(self):
        other = self.write("z.npz", npz({"x": npy("<f4", (1, 1, 7), X)}))
        bad = self.write("bad.npy", b"")
        call = ("run", "--op", "conv1d", "--weight", self.w, "-o", self.folder / "out", "--input", self.x)
        self.succeed(*call, other)
        self.assertEqual(sorted(p.name for p in (self.folder / "out").iterdir()), ["x-conv1d.npy", "z-conv1d.npz"])
        self.assertEqual(parse_npy((self.folder / "out" / "x-conv1d.npy").read_bytes())[2], correlate(X, W, 1, 0))
        (self.folder / "out" / "z-conv1d.npz").unlink()
        self.refuse(1, *call, bad, other, says="bad.npy")
        self.assertEqual(sorted(p.name for p in (self.folder / "out").iterdir()), ["x-conv1d.npy", "z-conv1d.npz"])
        self.refuse(2, *call, self.x, says="would both become")
        self.refuse(2, "run", "--op", "conv1d", "--weight", self.w, "-o", self.y, "--input", self.x, other, says="is one file and there are 2 inputs")

    def test_modes_pairs_types_and_transposed(self):
        run = lambda *more: self.succeed("run", "--input", self.x, "--weight", self.w, "-o", self.y, *more)
        run("--op", "conv1d", "--padding", "same")
        self.assertEqual(parse_npy(self.y.read_bytes())[2], correlate(X, W, 1, 1))
        run("--op", "conv1d", "--padding", "-1:2")
        self.assertEqual(parse_npy(self.y.read_bytes())[2], correlate(X[1:] + [0, 0], W, 1, 0))
        run("--op", "conv1d", "--dtype", "f64")
        self.assertEqual(parse_npy(self.y.read_bytes())[::2], ("<f8", correlate(X, W, 1, 0)))
        run("--op", "conv_transpose1d")
        self.assertEqual(parse_npy(self.y.read_bytes())[2], correlate(X, W[::-1], 1, 2))

    def test_nothing_is_written_for_a_wrong_call_and_the_message_says_why(self):
        run = lambda code, says, *more: self.refuse(code, "run", "--input", self.x, "--weight", self.w, "-o", self.y, *more, says=says)
        run(2, "faltung: conv1d: stride is 0; it must be positive", "--op", "conv1d", "--stride", 0)
        run(2, "--stride", "--op", "conv1d", "--stride", "1,x")
        run(2, "--padding", "--op", "conv1d", "--padding", "1:2:3")
        run(2, "padding", "--op", "conv1d", "--padding", "smae")
        run(2, "groups", "--op", "conv1d", "--groups", 3)
        run(2, "rank", "--op", "conv2d")
        run(2, "--dtype", "--op", "conv1d", "--dtype", "f128")
        run(2, "--op")
        run(2, "no-such-engine", "--op", "conv1d", "--engine", "no-such-engine")
        self.refuse(2, "run", "--op", "conv1d", "--input", self.x, "-o", self.y, says="--weight")
        self.refuse(2, "run", "--op", "conv1d", "--input", self.x, "--weight", self.w, "-o", self.x, says="is the input")
        self.refuse(2, "run", "--op", "conv1d", "--input", self.x, "--weight", self.w, "-o", self.folder / "y.txt", says=".npy")
        self.refuse(1, "run", "--op", "conv1d", "--input", self.x, "--weight", self.w, "-o", self.folder / "absent" / "y.npy", says="absent")
        self.assertFalse((self.folder / "absent").exists())
        self.refuse(1, "run", "--op", "conv1d", "--input", self.folder / "no.npy", "--weight", self.w, "-o", self.y, says="no.npy")
        self.assertFalse(self.y.exists())


    def test_a_full_disk_leaves_the_old_file_and_nothing_else(self):
        for suffix in ("npy", "npz", "safetensors"):
            old = self.write("y." + suffix, b"as it was")
            self.refuse(1, "run", "--op", "conv1d", "--input", self.x, "--weight", self.w, "-o", old, says=old.name, limit={resource.RLIMIT_FSIZE: 16})
            self.assertEqual(old.read_bytes(), b"as it was")
        self.assertEqual(sum(1 for _ in self.folder.iterdir()), 6)


class HostileArrays(Case):
    def setUp(self):
        super().setUp()
        self.w = self.write("w.npy", npy("<f4", (1, 1, 3), W))

    def refuse_input(self, name, data, says=""):
        path = self.write(name.partition(":")[0], data)
        place = str(path) + name[len(path.name):]
        done = self.refuse(1, "run", "--op", "conv1d", "--input", place, "--weight", self.w, "-o", self.folder / "y.npy", says=says)
        self.assertIn(path.name, done.stderr)
        self.assertFalse((self.folder / "y.npy").exists())

    def test_damaged_npy_is_refused(self):
        good = npy("<f4", (1, 1, 7), X)
        for data in (b"", good[:9], good[:-1], good.replace(b"(1, 1, 7)", b"(1, 1, 9)"), good.replace(b"<f4", b"<O8")):
            self.refuse_input("x.npy", data)

    def test_a_zip_bomb_is_refused_before_it_is_unpacked(self):
        bomb = bytearray(npz({"x": random.Random(1).randbytes(4 << 20)}))
        directory = bomb.rindex(b"PK\x01\x02")
        bomb[directory + 24:directory + 28] = struct.pack("<I", 3 << 30)
        bomb[22:26] = struct.pack("<I", 3 << 30)
        self.refuse_input("x.npz", bytes(bomb), says="unpack")

    def test_a_small_archive_takes_little_memory(self):
        zeros = npy("<f4", (1, 1, 50 << 20), [])[:-1] + b"\n" + bytes(200 << 20)
        archive = bytearray(npz({"x": zeros}))
        self.refuse_input("x.npz", bytes(archive), says="at most")
        directory = archive.rindex(b"PK\x01\x02")
        archive[18:22] = archive[directory + 20:directory + 24] = struct.pack("<I", 0x7ffffff0)
        self.refuse_input("x.npz", bytes(archive), says="at most")  # more packed bytes are claimed than the file has

    def test_an_archive_that_lies_about_sizes_is_refused(self):
        good = npz({"x": npy("<f4", (1, 1, 7), X)})
        directory = good.index(b"PK\x01\x02")
        for lie in (2**32 - 2, 8, 10**6):
            data = bytearray(good)
            data[directory + 24:directory + 28] = struct.pack("<I", lie)
            data[22:26] = struct.pack("<I", lie)
            self.refuse_input("x.npz", bytes(data))

    def test_damaged_archives_are_refused(self):
        good = npz({"x": npy("<f4", (1, 1, 7), X)})
        self.refuse_input("x.npz", b"PK\x05\x06")
        self.refuse_input("x.npz", good[:-30])
        torn = bytearray(good)
        torn[60] ^= 0xff
        self.refuse_input("x.npz", bytes(torn))
        self.refuse_input("x.safetensors", struct.pack("<Q", 2**60) + b"{}")


if __name__ == "__main__":
    unittest.main()
