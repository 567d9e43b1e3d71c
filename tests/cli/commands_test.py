"""Every command that answers questions: list, info, explain, verify, bench, check."""
import json
import re
import resource
import shlex
import subprocess
import threading
import unittest

from program import Case, PROGRAM, SOURCE, faltung, safetensors

PROBLEM = "fwd f32 nchw n2 c4 k6 i9x8 f3x3 p1"


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


class Inventory(Case):
    def test_list_names_the_engines_in_the_same_order_as_json(self):
        engines = json.loads(self.succeed("list", "--json"))
        names = [engine["name"] for engine in engines]
        self.assertIn("reference", names)
        self.assertIn("trivial", names)
        self.assertTrue(all(engine["available"] or engine["reason"] for engine in engines))
        built = [engine for engine in engines if not engine["reason"].startswith("not built: ")]
        self.assertTrue(all(engine["kind"] in ("leaf", "composite", "last_resort") for engine in built))
        self.assertEqual([line.split()[0] for line in self.succeed("list").splitlines()[1:]], names)

    def test_info_knows_the_machine(self):
        info = json.loads(self.succeed("info", "--json"))
        version = self.succeed("--version").split()[1]
        self.assertEqual(info["version"], version)
        self.assertGreaterEqual(info["devices"][0]["threads"], 1)
        self.assertTrue(info["devices"][0]["features"])
        self.assertIn("libpng", [library["name"] for library in info["libraries"]])
        self.assertIn(version, self.succeed("info"))

    def test_help_of_every_command_has_an_example(self):
        self.assertIn("run", self.succeed("--help"))
        for command in ("run", "check", "verify", "explain", "bench", "tune", "tuning", "problem", "list", "info", "completion", "man"):
            self.assertIn(f"faltung {command}", self.succeed(command, "--help"))


class Explain(Case):
    def test_every_engine_is_accounted_for(self):
        names = {engine["name"] for engine in json.loads(self.succeed("list", "--json"))}
        answer = json.loads(self.succeed("explain", PROBLEM, "--json"))
        self.assertEqual({candidate["engine"] for candidate in answer["candidates"]}, names)
        self.assertIn(answer["engine"], names)
        self.assertTrue(all(candidate["accepted"] or candidate["reason"] for candidate in answer["candidates"]))
        self.assertIn(answer["engine"], self.succeed("explain", PROBLEM))

    def test_words_need_no_quotes_and_lists_come_from_anywhere(self):
        def explained(*words, **given):  # each process measures the clock anew: estimates differ a little
            answer = self.succeed("explain", *words, "--json", **given)
            self.assertIn('"estimated_ms"', answer)
            return re.sub(r'"estimated_ms":[-+.e0-9]+', '"estimated_ms":0', answer)

        one = explained(*PROBLEM.split())
        path = self.write("list.txt", f"# a comment\n{PROBLEM} *3\n\n".encode())
        self.assertEqual(explained(f"@{path}"), one)
        self.assertEqual(explained(path), one)
        self.assertEqual(explained(text=PROBLEM + "\n"), one)
        self.assertEqual(len(lines(self.succeed("explain", path, PROBLEM, "--json"))), 2)

    def test_the_last_line_reproduces_the_choice(self):
        for options in ([], ["--engine", "reference"], ["--effort", "measure", "--threads", "2"], ["--without", "cpu.gemm,rewrite.groups"],
                        ["--workspace-limit", "100"]):
            with self.subTest(options=options):
                shown = self.succeed("explain", PROBLEM, *options)
                last = shown.splitlines()[-1]
                self.assertTrue(last.startswith("reproduce: faltung "), last)
                verified = self.succeed(*shlex.split(last)[2:]).split()
                chosen = re.search(r"^(\S+) is taken", shown, re.MULTILINE)[1]
                self.assertEqual(verified[:2], ["passed", chosen])

    def test_measuring_gives_times(self):
        answer = json.loads(self.succeed("explain", PROBLEM, "--effort", "measure", "--json"))
        chosen = [candidate for candidate in answer["candidates"] if candidate["engine"] == answer["engine"]]
        self.assertGreater(max(candidate["measured_ms"] or 0 for candidate in chosen), 0)

    def test_pytorch_stands_beside_it(self):
        shown = self.succeed("explain", PROBLEM, "--torch")
        self.assertIn("F.conv2d(x, w, stride=(1, 1,), padding=(1, 1,), dilation=(1, 1,), groups=1)", shown)
        for name in ("cpu   Mkldnn ", "cuda  Cudnn "):
            self.assertIn(name, shown)
        snippets = {
            "dgrad f32 n1 c8 k4 i8x8 f4x4 s2 p1": "x = F.conv_transpose2d(y, w, stride=(2, 2,), padding=(1, 1,), dilation=(1, 1,), groups=1, output_padding=(0, 0,))",
            "wgrad f32 n1 c8 k4 i8 f3": "w = torch.nn.grad.conv1d_weight(x, (4, 8, 3,), y, stride=(1,), padding=(0,), dilation=(1,), groups=1)",
            "fwd f32 n1 c8 k4 g2 i8 f3 o8 p2": "y = F.conv1d(F.pad(x, (2, 0)), w, stride=(1,), padding=0, dilation=(1,), groups=2)",
            "fwd cf32 nhwc n1 c8 k4 i8x8 f3x3 conjw": "w = w.conj()"}
        for problem, code in snippets.items():
            answer = json.loads(self.succeed("explain", problem, "--torch", "--json"))
            self.assertIn(code + "\n", answer["torch"]["snippet"])
            compile(answer["torch"]["snippet"], problem, "exec")


