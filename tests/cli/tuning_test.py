"""The store of tuning records and files of them, as processes share them."""
import hashlib
import re
import json
import signal
import subprocess
import time
import unittest

from program import Case, PROGRAM, faltung

PROBLEMS = ["fwd f32 nchw n1 c4 k6 i9x9 f3x3 p1", "fwd f32 nchw n1 c4 k8 i9x9 f3x3 p1", "dgrad f32 nhwc n1 c4 k8 i9x9 f3x3 p1"]
QUICK = ("--measure-seconds", 0)


class Store(Case):
    def files(self):
        return sorted(path for path in self.cache.rglob("records/*") if not path.name.startswith("."))

    def decision(self, problem=PROBLEMS[0], **keywords):
        return json.loads(self.succeed("explain", problem, "--json", **keywords))["decision"]

    def test_what_one_process_has_tuned_decides_in_the_next(self):
        self.assertEqual(self.decision(), "estimated")
        shown = self.succeed("tune", PROBLEMS[0], *QUICK)
        self.assertIn("gain", shown)
        path, = self.files()
        self.assertEqual(self.decision(), "tuned")
        self.assertIn(f"tuning record: {path}", self.succeed("explain", PROBLEMS[0]))
        self.assertIn("device=cpu\n", (path.parents[1] / "environment.txt").read_text())
        self.assertEqual(self.decision(environment={"FALTUNG_TUNING": "off"}), "estimated")
        self.assertEqual(self.decision(PROBLEMS[0] + " bias"), "estimated")

    def test_threads_are_records_of_their_own(self):
        self.succeed("tune", PROBLEMS[0], "--threads", 1, *QUICK)
        self.assertEqual(json.loads(self.succeed("explain", PROBLEMS[0], "--threads", 1, "--json"))["decision"], "tuned")
        self.assertEqual(self.decision(), "estimated")

    def test_what_is_on_record_is_not_measured_again(self):
        self.succeed("tune", PROBLEMS[0], *QUICK)
        path, = self.files()
        before = path.stat().st_mtime_ns
        rows = [json.loads(line) for line in self.succeed("tune", *PROBLEMS, "--json", *QUICK).splitlines()]
        self.assertEqual([row["known"] for row in rows], [True, False, False])
        self.assertEqual(path.stat().st_mtime_ns, before)
        row, = [json.loads(line) for line in self.succeed("tune", PROBLEMS[0], "--json", "--again", *QUICK).splitlines()]
        self.assertFalse(row["known"])

    def interrupted(self, number):
        """How it ends, and what it prints, if it is interrupted once it has kept two records of many."""
        endless = self.write("many.txt", "\n".join(f"fwd f32 nchw n1 c{c} k16 i28x28 f3x3 p1" for c in range(1, 400)).encode())
        running = subprocess.Popen([PROGRAM, "tune", endless], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(600):
            if len(self.files()) >= 2:
                break
            time.sleep(0.05)
        running.send_signal(number)
        shown, said = running.communicate()
        return running.returncode, shown, said

    def test_an_interrupted_run_says_what_it_has_and_can_be_taken_up(self):
        code, shown, said = self.interrupted(signal.SIGINT)
        self.assertEqual((code, said), (1, "faltung: interrupted; the same call goes on from here\n"))
        self.assertEqual(len(shown.splitlines()), len(self.files()) + 2)

    def test_a_killed_run_loses_nothing(self):
        self.assertEqual(self.interrupted(signal.SIGKILL)[0], -signal.SIGKILL)
        files = self.files()
        self.assertGreaterEqual(len(files), 2)
        self.assertNotIn("cut off", self.succeed("tuning", "list"))
        self.assertEqual(len(self.succeed("tuning", "list").splitlines()), len(files) + 1)

    def test_the_environment_says_who_writes(self):
        call = ("explain", PROBLEMS[0], "--effort", "measure", *QUICK)
        self.succeed(*call)
        self.assertEqual(self.files(), [])
        self.assertIn(f"tuning record: {self.cache}", self.succeed(*call, environment={"FALTUNG_TUNING": "write"}))
        self.refuse(2, *call, environment={"FALTUNG_TUNING": "always"}, says="FALTUNG_TUNING=always")
        self.refuse(2, "tune", PROBLEMS[0], environment={"FALTUNG_TUNING": "off"}, says="--output")

    def test_whatever_is_wrong_is_a_miss_and_a_line_of_the_trace(self):
        self.succeed("tune", PROBLEMS[0], *QUICK)
        path, = self.files()
        trace = self.folder / "trace.txt"
        whole = path.read_text()

        def traced():
            trace.unlink(missing_ok=True)
            self.assertEqual(self.decision(environment={"FALTUNG_TRACE": str(trace)}), "estimated")
            lines = [line for line in trace.read_text().splitlines() if line.startswith("# no tuning record: ")]
            self.assertEqual(len(lines), 1, trace.read_text())
            return lines[0]

        path.write_text(whole[:-20])
        self.assertIn("checksum", traced())
        path.write_text(whole.replace("isa=", "isa=old-"))
        self.assertIn("checksum", traced())
        body = re.sub(r"revision=\d+", "revision=99", whole[:whole.rindex("sha256")])
        path.write_text(body + f"sha256 {hashlib.sha256(body.encode()).hexdigest()}\n")
        self.assertIn("revision 99 of", traced())
        path.unlink()
        path.symlink_to("/etc/passwd")
        self.assertIn("symbolic link", traced())

    def test_records_of_another_device_driver_and_library_are_not_taken_and_say_why(self):
        self.succeed("tune", PROBLEMS[0], *QUICK)
        exported = self.succeed("tuning", "export")
        for word, other in (("name=", "name=another-"), ("measured=warm-calls", "measured=otherwise"), ("build=", "driver=13.0 build="),
                            ("build=", "cuda.cudnn=cuDNN_91900 build=")):
            body = exported[:exported.rindex("sha256")].replace(word, other)
            foreign = self.write("foreign.txt", body.encode())
            for path in self.files():
                path.unlink()
            self.succeed("tuning", "import", foreign)
            self.assertEqual(self.decision(), "estimated")
            self.assertRegex(self.succeed("explain", PROBLEMS[0]), f"no tuning record: .*: measured with {other.split('=')[0]}=")
            self.assertIn("no tuning record: this context: measured with", self.succeed("explain", PROBLEMS[0], "--tuning", foreign))
            self.assertIn("no: ", self.succeed("tuning", "list", foreign))
        self.succeed("tuning", "prune", "--foreign")
        self.assertEqual(self.files(), [])

    def test_a_folder_that_cannot_be_written_fails_the_command_and_not_the_choice(self):
        blocked = self.write("blocked", b"a file")
        environment = {"FALTUNG_CACHE_DIR": str(blocked)}
        self.refuse(1, "tune", PROBLEMS[0], *QUICK, environment=environment, says="not kept")
        shown = self.succeed("explain", PROBLEMS[0], "--effort", "measure", *QUICK, environment={**environment, "FALTUNG_TUNING": "write"})
        self.assertIn("not kept", shown)

    def test_two_users_have_two_folders(self):
        self.succeed("tune", PROBLEMS[0], *QUICK)
        self.assertEqual(self.decision(environment={"FALTUNG_CACHE_DIR": str(self.folder / "other")}), "estimated")
        home = {"FALTUNG_CACHE_DIR": "", "XDG_CACHE_HOME": "", "HOME": str(self.folder / "home")}
        self.succeed("tune", PROBLEMS[0], *QUICK, environment=home)
        self.assertTrue((self.folder / "home/.cache/faltung/tuning/1").is_dir())
        self.assertEqual(self.decision(environment={**home, "XDG_CACHE_HOME": str(self.folder / "home/.cache")}), "tuned")


class Files(Case):
    def tuned(self, name, *problems):
        path = self.folder / name
        self.succeed("tune", *problems, "--output", path, *QUICK)
        return path

    def test_an_export_is_imported_elsewhere(self):
        self.succeed("tune", *PROBLEMS, *QUICK)
        exported = self.folder / "all.txt"
        self.succeed("tuning", "export", "--output", exported)
        text = exported.read_bytes()
        self.assertEqual(text[:text.rindex(b"sha256")].count(b"\n"), 2 + len(PROBLEMS))
        self.assertEqual(text.split()[-1].decode(), hashlib.sha256(text[:text.rindex(b"sha256")]).hexdigest())
        elsewhere = {"FALTUNG_CACHE_DIR": str(self.folder / "elsewhere")}
        self.assertIn(f"{len(PROBLEMS)} records", self.succeed("tuning", "import", exported, environment=elsewhere))
        self.assertEqual(self.succeed("tuning", "export", environment=elsewhere).encode(), text)
        self.succeed("tuning", "import", exported, "--into", self.folder / "third")
        self.assertTrue((self.folder / "third/tuning/1").is_dir())
        exported.write_bytes(text.replace(b"cpu.", b"cpu_", 1))
        self.refuse(2, "tuning", "import", exported, says="checksum")

    def test_merge_keeps_the_newer_and_diff_says_what_differs(self):
        one, two = self.tuned("one", PROBLEMS[0]), self.tuned("two", PROBLEMS[1])
        both = self.folder / "both"
        self.succeed("tuning", "merge", one, two, "--output", both)
        self.assertEqual(faltung("tuning", "diff", both, both).stdout, "")
        done = faltung("tuning", "diff", one, both)
        self.assertEqual((done.returncode, done.stdout.count("k8")), (1, 1))
        body = one.read_text()[:one.read_text().rindex("sha256")]
        words = body.splitlines()[-1].split()
        newer = [f"made={int(word[5:]) + 1}" if word.startswith("made=") else word for word in words]
        newer[1:3] = ["reference", "-"]
        changed = self.write("changed", (body.replace(" ".join(words), " ".join(newer))).encode())
        for order in ((one, changed), (changed, one)):
            self.assertIn(" reference - ", self.succeed("tuning", "merge", *order))
        self.assertEqual(faltung("tuning", "diff", one, changed).returncode, 1)

    def test_verify_checks_the_result_and_the_time(self):
        records = self.tuned("records", PROBLEMS[0])
        self.assertIn("right", self.succeed("tuning", "verify", records, "--slower", 1000))
        text = records.read_text()
        seconds = text.splitlines()[-2].split()[0]
        slow = self.write("slow", text[:text.rindex("sha256")].replace(seconds, "1e-12").encode())
        done = faltung("tuning", "verify", slow)
        self.assertEqual(done.returncode, 1)
        self.assertIn("slower than the record", done.stdout)
        gone = self.write("gone", text[:text.rindex("sha256")].replace("cpu.", "cpu.no-").encode())
        done = faltung("tuning", "verify", gone)
        self.assertIn("there is no engine", done.stdout)

    def test_wrong_calls_are_refused(self):
        for call in (["tuning"], ["tuning", "burn"], ["tuning", "import"], ["tuning", "merge"], ["tuning", "diff"],
                     ["tuning", "export", "file"], ["tuning", "prune", "file"], ["tuning", "import", self.write("bad", b"bad\n")]):
            self.refuse(2, *call)
        self.refuse(1, "tuning", "list", self.folder / "absent", says="absent")

    def test_prune_removes_what_can_never_be_taken(self):
        self.succeed("tune", *PROBLEMS, *QUICK)
        files = sorted(self.cache.rglob("records/*"))
        files[0].write_text("torn")
        self.assertIn(files[0].name, self.succeed("tuning", "list"))
        self.assertIn(files[0].name, self.succeed("tuning", "prune"))
        self.assertEqual(len(list(self.cache.rglob("records/*"))), 2)
        self.succeed("tuning", "prune", "--all")
        self.assertEqual(list(self.cache.rglob("records/*")), [])


if __name__ == "__main__":
    unittest.main()
