"""tools/check_layers finds each kind of wrong include, and nothing in a tree that is in order."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

TOOL = pathlib.Path(__file__).resolve().parents[2] / "tools" / "check_layers"

IN_ORDER = {
    "include/faltung/dtype.h": "#include <cstdint>\n",
    "include/faltung/tensor.h": '#include "faltung/dtype.h"\n#include <dlpack/dlpack.h>\n',
    "include/faltung/problem.h": '#include "faltung/tensor.h"\n',
    "include/faltung/context.h": '#include "faltung/problem.h"\n',
    "include/faltung/conv.h": '#include "faltung/context.h"\n',
    "include/faltung/c.h": "#include <stdint.h>\n",
    "src/base/checked.h": "#include <cstdint>\n",
    "src/device/backend.h": '#include "base/checked.h"\n',
    "src/device/backends.cpp": '#include "device/cuda/backend.h"\n',
    "src/device/cpu/copy.h": "",
    "src/device/cuda/backend.h": '#include "device/backend.h"\n',
    "src/device/cuda/memory.cpp": '#include "device/cpu/copy.h"\n#include "device/cuda/runtime/check.h"\n#include "plan/engine.h"\n',
    "src/device/cuda/runtime/check.h": "",
    "src/device/hip/memory.h": "",
    "src/engines/cuda/three/engine.cpp": '#include "device/cuda/runtime/check.h"\n',
    "src/kernels/tile.h": '#include "base/checked.h"\n',
    "src/plan/engine.h": '#include "faltung/context.h"\n#include "base/checked.h"\n',
    "src/engines/CMakeLists.txt": "faltung_engine(cpu/one)\nfaltung_engine(cpu/two)\n",
    "src/engines/cpu/one/engine.cpp": '#include "one.h"\n#include "plan/engine.h"\n#include "kernels/tile.h"\n',
    "src/engines/cpu/one/one.h": "",
    "src/engines/cpu/two/two.h": "",
    "src/api/conv.cpp": '#include "faltung/conv.h"\n#include "plan/engine.h"\n#include <fmt/format.h>\n',
    "src/c/c.cpp": '#include "faltung/c.h"\n#include "faltung/conv.h"\n#include "handle.h"\n',
    "src/c/handle.h": "",
    "cli/main.cpp": '#include "faltung/conv.h"\n#include "table.h"\n',
    "cli/table.h": "",
}


def check(files):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = pathlib.Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        result = subprocess.run([sys.executable, TOOL, folder], capture_output=True, text=True)
        return result.returncode, result.stdout


class CheckLayers(unittest.TestCase):
    def test_a_tree_in_order_passes(self):
        code, output = check(IN_ORDER)
        self.assertEqual(code, 0, output)

    def test_an_empty_tree_is_no_pass(self):
        self.assertEqual(check({"README.md": ""})[0], 2)

    def expect_found(self, name, line):
        files = dict(IN_ORDER)
        files[name] = files.get(name, "") + line + "\n"
        code, output = check(files)
        number = files[name].count("\n")
        self.assertEqual(code, 1, output)
        self.assertIn(f"{name}:{number}:", output)
        self.assertIn("1 faults", output)

    def test_a_planted_wrong_include_is_found(self):
        for name, line in [
            ("src/base/new.h", '#include "faltung/tensor.h"'),
            ("src/kernels/new.h", '#include "faltung/problem.h"'),
            ("src/plan/engine.h", '#include "engines/cpu/one/one.h"'),
            ("src/plan/engine.h", '#include "faltung/conv.h"'),
            ("src/engines/cpu/one/engine.cpp", '#include "engines/cpu/two/two.h"'),
            ("src/engines/cpu/one/engine.cpp", '#include "../two/two.h"'),
            ("src/engines/cpu/one/engine.cpp", '#include "faltung/conv.h"'),
            ("src/api/conv.cpp", '#include "kernels/tile.h"'),
            ("src/api/conv.cpp", '#include <kernels/tile.h>'),
            ("src/api/conv.cpp", '  #  include "engines/cpu/one/one.h"'),
            ("src/api/conv.cpp", 'only("cpu.one");'),
            ("src/plan/engine.h", 'if (name == "cpu.two")'),
            ("src/device/backend.h", '#include "faltung/tensor.h"'),
            ("src/device/backends.cpp", '#include "device/cuda/runtime/check.h"'),
            ("src/device/cuda/memory.cpp", '#include "device/hip/memory.h"'),
            ("src/device/cuda/memory.cpp", '#include "engines/cpu/one/one.h"'),
            ("src/plan/engine.h", '#include "device/cuda/backend.h"'),
            ("src/api/conv.cpp", '#include "device/backend.h"'),
            ("src/engines/cpu/one/engine.cpp", '#include "device/cuda/runtime/check.h"'),
            ("src/engines/cuda/three/engine.cpp", '#include "device/cuda/backend.h"'),
            ("src/c/c.cpp", '#include "plan/engine.h"'),
            ("cli/main.cpp", '#include "base/checked.h"'),
            ("bench/new.cpp", '#include "../cli/table.h"'),
            ("examples/new/main.cpp", '#include "../../src/plan/engine.h"'),
            ("include/faltung/conv.h", '#include "plan/engine.h"'),
            ("include/faltung/conv.h", "#include <cuda_runtime.h>"),
            ("include/faltung/problem.h", '#include "faltung/context.h"'),
            ("include/faltung/unlisted.h", '#include "faltung/dtype.h"'),
        ]:
            with self.subTest(name=name, line=line):
                self.expect_found(name, line)

    def test_a_public_header_whose_symbols_would_be_hidden_is_found(self):
        for text in "namespace faltung {\n}\n", 'extern "C" {\n}\n', "#pragma GCC visibility push(default)\nnamespace faltung {\n}\n":
            with self.subTest(text=text):
                code, output = check(IN_ORDER | {"include/faltung/conv.h": text})
                self.assertEqual(code, 1, output)
                self.assertIn("include/faltung/conv.h: a shared library would hide", output)
        shown = "#pragma GCC visibility push(default)\nnamespace faltung {\n}\n#pragma GCC visibility pop\n"
        code, output = check(IN_ORDER | {"include/faltung/conv.h": shown})
        self.assertEqual(code, 0, output)


if __name__ == "__main__":
    unittest.main()
