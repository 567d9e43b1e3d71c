"""Programs run for a bounded time, their output kept in a file each."""
import dataclasses
import json
import os
import pathlib
import signal
import subprocess
import time


@dataclasses.dataclass
class Done:
    command: list
    code: int           # of the program; None: stopped at its limit
    seconds: float
    log: pathlib.Path   # what it printed on standard output; standard error is beside it, .err

    @property
    def text(self):
        return self.log.read_text(errors="replace")

    @property
    def errors(self):
        return self.log.with_suffix(".err").read_text(errors="replace")

    def lines(self):
        """The lines of JSON among the output; the last may have been cut off."""
        found = []
        for line in self.text.splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:
                continue
        return [line for line in found if isinstance(line, dict)]

    def failure(self):
        """'' if all went well."""
        if self.code == 0:
            return ""
        if self.code is None:
            return f"stopped after {self.seconds:.0f} s"
        said = [line for line in self.errors.splitlines() if line.strip()] or self.text.splitlines()[-1:] or ["without a word"]
        return f"exit code {self.code}: {said[0][:300]}"


def run(command, limit, log, environment=None):
    """Runs it for at most `limit` seconds, with its children."""
    log = pathlib.Path(log)
    log.parent.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    with open(log, "w") as out, open(log.with_suffix(".err"), "w") as err:
        try:
            process = subprocess.Popen([str(part) for part in command], stdout=out, stderr=err, stdin=subprocess.DEVNULL,
                                       env={**os.environ, **(environment or {})}, start_new_session=True)
        except OSError as error:
            err.write(f"{error}\n")
            return Done(command, 127, 0.0, log)
        try:
            code = process.wait(timeout=max(limit, 0.1))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            code = None
    return Done(command, code, time.monotonic() - start, log)
