"""The page of the manual and the completion of shells: they say what --help says, and the shells take them."""
import shutil
import subprocess
import unittest

from program import Case, faltung

COMMANDS = ["run", "check", "verify", "explain", "bench", "tune", "tuning", "problem", "list", "info", "completion", "man"]


def ran(*command, text=None):
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, ""), f"{command}: {done.returncode}\n{done.stderr}"
    return done.stdout


class Completion(Case):
    def complete(self, *words):
        """What bash offers for the last of the words."""
        script = self.succeed("completion", "bash") + 'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _faltung; printf "%s\\n" "${COMPREPLY[@]}"'
        return ran("bash", "-c", script, "bash", "faltung", *words).split()

    @unittest.skipUnless(shutil.which("bash"), "no bash")
    def test_bash_completes_commands_options_and_values(self):
        self.assertEqual(self.complete(""), COMMANDS + ["help", "--help", "--version"])
        self.assertEqual(self.complete("b"), ["bench"])
        self.assertEqual(self.complete("help", "ex"), ["explain"])
        self.assertEqual(self.complete("bench", "--pas"), ["--passes"])
        self.assertEqual(self.complete("bench", "a.txt", "--effort", ""), ["estimate", "exhaustive", "measure", "tuned_only"])
        self.assertEqual(self.complete("bench", "--effort", "me"), ["measure"])
        self.assertEqual(self.complete("completion", ""), ["bash", "zsh", "fish"])
        self.assertEqual(self.complete("tuning", "pr"), ["prune"])
        self.assertEqual(self.complete("bench", "problems/"), [])  # left to the completion of files

    def test_bash_knows_each_option_of_each_command(self):
        for command in COMMANDS:
            shown = self.succeed(command, "--help")
            known = self.complete(command, "--")
            self.assertGreater(len(known), 0)
            for option in known:
                self.assertIn(option, shown)

    @unittest.skipUnless(shutil.which("zsh"), "no zsh")
    def test_zsh_takes_it(self):
        path = self.write("_faltung", self.succeed("completion", "zsh").encode())
        ran("zsh", "-n", path)
        begin = "compdef() {}; _describe() { print -r -- $1 ${(P)2} }; _arguments() { print -rl -- $@ }; words=(faltung bench x); CURRENT=3; "
        shown = ran("zsh", "-f", "-c", f"{begin} source {path}")
        self.assertIn("--passes[fwd, dgrad, wgrad, by comma]:TEXT:(fwd dgrad wgrad)", shown.splitlines())

    @unittest.skipUnless(shutil.which("fish"), "no fish")
    def test_fish_completes_commands_options_and_values(self):
        path = self.write("faltung.fish", self.succeed("completion", "fish").encode())
        complete = lambda line: [word.split("\t")[0] for word in ran("fish", "--no-config", "-c", f"source {path}; complete -C '{line}'").splitlines()]
        self.assertEqual(sorted(complete("faltung ")), sorted(COMMANDS))
        self.assertEqual(complete("faltung bench --pas"), ["--passes"])
        self.assertEqual(complete("faltung bench --effort me"), ["measure"])

    def test_another_shell_is_refused(self):
        self.refuse(2, "completion", "tcsh", says="bash")
        self.refuse(2, "completion", says="shell")


class Manual(Case):
    def test_it_has_each_command_option_and_example(self):
        page = self.succeed("man").replace("\\-", "-").replace("\\e", "\\")
        for command in COMMANDS:
            self.assertIn(f".SS faltung {command}\n", page)
            for line in self.succeed(command, "--help").splitlines():
                if line.startswith("  faltung "):
                    self.assertIn(line, page)
        self.assertIn("\\fB--workspace-limit\\fR \\fIWHOLE NUMBER\\fR\n", page)
        self.assertIn(".SH EXIT STATUS\nExit codes: 0 done", page)

    @unittest.skipUnless(shutil.which("groff"), "no groff")
    def test_groff_has_no_complaint(self):
        ran("groff", "-k", "-man", "-ww", "-z", text=self.succeed("man"))

    def test_it_is_written_to_a_file_too(self):
        path = self.folder / "faltung.1"
        self.assertEqual(self.succeed("man", "--output", path), "")
        self.assertEqual(path.read_text(), self.succeed("man"))
        self.refuse(1, "man", "--output", self.folder / "absent" / "page", says="absent")
        self.refuse(1, "man", "--output", "/dev/full", says="/dev/full")


if __name__ == "__main__":
    unittest.main()
