"""Writes each ```cpp block with a main() of the given Markdown files to FOLDER/NAME_N.cpp; prints the paths, one a line.

usage: extract_examples.py FOLDER FILE…
"""
import pathlib
import re
import sys

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
for file in map(pathlib.Path, sys.argv[2:]):
    blocks = re.findall(r"^```cpp\n(.*?)^```", file.read_text(), re.M | re.S)
    for number, block in enumerate((b for b in blocks if "int main(" in b), 1):
        target = folder / f"{file.stem.replace('-', '_')}_{number}.cpp"
        if not target.exists() or target.read_text() != block:
            target.write_text(block)
        print(target)
