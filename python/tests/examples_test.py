"""The examples, and those of the pages, do what they say."""

import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "examples/python").glob("*.py"))
BLOCKS = [
    (page, number, block)
    for page in (ROOT / "README.md", ROOT / "python/README.md", ROOT / "docs/how-to/python.md")
    for number, block in enumerate(re.findall(r"^```python\n(.*?)^```", page.read_text(), re.M | re.S))
]


def run(*arguments, folder):
    done = subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_example(example, tmp_path):
    assert run(str(example), folder=tmp_path)


@pytest.mark.parametrize(("page", "number", "block"), BLOCKS, ids=lambda value: getattr(value, "stem", None))
def test_page(page, number, block, tmp_path):
    run("-W", "error", "-c", block, folder=tmp_path)


def test_there_are_examples():
    assert len(EXAMPLES) >= 3 and {page.name for page, _, _ in BLOCKS} == {"README.md", "python.md"}


def test_the_program_comes_with_the_package():
    program = pathlib.Path(__import__("faltung").__file__).parent / "bin" / "faltung"
    if not program.exists():
        pytest.skip("built without the program")
    assert "cpu.gemm" in run("-m", "faltung", "list", folder=ROOT)
