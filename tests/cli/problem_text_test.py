"""bench/problem_text.py, by which other programs are measured, reads a problem as Faltung does."""
import json
import sys
import unittest

from program import Case, SOURCE

sys.path.insert(0, str(SOURCE / "bench"))

import problem_text  # noqa: E402


class ProblemText(Case):
    def test_every_problem_of_the_lists_is_read_as_faltung_reads_it(self):
        files = sorted((SOURCE / "problems").rglob("*.txt"))
        lines = [line.split("#")[0].split("*")[0].strip() for path in files for line in path.read_text().splitlines()]
        lines = [line for line in lines if line]
        whole = self.write("all.txt", "\n".join(lines).encode())
        shown = self.succeed("explain", whole, "--json", "--engine", "reference").splitlines()
        self.assertEqual(len(shown), len(lines))
        for line, answer in zip(lines, shown):
            with self.subTest(line=line):
                self.assertEqual(problem_text.parse(json.loads(answer)["problem"]).key(), problem_text.parse(line).key())


if __name__ == "__main__":
    unittest.main()
