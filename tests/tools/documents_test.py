"""The documents name only what exists, and every folder under src/ says in a few lines what it is for."""
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = [page for pattern in ("*.md", "docs/**/*.md", "src/**/*.md") for page in ROOT.glob(pattern)]
# A path in backticks that begins with a folder of this repository and is no pattern.
PATH = re.compile(r"`((?:src|include|tests|tools|problems|docs|cmake|examples|cli|bench|python)/[\w./-]*)`")
LINK = re.compile(r"\]\(([^)#:]+)\)")
OPTION = re.compile(r"\boption\((FALTUNG_\w+)|\bset\((FALTUNG_\w+) [^)]*\bCACHE\b")
PACKAGE = re.compile(r"^ *(?:faltung_find|find_package)\((\w+)", re.M)
LINKED_AS_SHARED = {"Threads", "PkgConfig", "PNG", "JPEG", "TIFF"}  # or no library at all
VARIABLE = re.compile(r'"(FALTUNG_[A-Z_]+)"')
CODE = re.compile(r"^```.*?^```", re.M | re.S)


def links_of(page):
    return LINK.findall(CODE.sub("", page.read_text()))


class Documents(unittest.TestCase):
    def test_paths_that_are_named_exist(self):
        self.assertGreater(len(PAGES), 5)
        for page in PAGES:
            for name in PATH.findall(page.read_text()):
                with self.subTest(page=str(page.relative_to(ROOT)), path=name):
                    self.assertTrue((ROOT / name).exists())

    def test_one_header_includes_all_others_of_cpp(self):
        folder = ROOT / "include/faltung"
        included = re.findall(r'#include "faltung/([\w.]+)"', (folder / "faltung.h").read_text())
        self.assertEqual(sorted(included), sorted({f.name for f in folder.glob("*.h")} - {"faltung.h", "c.h", "plugin.h", "mpi_group.h"}))

    def test_links_lead_somewhere(self):
        for page in PAGES:
            for link in links_of(page):
                with self.subTest(page=str(page.relative_to(ROOT)), link=link):
                    self.assertTrue((page.parent / link).exists())

    def test_every_page_is_linked_from_the_index(self):
        index = ROOT / "docs/README.md"
        linked = {(index.parent / link).resolve() for link in links_of(index)}
        for page in (ROOT / "docs").rglob("*.md"):
            with self.subTest(page=str(page.relative_to(ROOT))):
                self.assertTrue(page in linked or page == index)
        self.assertIn("docs/README.md", links_of(ROOT / "README.md"))

    def test_every_environment_variable_is_in_the_index(self):
        index = (ROOT / "docs/README.md").read_text()
        variables = {name for source in (ROOT / "src").rglob("*.cpp") for name in VARIABLE.findall(source.read_text())}
        self.assertGreater(len(variables), 3)
        for name in variables:
            with self.subTest(variable=name):
                self.assertIn(f"`{name}`", index)

    def test_every_option_is_in_the_table(self):
        table = (ROOT / "docs/how-to/build-and-install.md").read_text()
        scripts = [ROOT / "CMakeLists.txt", *(ROOT / "cmake").glob("*.cmake")]
        options = {"".join(names) for script in scripts for names in OPTION.findall(script.read_text())}
        self.assertGreater(len(options), 5)
        for name in options:
            with self.subTest(option=name):
                self.assertIn(f"| `{name}` |", table)

    def test_notices_name_every_package_that_is_compiled_in(self):
        notices = (ROOT / "THIRD_PARTY_NOTICES.md").read_text()
        scripts = [ROOT / "CMakeLists.txt", ROOT / "cli/CMakeLists.txt", ROOT / "cmake/FaltungCuda.cmake"]
        packages = {name for script in scripts for name in PACKAGE.findall(script.read_text())} - LINKED_AS_SHARED
        self.assertGreater(len(packages), 4)
        for name in packages:
            with self.subTest(package=name):
                self.assertIn(f"\n## {name}\n", notices)

    def test_folders_have_a_short_readme(self):
        folders = [f for f in (ROOT / "src").iterdir() if f.is_dir()]
        folders += [f.parent for f in (ROOT / "src/engines").rglob("engine.cpp")]
        self.assertGreater(len(folders), 5)
        for folder in folders:
            with self.subTest(folder=str(folder.relative_to(ROOT))):
                page = folder / "README.md"
                self.assertTrue(page.exists())
                self.assertLessEqual(len(page.read_text().splitlines()), 15)


if __name__ == "__main__":
    unittest.main()
