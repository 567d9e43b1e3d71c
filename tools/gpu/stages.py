"""What is run on a machine with a GPU. A stage returns a dictionary for the report; what it cannot do it says under "failure"."""
import collections
import json
import pathlib
import re
import shutil
import sys
import time

import compare
import networks as layers
import process

CHECKED_TYPES = ("f64", "f32", "bf16", "f16")
SANITIZERS = ("memcheck", "racecheck", "initcheck")
SMALL = "fwd f32 nchw n1 c8 k8 i8x8 f3x3 p1\nfwd f32 nchw n1 c8 k8 g8 i8x8 f3x3 p1\n"  # the kernel is nothing, the call is all
OUR_SHARE = 0.6  # of the time for a group of networks: we try more plans than PyTorch does
DETERMINISTIC = re.compile(r"(?m)^((?:fwd|dgrad|wgrad)[^*#\n]*)")


class Box:
    """Where everything lies, and the seconds that a stage has."""

    def __init__(self, options, stage, seconds):
        self.options, self.stage, self.root = options, stage, options.root
        self.end = time.monotonic() + seconds
        self.faltung = self.options.build / "cli" / "faltung"
        libraries = self.root / "lib"
        self.environment = {"FALTUNG_SOURCE_DIR": str(self.root)}
        if libraries.is_dir():  # for our programs only: PyTorch has its own
            self.environment["LD_LIBRARY_PATH"] = str(libraries)
        self.corpus = next((folder for folder in (options.corpus, self.root / "corpus") if folder and folder.is_dir()), None)
        if self.corpus:
            self.environment["FALTUNG_CORPUS"] = str(self.corpus.resolve())

    def left(self):
        return self.end - time.monotonic()

    def run(self, name, command, ours=True, share=1.0):
        log = self.options.out / "logs" / f"{self.stage}-{name}.log"
        return process.run(command, self.left() * share, log, self.environment if ours else None)

    def write(self, name, text):
        path = self.options.out / "work" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path


def _failures(done_by_name):
    return "; ".join(f"{name}: {done.failure()}" for name, done in done_by_name.items() if done.failure())


def info(box):
    runs = {"info": box.run("info", [box.faltung, "info", "--json"]), "list": box.run("list", [box.faltung, "list", "--json"])}
    query = "name,driver_version,memory.total,clocks.max.sm,clocks.max.mem,power.limit"
    card = box.run("nvidia-smi", ["nvidia-smi", f"--query-gpu={query}", "--format=csv,noheader"], ours=False)
    result = {"gpu": card.text.strip(), "failure": _failures({**runs, "nvidia-smi": card})}
    for name, done in runs.items():
        result[name] = json.loads(done.text) if done.code == 0 else None
    return result


def tests(box):
    """Every test program that was packed, those first that are about GPUs alone. Those that verify every engine get a few
    seconds for each engine and list (--test-seconds), and write what they have verified to proof/."""
    programs = sorted((path for path in (box.options.build / "tests").glob("*/*") if path.is_file() and path.stat().st_mode & 0o111),
                      key=lambda path: (path.name != "cuda", path.name))
    box.environment |= {"FALTUNG_TEST_SECONDS": box.options.test_seconds, "FALTUNG_PROOF": str(box.options.out / "proof")}
    result, failed = {}, []
    for number, program in enumerate(programs):
        found = box.options.out / "work" / f"{program.name}.json"
        found.parent.mkdir(parents=True, exist_ok=True)
        found.unlink(missing_ok=True)
        command = [program, f"--gtest_output=json:{found}", "--gtest_brief=1"]
        if box.options.filter:
            command.append(f"--gtest_filter={box.options.filter}")
        done = box.run(program.name, command, share=1.0 if number + 1 == len(programs) else 0.6)
        result[program.name] = _tests_of(found, done)
        if done.failure() or result[program.name]["failed"]:
            failed.append(f"{program.name}: {done.failure() or 'tests failed'}")
    return {"programs": result, "failure": "; ".join(failed) or ("" if programs else "no test programs in the build folder")}


def _tests_of(found, done):
    counts, failed = collections.Counter(), []
    for suite in json.loads(found.read_text()).get("testsuites", []) if found.exists() else []:
        for test in suite["testsuite"]:
            if test.get("failures"):
                failed.append({"name": f"{suite['name']}.{test['name']}", "message": test["failures"][0]["failure"][:600]})
            skipped = test.get("result") == "SKIPPED"
            counts["failed" if test.get("failures") else "skipped" if skipped else "passed"] += 1
    reasons = collections.Counter(re.findall(r": Skipped\n(.{1,200})", done.text))
    return {"passed": counts["passed"], "failed": counts["failed"], "skipped": counts["skipped"], "seconds": done.seconds,
            "end": done.failure(), "failures": failed[:40], "skip_reasons": dict(reasons.most_common(10))}


def check(box):
    """The conformance files, in each type."""
    corpus = box.corpus or box.root / "tests" / "golden"
    files = sorted(corpus.glob("*.safetensors"))
    if not files:
        return {"failure": "no conformance files: name a folder with --corpus"}
    result, bad = {}, []
    for dtype in CHECKED_TYPES:
        done = box.run(dtype, [box.faltung, "check", *files, "--device", "cuda", "--dtype", dtype])
        counts = re.search(r"(\d+) passed, (\d+) failed, (\d+) skipped", done.text)
        wrong = [line for line in done.text.splitlines() if line.startswith("FAILED")]
        result[dtype] = {"counts": [int(c) for c in counts.groups()] if counts else None, "seconds": done.seconds,
                         "end": done.failure(), "wrong": wrong[:25]}
        if done.failure():
            bad.append(f"{dtype}: {done.failure()}")
    return {"files": str(corpus), "types": result, "failure": "; ".join(bad)}


