#!/usr/bin/env python3
"""Runs the layers of problem files in PyTorch on a GPU, one line of JSON each, with the keys of `faltung bench --json`.

The tensors are the same, cuDNN's benchmark is on and so is TF32. `ms` is by CUDA events over many calls (the host's cost
shows where it is larger than the kernel's), `graph_ms` by replays of a CUDA graph (kernels alone), `host_us` the host's
time in a call, `first_ms` that of the first call, with the benchmark in it.

    bench/peers/torch.py problems/models/resnet50.txt --batch 32 --dtype bf16 --layout last
"""
import argparse
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path = [entry for entry in sys.path if pathlib.Path(entry or ".").resolve() != HERE]  # or this file would be `torch`
sys.path.insert(0, str(HERE.parent))

import problem_text  # noqa: E402
from peers import torch_calls, torch_timing  # noqa: E402


def import_torch():
    """PyTorch with a GPU, or an end with the reason."""
    try:
        import torch
    except ImportError as error:
        sys.exit(f"torch.py: PyTorch is not installed for {sys.executable} ({error}); install it, for instance: pip install torch")
    if not torch.cuda.is_available():
        sys.exit(f"torch.py: PyTorch {torch.__version__} finds no GPU that it can use")
    torch.backends.cudnn.benchmark = True
    torch.backends.cuda.matmul.allow_tf32 = True
    return torch


def work(options):
    """The problems, changed as asked, in every pass; equal ones once, counted, as `faltung bench` does."""
    counts = {}
    for problem in (p for path in options.files for p in problem_text.load(path)):
        for direction in problem_text.PASSES:
            if direction in options.passes:
                text = str(problem.changed(direction, options.batch, options.dtype, options.layout))
                counts[text] = counts.get(text, 0) + problem.count
    return [(problem_text.parse(text), count) for text, count in counts.items()]


def backend(torch, problem):
    """The name of what PyTorch chooses, where it says so."""
    try:
        x, w = torch_calls.tensor(torch, problem, "x"), torch_calls.tensor(torch, problem, "w")
        choice = torch._C._select_conv_backend(x, w, None, torch_calls.strides(problem), problem.pad, problem.dilation, False,
                                               [0] * problem.rank, problem.groups)
        return f"torch.{choice.name}"
    except (AttributeError, RuntimeError, TypeError):
        return "torch"


def row(torch, problem, count, seconds):
    line = {"problem": str(problem), "count": count, "engine": "torch", "chosen": True, "peer": "torch"}
    reason = torch_calls.refusal(problem)
    if reason:
        return line | {"refused": reason}
    try:
        line["engine"] = backend(torch, problem)
        call = torch_calls.call(torch, problem)
        line |= torch_timing.measure(torch, call, seconds)
    except (RuntimeError, ValueError) as error:
        return line | {"refused": str(error).splitlines()[0]}
    finally:
        torch.cuda.empty_cache()
    line |= {"gflops": problem.flops() / line["ms"] / 1e6, "peak_share": None, "estimated_ms": None, "workspace_bytes": None,
             "verified": None}
    return line | ({"note": torch_calls.note(problem)} if torch_calls.note(problem) else {})


def versions(torch):
    return {"peer": "torch", "version": torch.__version__, "cudnn": torch.backends.cudnn.version(), "cuda": torch.version.cuda,
            "device": torch.cuda.get_device_name()}


def warm(torch):
    """Half a second of work: the clocks rise and the libraries are loaded."""
    a = torch.ones(4096, 4096, device="cuda", dtype=torch.bfloat16)
    for _ in range(200):
        a @ a
    torch.cuda.synchronize()


def copy_rate(torch, seconds):
    """Bytes a second, read and written, of a copy on the device."""
    source = torch.ones(1 << 28, device="cuda")
    target = torch.empty_like(source)
    timing = torch_timing.measure(torch, lambda: target.copy_(source), seconds)
    return 2 * source.nbytes / (timing["least_ms"] / 1e3)


def options_of(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("files", nargs="*", help="files of problems")
    parser.add_argument("--passes", type=lambda text: text.split(","), default=list(problem_text.PASSES), help="fwd, dgrad, wgrad, by comma")
    parser.add_argument("--batch", type=int, default=0, help="instead of the problems' own")
    parser.add_argument("--dtype", default="", choices=["", *problem_text.SIZES], help="instead of the problems' own")
    parser.add_argument("--layout", default="", choices=["", "first", "last"], help="instead of the problems' own")
    parser.add_argument("--seconds", type=float, default=0.05, help="how long to measure each call, and each graph")
    parser.add_argument("--benchmark-limit", type=int, default=10, help="plans of cuDNN that PyTorch tries; 0: all (its default: 10)")
    parser.add_argument("--copy", action="store_true", help="a line with the device's copy rate first")
    parser.add_argument("--list", action="store_true", help="show the problems and run nothing")
    return parser.parse_args(arguments)


def main(arguments):
    options = options_of(arguments)
    problems = work(options)
    if options.list:
        for problem, count in problems:
            print(problem, f"*{count}", torch_calls.refusal(problem))
        return
    torch = import_torch()
    torch.backends.cudnn.benchmark_limit = options.benchmark_limit
    warm(torch)
    print(json.dumps(versions(torch)), flush=True)
    if options.copy:
        print(json.dumps({"copy_bytes_per_second": copy_rate(torch, options.seconds)}), flush=True)
    for problem, count in problems:
        print(json.dumps(row(torch, problem, count, options.seconds)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
