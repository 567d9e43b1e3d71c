"""The program ``faltung``: ``python -m faltung`` does the same."""

import os
import pathlib
import sys


def main() -> None:
    """Becomes the compiled program that came with the package."""
    program = pathlib.Path(__file__).parent / "bin" / "faltung"
    if not program.exists():
        sys.exit("faltung: this package was built without the program (FALTUNG_CLI=OFF)")
    os.execv(program, ["faltung", *sys.argv[1:]])


if __name__ == "__main__":
    main()