def _only_cudnn(text):
    """Every report names a kernel of cuDNN's, whose barriers racecheck does not know; and every problem was right."""
    reports = [line for line in text.splitlines() if re.match(r"=+ (Error|Warning|Invalid|Uninitialized)", line)]
    return bool(reports) and all("cudnn" in line for line in reports) and " 0 failed" in text


def sanitize(box):
    """compute-sanitizer over the smoke problems, on every engine."""
    tool = shutil.which("compute-sanitizer") or next(iter(sorted(pathlib.Path("/usr/local").glob("cuda*/bin/compute-sanitizer"))), None)
    if not tool:
        return {"failure": "compute-sanitizer is not on this machine"}
    result, bad = {}, []
    for number, name in enumerate(SANITIZERS):
        command = [tool, "--tool", name, "--error-exitcode", "9", "--launch-timeout", "60", box.faltung, "verify",
                   box.root / "problems" / "smoke.txt", "--engines", "all", "--device", "cuda", "--quiet"]
        done = box.run(name, command, share=1 / (len(SANITIZERS) - number))
        summary = [line for line in done.text.splitlines() if "ERROR SUMMARY" in line or " passed, " in line or "RACECHECK SUMMARY" in line]
        first = [line for line in done.text.splitlines() if line.startswith("=========")][1:12]
        end = "" if done.code == 9 and _only_cudnn(done.text) else done.failure()
        result[name] = {"summary": summary, "end": end, "seconds": done.seconds, "first": first if done.code else []}
        if end:
            bad.append(f"{name}: {end}")
    return {"tools": result, "failure": "; ".join(bad)}


def networks(box):
    """Every layer of every network, ours and then PyTorch's, a group of networks at a time; before them short causal problems,
    which no network here has."""
    copy = box.run("copy", [sys.executable, "-B", box.root / "bench" / "peers" / "torch.py", "--copy"], ours=False, share=0.2)
    rate = next((line["copy_bytes_per_second"] for line in copy.lines() if "copy_bytes_per_second" in line), None)
    causal1d = layers.causal1d(box, 0.1)
    found = layers.groups(box)
    result, bad, every = {}, {"causal1d": causal1d}, collections.defaultdict(list)
    for group, share in zip(found, layers.shares(found)):
        ours = layers.bench(box, f"{group.name}-faltung", group, group.files, OUR_SHARE * share)
        problems = layers.listed(box, group.files, group.options)
        theirs = layers.torch(box, f"{group.name}-torch", problems, box.options.measure, min(1.0, (1 - OUR_SHARE) * share / (1 - OUR_SHARE * share)))
        bad |= {f"{group.name} faltung": ours, f"{group.name} torch": theirs}
        matched = compare.pairs(ours.lines(), theirs.lines())
        every[group.configuration] += matched
        for file in group.files:
            result[f"{file.stem}-{group.configuration}"] = layers.summary(matched, group.layers[file])
    depthwise = {configuration: compare.depthwise(matched, rate) for configuration, matched in every.items()}
    return {"copy_bytes_per_second": rate, "networks": result, "depthwise": depthwise,
            "causal1d": compare.shares(causal1d.lines(), rate), "failure": _failures(bad)}


def host(box):
    """What a call costs beside its kernel, for each engine and for PyTorch."""
    small = box.write("small.txt", SMALL)
    ours = box.run("faltung", [box.faltung, "bench", small, "--device", "cuda", "--json", "--no-verify", "--engines", "all",
                               "--seconds", "0.02"], share=0.5)
    theirs = layers.torch(box, "torch", layers.listed(box, [small], ["--passes", "fwd,dgrad,wgrad"]), "0.02")
    rows = [{key: line.get(key) for key in ("problem", "engine", "host_us", "ms", "graph_ms", "plan_ms", "first_ms")}
            for line in ours.lines() + theirs.lines() if line.get("ms")]
    return {"rows": rows, "failure": _failures({"faltung": ours, "torch": theirs})}


def deterministic(box):
    """The sum over a network with `deterministic`, as a multiple of the sum without."""
    result, bad = {}, {}
    found = layers.groups(box)
    for group, share in zip(found, layers.shares(found)):
        strict = [box.write(f"{group.name}/{file.stem}.txt", DETERMINISTIC.sub(r"\1 deterministic ", file.read_text())) for file in group.files]
        free = layers.bench(box, f"{group.name}-free", group, group.files, share / 2)
        kept = layers.bench(box, f"{group.name}-kept", group, strict, min(1.0, share / (2 - share)))
        bad |= {f"{group.name} free": free, f"{group.name} kept": kept}
        plain = [dict(line, problem=line["problem"].replace(" deterministic", "")) for line in kept.lines() if "problem" in line]
        matched = compare.pairs(free.lines(), plain)
        for file in group.files:
            sums = compare.sums(layers.of_one(matched, group.layers[file]))
            result[f"{file.stem}-{group.configuration}"] = {"layers": sums["layers"], "free_ms": sums["ours_ms"],
                                                            "deterministic_ms": sums["torch_ms"], "ratio": sums["kernels"]}
    return {"networks": result, "failure": _failures(bad)}


def layouts(box):
    """Copies on the device, and between layouts, as shares of the copy rate."""
    done = box.run("copy", [box.faltung, "bench", "--copy", "--device", "cuda", "--json"])
    return {"rows": done.lines(), "failure": done.failure()}


# In the order in which they run; the number is the share of the time.
STAGES = {"info": (info, 1), "tests": (tests, 8), "check": (check, 6), "host": (host, 2), "layouts": (layouts, 2),
          "networks": (networks, 30), "deterministic": (deterministic, 8), "sanitize": (sanitize, 12)}
