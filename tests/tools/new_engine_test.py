"""tools/new_engine makes an engine that compiles, is listed, keeps the layers and refuses until it is written."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def run(*command):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True)


class NewEngine(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.folder.name)
        shutil.copytree(ROOT / "include", self.root / "include")
        shutil.copytree(ROOT / "src", self.root / "src")
        self.engine = self.root / "src/engines/cpu/new_try"
        self.listing = self.root / "src/engines/CMakeLists.txt"

    def tearDown(self):
        self.folder.cleanup()

    def make(self, name):
        return run(sys.executable, ROOT / "tools/new_engine", name, self.root)

    def test_the_new_engine_compiles(self):
        self.assertEqual(self.make("cpu/new_try").returncode, 0)
        result = run(os.environ.get("CXX", "c++"), "-std=c++20", "-Wall", "-Wextra", "-Wno-missing-field-initializers", "-Werror", "-fsyntax-only",
                     f"-I{self.root}/include", f"-I{self.root}/src", self.engine / "engine.cpp")
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_its_line_comes_first_among_its_device_and_nothing_else_changes(self):
        before = self.listing.read_text().splitlines()
        self.make("cpu/new_try")
        after = self.listing.read_text().splitlines()
        at = after.index("faltung_engine(cpu/new_try)")
        self.assertEqual(after[:at] + after[at + 1:], before)
        self.assertFalse(any(line.startswith("faltung_engine(cpu/") for line in after[:at]))

    def test_it_keeps_the_layers(self):
        self.make("cpu/new_try")
        result = run(sys.executable, ROOT / "tools/check_layers", self.root)
        self.assertEqual(result.returncode, 0, result.stdout)

    def test_an_engine_that_exists_is_left_alone(self):
        self.make("cpu/new_try")
        (self.engine / "engine.cpp").write_text("mine")
        result = self.make("cpu/new_try")
        self.assertEqual(result.returncode, 1)
        self.assertIn("exists", result.stderr)
        self.assertEqual((self.engine / "engine.cpp").read_text(), "mine")

    def test_a_name_that_is_none_writes_nothing(self):
        before = self.listing.read_text()
        for name in ("winograd", "cpu/", "cpu/Big", "tpu/fast", "cpu/../x", "cpu/a/b", "../cpu/a"):
            with self.subTest(name=name):
                self.assertEqual(self.make(name).returncode, 2)
        self.assertEqual(self.listing.read_text(), before)


if __name__ == "__main__":
    unittest.main()