class Verify(Case):
    def test_right_engines_pass(self):
        shown = self.succeed("verify", PROBLEM, PROBLEM.replace("fwd", "dgrad"), PROBLEM.replace("fwd", "wgrad"))
        self.assertEqual(shown.splitlines()[-1], "3 passed, 0 failed, 0 refused")
        self.assertIn("reference", self.succeed("verify", PROBLEM, "--engine", "reference"))

    def test_all_engines_are_asked(self):
        shown = self.succeed("verify", PROBLEM, "--engines", "all").splitlines()
        engines = json.loads(self.succeed("list", "--json"))
        passed, failed, refused = [int(part.split()[0]) for part in shown[-1].split(", ")]
        self.assertEqual((passed + refused, failed), (sum(engine["available"] for engine in engines), 0))
        self.assertEqual(len(shown) - 1, passed)
        self.assertGreaterEqual(passed, 2)

    def test_verify_takes_each_variant_by_itself(self):
        shown = self.succeed("verify", PROBLEM.replace("f32", "cf32"), "--engine", "rewrite.complex", "--variants", "all")
        self.assertIn("rewrite.complex gauss", shown)
        self.assertIn("rewrite.complex channels", shown)
        self.assertIn("2 passed, 0 failed", shown)

    def test_verify_makes_up_random_problems(self):
        shown = self.succeed("verify", "--random", "20", "--seed", "3", "--quiet")
        self.assertEqual(shown.splitlines()[-1], "20 passed, 0 failed, 0 refused")

    def test_random_problems_are_made_one_after_the_other(self):
        with subprocess.Popen([PROGRAM, "verify", "--random", "1000000000"], stdout=subprocess.PIPE, text=True) as endless:
            stop = threading.Timer(20, endless.kill)
            stop.start()
            self.assertTrue(endless.stdout.readline().startswith("passed"))
            endless.kill()
            stop.cancel()

    def test_nothing_but_refusals_is_code_3(self):
        done = faltung("verify", PROBLEM, "--engine", "trivial")
        self.assertEqual((done.returncode, done.stdout.splitlines()[-1]), (3, "0 passed, 0 failed, 1 refused"))
        self.assertIn("there is something to compute", done.stdout)


