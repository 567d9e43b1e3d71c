"""faltung bench --compare: what got slower or faster since an earlier run."""
import json
import unittest

from program import Case, faltung

PROBLEM = "fwd f32 nchw n2 c4 k6 g1 i9x8 f3x3 o9x8 s1 d1 p1"


class Compare(Case):
    def setUp(self):
        super().setUp()
        self.before = self.rows(self.bench("--json"))

    def bench(self, *more, code=0):
        done = faltung("bench", PROBLEM, "--seconds", 0.005, "--no-verify", *more)
        self.assertEqual((done.returncode, done.stderr), (code, ""), done.stdout)
        return done.stdout

    def rows(self, text):
        return [json.loads(line) for line in text.splitlines()]

    def file(self, rows):
        return self.write("old.json", "\n".join(json.dumps(row) for row in rows).encode())

    def scaled(self, factor, machine=1):
        """The same run with `factor` times the times, on a machine `machine` times as fast."""
        rows = []
        for row in self.before:
            times = {name: factor * row[name] for name in ("ms", "least_ms", "greatest_ms")}
            rows.append({**row, **times, "gflops": row["gflops"] / factor, "peak_share": row["peak_share"] / factor / machine})
        return self.file(rows)

    def test_what_became_slower_is_named_and_is_code_1(self):
        shown = self.bench("--compare", self.scaled(1e-3), code=1)
        self.assertEqual(shown.count("  slower\n"), 3, shown)
        self.assertIn("3 compared: 3 slower, 0 faster", shown)
        *rows, summary = self.rows(self.bench("--compare", self.scaled(1e-3), "--json", code=1))
        self.assertEqual([row["change"] for row in rows], ["slower"] * 3)
        for row, before in zip(rows, self.before):
            self.assertAlmostEqual(row["before_ms"], 1e-3 * before["ms"])
            self.assertAlmostEqual(row["ratio"], row["ms"] / row["before_ms"])
        self.assertEqual((summary["compared"], summary["slower"], summary["only_before"], summary["only_now"]), (3, 3, [], []))
        mean = rows[0]["ratio"] * rows[1]["ratio"] * rows[2]["ratio"]
        self.assertAlmostEqual(summary["geometric_mean"] ** 3 / mean, 1)

    def test_what_is_measured_again_has_its_plan_and_verdict_of_the_first_time(self):
        done = faltung("bench", PROBLEM, "--effort", "measure", "--seconds", 0.005, "--json", "--compare", self.scaled(1e-3))
        *rows, _ = self.rows(done.stdout)
        self.assertEqual([(row["change"], row["verified"]) for row in rows], [("slower", "passed")] * 3)
        for row in rows:  # a plan that is known takes microseconds
            self.assertGreater(row["plan_ms"], 1)

    def test_faster_and_as_before_are_code_0(self):
        self.assertIn("0 slower, 3 faster", self.bench("--compare", self.scaled(1e3)))
        self.assertIn("0 slower, 0 faster", self.bench("--compare", self.scaled(1), "--threshold", 1000))

    def test_a_machine_that_became_slower_is_told_from_it(self):
        shown = self.bench("--compare", self.scaled(1e-3, machine=1e6))
        self.assertEqual(shown.count("the machine is slower"), 3)
        self.assertIn("0 slower", shown)

    def test_problems_in_one_of_them_are_listed(self):
        old = self.file([self.before[0], {**self.before[1], "problem": PROBLEM.replace("k6", "k8")}])
        shown = self.bench("--compare", old, "--threshold", 1000)
        self.assertIn(f"only before: {PROBLEM.replace('k6', 'k8')}\n", shown)
        self.assertIn(f"only now: {PROBLEM.replace('fwd', 'dgrad')}\n", shown)
        self.assertIn("1 compared", shown)

    def test_nothing_to_compare_is_refused(self):
        other = self.file([{**self.before[0], "problem": PROBLEM.replace("k6", "k8")}])
        self.refused(other, "has none of these problems")

    def test_other_numbers_of_threads_are_refused(self):
        rows = [{**row, "threads": row["threads"] + 1} for row in self.before]
        self.refused(self.file(rows), "the earlier run had 3 threads, this one has 2")
        for row in rows:
            del row["threads"]  # as earlier versions wrote them
        self.assertIn("3 compared", self.bench("--compare", self.file(rows), "--threshold", 1000))

    def refused(self, old, reason):
        done = faltung("bench", PROBLEM, "--seconds", 0.005, "--no-verify", "--compare", old)
        self.assertEqual(done.returncode, 2, done.stdout)
        self.assertIn(reason, done.stderr)

    def test_engines_are_compared_each_with_itself_if_all_are_measured(self):
        all_engines = self.file(self.rows(self.bench("--json", "--engines", "all", "--passes", "fwd")))
        engines = len(all_engines.read_text().splitlines()) - 1
        shown = self.bench("--engines", "all", "--passes", "fwd", "--compare", all_engines, "--threshold", 1000)
        self.assertIn(f"{engines} compared", shown)
        other = self.file([{**self.before[0], "engine": "other"}])
        self.assertIn("was other", self.bench("--passes", "fwd", "--compare", other, "--threshold", 1000))
        self.assertIn("only before", self.bench("--engines", "all", "--passes", "fwd", "--compare", other))

    def test_the_chosen_engine_counts_if_only_that_is_measured_now(self):
        slow = {**self.before[0], "engine": "slow", "chosen": False, "ms": 1e6, "greatest_ms": 1e6}
        for rows in ([self.before[0], slow], [slow, self.before[0]]):
            self.assertNotIn("was slow", self.bench("--passes", "fwd", "--compare", self.file(rows), "--threshold", 1000))

    def test_what_it_wrote_can_be_compared_with(self):
        again = self.write("again.json", self.bench("--json", "--compare", self.scaled(1), "--threshold", 1000).encode())
        self.assertIn("3 compared", self.bench("--compare", again, "--threshold", 1000))

    def test_files_of_another_kind_are_refused_before_anything_is_measured(self):
        row = self.before[0]
        lacking = {name: value for name, value in row.items() if name != "least_ms"}
        for data, says in [(b"", "has no measurements"), (b"{", "line 1 is not a measurement that this `faltung bench --json` wrote: parse error"), (b"[]", "line 1"), (b"7", "line 1"), (b"null", "line 1"), (b"\xff\xfe", "line 1"),
                           (b'{"compared":3}\n', "has no measurements"), (b"[" * 100000, "line 1"), (json.dumps(lacking).encode(), "'least_ms'"),
                           (json.dumps({**row, "ms": 0}).encode(), "'ms' is not a positive number"), (json.dumps({**row, "ms": "1"}).encode(), "not a whole number"),
                           (json.dumps(row).replace(str(row["ms"]), "1e999").encode(), "overflow"), (json.dumps({**row, "least_ms": 1e9}).encode(), "between"),
                           (json.dumps({**row, "problem": "fwd what"}).encode(), "what"), (json.dumps({**row, "chosen": 1}).encode(), "true or false"),
                           (json.dumps(row).encode() + b"\n{}\n", "line 2"), (b'{"run_us":3.5}\n', "'problem'")]:
            with self.subTest(data=data[:60]):
                done = self.refuse(2, "bench", PROBLEM, "--compare", self.write("bad.json", data), says=says)
                self.assertEqual(done.stdout, "")
                self.assertIn("bad.json", done.stderr)
        self.refuse(1, "bench", PROBLEM, "--compare", self.folder / "absent.json", says="absent.json")
        self.refuse(1, "bench", PROBLEM, "--compare", "/dev/zero", says="larger")

    def test_problems_without_arithmetic_are_compared_too(self):
        nothing = "fwd f32 nchw n0 c4 k4 i8x8 f3x3"
        old = self.write("old.json", self.succeed("bench", nothing, "--passes", "fwd", "--seconds", 0.001, "--json").encode())
        self.assertIn("1 compared", self.succeed("bench", nothing, "--passes", "fwd", "--seconds", 0.001, "--compare", old, "--threshold", 1000))

    def test_options_that_contradict_it_are_refused(self):
        old = self.scaled(1)
        self.refuse(2, "bench", "--host", "--compare", old, says="--host")
        self.refuse(2, "bench", "--copy", "--compare", old, says="--copy")
        self.refuse(2, "bench", PROBLEM, "--threshold", 5, says="--compare")
        self.refuse(2, "bench", PROBLEM, "--compare", old, "--threshold", -1, says="--threshold")


if __name__ == "__main__":
    unittest.main()
