"""Each component of an installation holds what it should, and the components together are all of it.

usage: components_test.py BUILD_FOLDER; the environment has CMAKE, and SHARED, PROGRAM and CUDA, each 1 or 0
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

BUILD = sys.argv.pop(1)
SHARED, PROGRAM, CUDA = (os.environ[name] == "1" for name in ("SHARED", "PROGRAM", "CUDA"))
NOTICES = {"LICENSE", "THIRD_PARTY_NOTICES.md"}
LINK = re.compile(r"\]\(([^)#:]+)\)")
CODE = re.compile(r"^```.*?^```", re.M | re.S)


def install(stage, component=None):
    """The files, relative to the stage."""
    only = ["--component", component] if component else []
    subprocess.run([os.environ["CMAKE"], "--install", BUILD, "--prefix", stage, *only], check=True, stdout=subprocess.PIPE)
    return {f.relative_to(stage) for f in pathlib.Path(stage).rglob("*") if not f.is_dir()}


class Components(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.stage = pathlib.Path(cls.folder.name)
        cls.names = ["development", "documentation"] + ["program"] * PROGRAM + ["runtime"] * SHARED + ["cuda"] * CUDA
        cls.files = {name: install(cls.stage / name, name) for name in cls.names}

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def names_in(self, component):
        return {file.name for file in self.files[component]}

    def test_together_are_everything_once(self):
        whole = install(self.stage / "whole")
        self.assertEqual(whole, set().union(*self.files.values()))
        own = [file for files in self.files.values() for file in files if file.name not in NOTICES]
        self.assertEqual(len(own), len(set(own)))

    def test_that_hold_code_hold_the_licences(self):
        for name in set(self.names) - {"documentation"}:
            with self.subTest(component=name):
                self.assertLessEqual(NOTICES, self.names_in(name))

    def test_development_has_headers_library_cmake_and_pkg_config(self):
        library = "libfaltung.so" if SHARED else "libfaltung.a"
        self.assertLessEqual({"faltung.h", "c.h", library, "faltungConfig.cmake", "faltung.pc"}, self.names_in("development"))

    @unittest.skipUnless(CUDA, "built without the GPU engines")
    def test_gpu_engines_are_a_component(self):
        self.assertLessEqual({"faltungCudaTargets.cmake", "faltung-cuda.pc"}, self.names_in("cuda"))
        self.assertEqual("libfaltung_cuda.a" in self.names_in("cuda"), not SHARED)

    @unittest.skipUnless(SHARED, "a static library is no component of its own")
    def test_runtime_is_the_shared_library_alone(self):
        self.assertEqual({name.partition(".so.")[0] for name in self.names_in("runtime") - NOTICES}, {"libfaltung"})

    @unittest.skipUnless(PROGRAM, "built without the program")
    def test_program_has_its_problems_and_pages(self):
        self.assertLessEqual({pathlib.Path("bin/faltung"), pathlib.Path("share/faltung/problems/models/resnet50.txt")},
                             self.files["program"])
        self.assertIn("faltung.1", self.names_in("program"))

    def test_links_of_installed_pages_lead_somewhere(self):
        pages = [self.stage / "whole" / file for file in install(self.stage / "whole") if file.suffix == ".md"]
        self.assertGreater(len(pages), 10)
        for page in pages:
            for link in LINK.findall(CODE.sub("", page.read_text())):
                with self.subTest(page=page.name, link=link):
                    self.assertTrue((page.parent / link).exists())


if __name__ == "__main__":
    unittest.main()