class Bench(Case):
    def bench(self, *more):
        return self.succeed("bench", *more, "--seconds", 0.001)

    def test_a_line_of_json_for_each_problem_and_engine(self):
        rows = lines(self.bench(PROBLEM, "--json"))
        self.assertEqual([row["problem"].split()[0] for row in rows], ["fwd", "dgrad", "wgrad"])
        for row in rows:
            self.assertTrue(row["chosen"])
            self.assertEqual(row["verified"], "passed")
            self.assertTrue(0 < row["least_ms"] <= row["ms"] <= row["greatest_ms"])
            self.assertAlmostEqual(row["gflops"] * row["ms"] * 1e6, 2 * 2 * 4 * 6 * 9 * 8 * 9, delta=2 * 2 * 4 * 6 * 9 * 8 * 9 * 0.5)
            self.assertFalse({"graph_ms", "copy_ms", "copy_share"} & set(row))  # of a GPU
            self.assertGreater(row["peak_share"], 0)  # how much is no test: other programs run beside it
            self.assertTrue({"engine", "estimated_ms", "workspace_bytes", "count"} <= set(row))

    def test_all_engines_with_one_chosen(self):
        *rows, choices = lines(self.bench(PROBLEM, "--json", "--engines", "all", "--passes", "fwd"))
        self.assertGreaterEqual(len(rows), 2)
        self.assertEqual(sum(row["chosen"] for row in rows), 1)
        self.assertEqual(len({row["engine"] for row in rows}), len(rows))
        self.assertEqual(choices["choices"], 1)

    def test_all_engines_end_with_how_good_the_choices_were(self):
        *_, choices = lines(self.bench(PROBLEM, "--json", "--engines", "all"))
        self.assertEqual(choices["choices"], 3)
        self.assertTrue(0 <= choices["good"] <= 3)
        self.assertAlmostEqual(choices["good_share"], choices["good"] / 3)
        self.assertEqual(len(choices["worst"]), 3 - choices["good"])
        for worst in choices["worst"]:
            self.assertGreater(worst["ratio"], 1.25)
            self.assertNotEqual(worst["chosen"], worst["fastest"])
        self.assertIn("of 3 problems", self.bench(PROBLEM, "--engines", "all"))
        self.assertNotIn("as the fastest", self.bench(PROBLEM))

    def test_problems_are_changed_as_asked(self):
        row, = lines(self.bench("fwd f32 nchw n1 c4 k4 i8x8 f3x3 bias", "--json", "--passes", "wgrad", "--batch", 3, "--dtype", "f64", "--layout", "last"))
        self.assertTrue(row["problem"].startswith("wgrad f64 nhwc n3 "), row)
        self.assertNotIn("bias", row["problem"])

    def test_equal_layers_are_measured_once_and_counted(self):
        path = self.write("list.txt", f"{PROBLEM} *2\n{PROBLEM}\n".encode())
        row, = lines(self.bench(path, "--json", "--passes", "fwd"))
        self.assertEqual(row["count"], 3)
        many = self.write("many.txt", f"{PROBLEM} *2147483647\n".encode() * 2)
        self.assertTrue(self.succeed("problem", many).endswith(" *4294967294\n"))

    def test_one_problem_does_not_end_the_list(self):
        conjugate, standing, endless = "fwd cf32 n1 c1 k1 i4 f3 conjw", "fwd f32 [0,0,0,4,1]:nchw:nchw n2 c1 k1 i4x4 f3x3", "fwd f32 n100000 c100000 k64 i224x224 f3x3"
        path = self.write("list.txt", "\n".join([conjugate, standing, PROBLEM]).encode())
        done = faltung("bench", path, "--seconds", 0.001, "--json")
        self.assertEqual((done.returncode, len(lines(done.stdout))), (3, 7))
        self.assertRegex(done.stderr, "^faltung: no wgrad of fwd cf32 .*\nfaltung: no dgrad of fwd f32 .*\n$")
        self.assertEqual(len(faltung("problem", path, "--passes", "fwd,dgrad,wgrad").stdout.splitlines()), 7)
        for call in (["bench", "--passes", "fwd", "--seconds", "0.001", "--json"], ["verify"]):
            done = faltung(*call, endless, PROBLEM)
            self.assertEqual(done.returncode, 1)
            self.assertIn("memory", done.stderr)
            self.assertIn("passed", done.stdout)

    def test_the_table_ends_with_means(self):
        shown = self.bench(PROBLEM)
        for word in ("problem", "GFLOP/s", "of peak", "geometric mean", "exact"):
            self.assertIn(word, shown)
        self.assertEqual(shown.split("geometric mean")[1].count("as chosen"), 3)

    def test_constant_weights_are_measured_prepared_and_not(self):
        rows = lines(self.bench(PROBLEM, "--json", "--constw"))
        self.assertEqual(["constw" in row["problem"] for row in rows], [True, True, False])
        for row in rows[:2]:
            self.assertEqual(row["verified"], "passed")
            self.assertGreater(row["unprepared_ms"], 0)
        self.assertIsNone(rows[2]["unprepared_ms"])
        self.assertIn("unprepared", self.bench(PROBLEM, "--constw", "--passes", "fwd"))
        self.assertNotIn("unprepared", self.bench(PROBLEM, "--passes", "fwd"))

    def test_transforms_off(self):
        problem, = self.succeed("problem", PROBLEM, "--transforms", "off").splitlines()
        self.assertIn("notransforms", problem)
        for engine in ("cpu.winograd", "cpu.fft"):
            self.assertRegex(self.succeed("explain", problem), engine + " .* no transforms")
        self.assertNotIn("no transforms", self.succeed("explain", PROBLEM))

    def test_transforms_large(self):
        problem, = self.succeed("problem", "fwd f32 nchw n1 c64 k64 i56x56 f3x3 p1", "--transforms", "large").splitlines()
        self.assertIn("largetiles", problem)
        self.assertIn("F6xF6", self.succeed("explain", problem, "--engine", "cpu.winograd", "--effort", "exhaustive"))
        self.assertRegex(self.succeed("explain", problem, "--engine", "cpu.winograd"), "accuracy: transformed, errors up to")

    def test_bench_divides_a_problem_among_ranks(self):
        rows = lines(self.bench("fwd f32 nchw n1 c4 k4 i16x8 f3x3 p1", "--ranks", 3, "--json"))
        self.assertEqual([row["problem"].split()[0] for row in rows], ["fwd", "dgrad", "wgrad"])
        for row in rows:
            self.assertEqual(row["ranks"], 3)
            self.assertGreater(min(row["one_ms"], row["whole_ms"], row["interior_first_ms"]), 0)
            self.assertGreater(row["sent_bytes"], 0)
        self.assertIn("interior first ms", self.bench("fwd f32 nchw n1 c4 k4 i16x8 f3x3 p1", "--ranks", 2))

    def test_host_cost(self):
        row = json.loads(self.succeed("bench", "--host", "--json"))
        for cost in ("run_of_nothing_us", "run_us", "conv2d_us"):  # which is larger is a matter of the machine's mood
            self.assertGreater(row[cost], 0)

    def test_copies_are_shares_of_the_copy_that_changes_nothing(self):
        rows = lines(self.succeed("bench", "--copy", "--json"))
        self.assertTrue({("nchw", "nchw"), ("nchw", "nhwc"), ("nhwc", "nchw")} <= {(row["from"], row["to"]) for row in rows})
        for row in rows:
            self.assertGreater(row["bytes_per_second"], 0)
            if row["from"] == row["to"]:
                self.assertEqual(row["copy_share"], 1)
        self.assertIn("of a copy", self.succeed("bench", "--copy"))

    def test_what_was_measured_while_choosing_is_told(self):
        row, = lines(self.bench(PROBLEM, "--json", "--passes", "fwd", "--effort", "measure"))
        self.assertGreater(row["plan_ms"], 0)
        self.assertIn(row["engine"], row["measured_ms"])
        self.assertEqual(min(row["measured_ms"].values()), row["measured_ms"][row["engine"]])

    def test_an_engine_that_refuses_is_code_3(self):
        done = self.refuse(3, "bench", PROBLEM, "--engine", "trivial", "--seconds", 0.001)
        self.assertEqual(done.stdout, "")


