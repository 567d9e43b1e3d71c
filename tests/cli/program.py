"""Runs the program, and reads and writes the files it works on with nothing but the standard library."""
import io
import json
import os
import pathlib
import random
import resource
import struct
import subprocess
import tempfile
import unittest
import zipfile
import zlib

PROGRAM = os.environ["FALTUNG"]
SOURCE = pathlib.Path(os.environ["FALTUNG_SOURCE_DIR"])
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def faltung(*arguments, text=None, environment=None, stdout=subprocess.PIPE, limit=None):
    """limit: from a resource to how much of it the program gets. Sanitizers need all addresses there are."""
    def set_limits():
        for what, most in limit.items():
            if what != resource.RLIMIT_AS or not os.environ.get("FALTUNG_SANITIZED"):
                resource.setrlimit(what, (most, most))

    return subprocess.run([PROGRAM, *map(str, arguments)], input=text, stdout=stdout, stderr=subprocess.PIPE, text=True,
                          timeout=120, env={**os.environ, **(environment or {})}, preexec_fn=set_limits if limit else None)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, depth, colour, rows, before=b""):
    """rows: the bytes of each row, without the filter byte."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    return PNG_SIGNATURE + chunk(b"IHDR", header) + before + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def undo_filter(kind, row, above, step):
    out = bytearray(row)
    for i, value in enumerate(row):
        left = out[i - step] if i >= step else 0
        corner = above[i - step] if i >= step else 0
        if kind == 4:
            guess = left + above[i] - corner
            nearest = min((abs(guess - left), 0, left), (abs(guess - above[i]), 1, above[i]), (abs(guess - corner), 2, corner))
            out[i] = (value + nearest[2]) & 255
        else:
            out[i] = (value + (0, left, above[i], (left + above[i]) // 2)[kind]) & 255
    return bytes(out)


def read_png(path):
    """(width, height, depth, colour type, rows of bytes) of a PNG that is not interlaced."""
    data = pathlib.Path(path).read_bytes()
    assert data.startswith(PNG_SIGNATURE)
    at, packed, header = 8, b"", None
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        assert struct.unpack(">I", data[at + 8 + length:at + 12 + length])[0] == zlib.crc32(kind + body)
        header = struct.unpack(">IIBBBBB", body) if kind == b"IHDR" else header
        packed += body if kind == b"IDAT" else b""
        at += 12 + length
    width, height, depth, colour = header[:4]
    step = {0: 1, 2: 3, 4: 2, 6: 4}[colour] * depth // 8
    raw, rows, above = zlib.decompress(packed), [], bytes(width * step)
    for row in range(height):
        line = raw[row * (width * step + 1):(row + 1) * (width * step + 1)]
        above = undo_filter(line[0], line[1:], above, step)
        rows.append(above)
    return width, height, depth, colour, rows


def npy(kind, shape, values):
    """A .npy file; kind is '<f4' and the like."""
    code = {"f4": "f", "f8": "d", "i2": "h", "i4": "i", "i8": "q", "b1": "?"}[kind[1:]]
    header = str({"descr": kind, "fortran_order": False, "shape": tuple(shape)}).encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + struct.pack(f"{kind[0].replace('|', '<')}{len(values)}{code}", *values)


def parse_npy(data):
    """(kind, shape, values)"""
    assert data.startswith(b"\x93NUMPY\x01\x00")
    length = struct.unpack("<H", data[8:10])[0]
    header = eval(data[10:10 + length], {"__builtins__": {}})  # a literal, by the format's definition
    code = {"<f4": "f", "<f8": "d", "<i4": "i", "<i8": "q"}[header["descr"]]
    body = data[10 + length:]
    return header["descr"], header["shape"], list(struct.unpack(f"<{len(body) // struct.calcsize(code)}{code}", body))


def safetensors(arrays, **metadata):
    """arrays: name -> (shape, floats)"""
    return typed_safetensors({name: ("F32", shape, struct.pack(f"<{len(values)}f", *values)) for name, (shape, values) in arrays.items()}, **metadata)


def typed_safetensors(arrays, **metadata):
    """arrays: name -> (type, shape, bytes)"""
    header, body = {"__metadata__": metadata} if metadata else {}, b""
    for name, (kind, shape, data) in arrays.items():
        header[name] = {"dtype": kind, "shape": list(shape), "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


def npz(arrays, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in arrays.items():
            archive.writestr(name + ".npy", data)
    return out.getvalue()


class Case(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.cache = self.folder / "cache"  # what this machine has tuned is none of a test's business
        os.environ["FALTUNG_CACHE_DIR"] = str(self.cache)

    def write(self, name, data):
        path = self.folder / name
        path.write_bytes(data)
        return path

    def succeed(self, *arguments, **keywords):
        """Runs it; it must be content and silent on stderr."""
        done = faltung(*arguments, **keywords)
        self.assertEqual((done.returncode, done.stderr), (0, ""), f"{arguments}\n{done.stdout}")
        return done.stdout

    def damage(self, name, good, seed, first):
        """Pictures like this one with three other bytes, from `first` on, are read or refused in one line; nothing crashes."""
        randomly = random.Random(seed)
        for _ in range(30):
            data = bytearray(good)
            for _ in range(3):
                data[randomly.randrange(first, len(data))] = randomly.randrange(256)
            done = faltung("run", self.write(name, bytes(data)), "--filter", "blur", "-o", self.folder / "o.png")
            self.assertIn(done.returncode, (0, 1), done.stderr)
            self.assertLessEqual(done.stderr.count("\n"), 1, done.stderr)

    def refuse(self, code, *arguments, says="", **keywords):
        """Runs it; it must end with that code, say so on stderr, one message and no trace of the inside."""
        done = faltung(*arguments, **keywords)
        self.assertEqual(done.returncode, code, f"{arguments}\n{done.stdout}\n{done.stderr}")
        self.assertTrue(done.stderr.startswith("faltung: "), done.stderr)
        self.assertIn(says, done.stderr)
        for trace in ("terminate", "what()", "std::", "Sanitizer"):
            self.assertNotIn(trace, done.stderr)
        return done
