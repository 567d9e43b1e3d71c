"""The shared library shows what the public headers declare, all that programs need of it, and nothing else.

usage: exported_test.py HEADERS NM LIBRARY OBJECT…      the objects are of programs that live on the public headers
"""
import pathlib
import re
import subprocess
import sys
import unittest

HEADERS, NM, LIBRARY, *OBJECTS = sys.argv[1:]
del sys.argv[1:]
CLASSES = {"faltung::Error", "faltung::Executor"}  # what users catch and derive from, at least


def symbols(*arguments):
    lines = subprocess.run([NM, "-P", *arguments], check=True, capture_output=True, text=True).stdout.splitlines()
    return {line.split(" ", 1)[0] for line in lines if " " in line}  # a line without is a file's name


def demangled(names):
    names = sorted(names)
    text = subprocess.run(["c++filt"], input="\n".join(names), check=True, capture_output=True, text=True).stdout
    return dict(zip(names, text.splitlines(), strict=True))


def ours(names):
    return {name for name in names if re.match(r"faltung_|_ZNK?7faltung", name)}


class Exported(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.exported = symbols("-D", "--defined-only", LIBRARY)
        headers = {file.name: file.read_text() for file in pathlib.Path(HEADERS).glob("*.h")}
        cls.words = set(re.findall(r"\w+", " ".join(headers.values())))
        cls.c_functions = set(re.findall(r"\b(faltung_\w+)\(", headers["c.h"]))

    def test_c_functions_are_those_of_the_header(self):
        self.assertEqual({name for name in self.exported if not name.startswith("_Z")}, self.c_functions)
        self.assertGreater(len(self.c_functions), 20)

    def test_cpp_names_stand_in_a_public_header(self):
        for name, text in demangled(ours(self.exported) - self.c_functions).items():
            with self.subTest(symbol=text):
                path = re.match(r"faltung::([\w:~]+|[\w:]+::operator [\w ]+)", text)
                self.assertTrue(path, "a template's, or of another namespace")
                self.assertLessEqual(set(re.findall(r"\w+", path[1])), self.words)
                self.assertNotIn("::Impl", text)

    def test_the_rest_are_types_of_public_classes(self):
        rest = demangled(name for name in self.exported if name.startswith("_Z") and not ours({name}))
        classes = set()
        for text in rest.values():
            described = re.fullmatch(r"(?:typeinfo|typeinfo name|vtable) for (faltung::(\w+))", text)
            self.assertTrue(described, text)
            self.assertIn(described[2], self.words)
            classes.add(described[1])
        self.assertLessEqual(CLASSES, classes)

    def test_programs_find_what_they_use(self):
        used = ours(symbols("-u", *OBJECTS)) - symbols("--defined-only", *OBJECTS)
        self.assertGreater(len(used), 20)
        self.assertEqual(demangled(used - self.exported), {})


if __name__ == "__main__":
    unittest.main()