class Tune(Case):
    def test_records_are_added_to_a_file_that_other_commands_take(self):
        records = self.folder / "tuning.txt"
        shown = self.succeed("tune", PROBLEM, "--output", records)
        self.assertIn(PROBLEM.split(" i")[0].split(" k")[0], shown)
        first = records.read_text().splitlines()[2]
        self.assertEqual(len(records.read_text().splitlines()), 4)  # format, environment, record, checksum
        row, = lines(self.succeed("tune", PROBLEM.replace("k6", "k8"), "--output", records, "--json", "--exhaustive"))
        self.assertEqual(row["count"], 1)
        self.assertGreater(row["ms"], 0)
        self.assertEqual(len(records.read_text().splitlines()), 5)
        self.assertIn(first, records.read_text())

    def test_records_decide_in_other_commands(self):
        problem = json.loads(self.succeed("explain", PROBLEM, "--json"))["problem"]
        records = self.write("tuning.txt", f"1e-6 reference - {problem}\n".encode())
        answer = json.loads(self.succeed("explain", PROBLEM, "--tuning", records, "--json"))
        self.assertEqual((answer["engine"], answer["decision"]), ("reference", "tuned"))
        self.assertIn("reference", self.succeed("verify", PROBLEM, "--tuning", records))

    def test_a_trace_is_tuned_each_problem_once(self):
        trace = self.folder / "trace.log"
        self.assertEqual(faltung("verify", PROBLEM, environment={"FALTUNG_TRACE": str(trace)}).returncode, 0)
        rows = lines(self.succeed("tune", trace, "--json", "--measure-seconds", 0))
        self.assertEqual(len({row["problem"] for row in rows}), len(rows))
        self.assertGreater(max(row["count"] for row in rows), 1)

    def test_what_no_engine_takes_is_code_3(self):
        endless, records = "fwd f32 n100000 c100000 k64 i224x224 f3x3", self.folder / "tuning.txt"
        for problems in ([endless, PROBLEM], [PROBLEM, endless]):
            done = faltung("tune", *problems, "--json", "--output", records)
            self.assertEqual((done.returncode, len(lines(done.stdout)), len(records.read_text().splitlines())), (3, 1, 4))
            # a sanitizer tells of what it cannot allocate, too
            self.assertRegex(done.stderr, "(?m)^faltung: no engine took fwd f32 .* n100000 .*\n\\Z")

    def test_what_is_no_file_of_records_is_refused(self):
        bad = self.write("bad.txt", b"nonsense\n")
        self.refuse(2, "tune", PROBLEM, "--output", bad, says="line 1")
        self.assertEqual(bad.read_bytes(), b"nonsense\n")
        self.refuse(2, "explain", PROBLEM, "--tuning", bad, says="line 1")
        self.refuse(1, "explain", PROBLEM, "--tuning", self.folder / "absent", says="absent")
        self.refuse(1, "tune", PROBLEM, "--output", self.folder / "absent" / "tuning.txt", says="absent")
        self.refuse(2, "tune", PROBLEM, "--engine", "trivial", says="--engine")


class Check(Case):
    def test_golden_files_pass(self):
        files = sorted((SOURCE / "tests" / "golden").glob("*.safetensors")) + sorted((SOURCE / "tests" / "golden").glob("*.json"))
        self.assertTrue(files)
        last = self.succeed("check", *files).splitlines()[-1].split(", ")
        passed, failed = int(last[0].split()[0]), int(last[1].split()[0])
        self.assertGreater(passed, 100)
        self.assertEqual(failed, 0)

    def test_results_that_the_one_engine_refuses_are_counted(self):
        files = sorted((SOURCE / "tests" / "golden").glob("conv*.safetensors"))
        lines = self.succeed("check", *files, "--engine", "trivial").splitlines()
        self.assertRegex(lines[-2], r"^0 results compared, [1-9]\d* refused by trivial$")
        self.assertRegex(lines[-1], r"^0 passed, 0 failed, [1-9]\d* skipped$")

    def test_a_wrong_expectation_fails_and_is_named(self):
        rows = json.loads((SOURCE / "tests" / "golden" / "selection.json").read_text())
        rows["rows"] = rows["rows"][:5]
        table = json.dumps(rows)
        path = self.write("selection.json", table.encode())
        self.assertEqual(self.succeed("check", path).splitlines()[-1], "5 passed, 0 failed, 0 skipped")
        names = ("Mkldnn", "Slow2d", "Empty", "Cudnn")
        wrong = table
        for name in names:
            wrong = wrong.replace(f'"{name}"', '"Xnnpack2d"')
        self.assertNotEqual(wrong, table)
        done = faltung("check", self.write("wrong.json", wrong.encode()))
        self.assertEqual(done.returncode, 1)
        self.assertIn("FAILED", done.stdout)
        self.assertRegex(done.stdout.splitlines()[-1], r"^\d passed, [1-5] failed, 0 skipped$")

    def test_hostile_files_take_neither_time_nor_memory(self):
        limit = {resource.RLIMIT_AS: 1 << 30, resource.RLIMIT_CPU: 20}
        for call in ("F.conv1d(z(1,1,5), z(1,1,3), padding=1**9223372036854775807)", "F.conv1d(z(1,1,5), z(1,1,3), padding=(-1)**2)",
                     "F.conv1d(z(1,1,500000000), z(1,1,3))", "F.conv1d(z(1,1,5), z(1,1,3), padding=500000000)"):
            path = self.write("calls.json", json.dumps([{"call": call, "pytorch": "ok [1, 1, 3]"}]).encode())
            self.assertEqual(faltung("check", path, limit=limit).returncode, 1, call)
        case = {"name": "c", "op": "conv1d", "stride": [1], "padding": [0], "dilation": [1], "output_padding": [0], "groups": 1}
        arrays = {"c.input": ((1, 1, 5), [1.0] * 5), "c.weight": ((1, 1, 3), [1.0] * 3), "c.output": ((1, 1, 3), [3.0] * 3)}
        mapped = {"batch": 1 << 40, "in_dims": {"input": 0}, "padding": [1 << 28]}
        self.succeed("check", self.write("right.safetensors", safetensors(arrays, cases=json.dumps([case]))))
        for wrong in ({"groups": 1e23}, {"padding": [500000000]}, {"padding": [1 << 62]}, {"stride": [0]}, {"in_dims": {"input": 9}}, mapped):
            path = self.write("cases.safetensors", safetensors(arrays, cases=json.dumps([{**case, **wrong}])))
            self.assertEqual(faltung("check", path, limit=limit).returncode, 1, wrong)
        nested = self.write("nested.json", b"[" * 10**6)
        self.refuse(1, "check", nested, says="nested", limit=limit)
        self.refuse(1, "check", self.write("long.json", b"[" + b"[]," * (6 << 20) + b"[]]"), says="16 MiB", limit=limit)
        self.refuse(1, "check", "/dev/zero", says="/dev/zero", limit=limit)

    def test_files_that_are_none_are_refused(self):
        self.refuse(1, "check", self.folder / "absent.safetensors", says="absent.safetensors")
        self.refuse(1, "check", self.write("bad.json", b"{"), says="bad.json: it is not JSON: parse error at line 1")
        self.refuse(1, "check", self.write("bad.safetensors", b"\xff" * 100), says="bad.safetensors")
        self.refuse(2, "check", self.write("a.json", b"[]"), "--device", "tpu", says="tpu")


if __name__ == "__main__":
    unittest.main()
