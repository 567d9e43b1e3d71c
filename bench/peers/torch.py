#!/usr/bin/env python3
"""Runs problems, as `faltung problem` prints them, in PyTorch: a line of JSON each, with the keys of `faltung bench --json`.

On a GPU the tensors are the same, cuDNN's benchmark is on and so is TF32. `ms` is by CUDA events over many calls (the host's cost
shows where it is larger than the kernel's), `graph_ms` by replays of a CUDA graph (kernels alone), `host_us` the host's
time in a call, `first_ms` that of the first call, with the benchmark in it.
On the CPU (`--device cpu --threads N`) `ms` is the median of many rounds by the clock, `least_ms` the least.

    faltung problem problems/models/resnet50.txt --passes fwd,dgrad,wgrad --batch 32 --dtype bf16 --layout last | bench/peers/torch.py
"""
import argparse
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path = [entry for entry in sys.path if pathlib.Path(entry or ".").resolve() != HERE]  # or this file would be `torch`
sys.path.insert(0, str(HERE.parent))

import problem_text  # noqa: E402
from peers import cpu_timing, torch_calls, torch_timing  # noqa: E402


def import_torch(device):
    """PyTorch with that device as its default, or an end with the reason."""
    try:
        import torch
    except ImportError as error:
        sys.exit(f"torch.py: PyTorch is not installed for {sys.executable} ({error}); install it, for instance: pip install torch")
    if device == "cuda" and not torch.cuda.is_available():
        sys.exit(f"torch.py: PyTorch {torch.__version__} finds no GPU that it can use")
    torch.set_default_device(device)
    torch.backends.cudnn.benchmark = True
    torch.backends.cuda.matmul.allow_tf32 = True
    return torch


def work(options):
    """The problems of the files, else of standard input unless that is a terminal."""
    lines = [line for path in options.files for line in path.read_text().splitlines()]
    if not options.files and not sys.stdin.isatty():
        lines = sys.stdin.read().splitlines()
    try:
        return problem_text.read_all(lines)
    except ValueError as error:
        sys.exit(f"torch.py: {error}")


def backend(torch, problem):
    """The name of what PyTorch chooses, where it says so."""
    try:
        x, w = torch_calls.tensor(torch, problem, "x"), torch_calls.tensor(torch, problem, "w")
        choice = torch._C._select_conv_backend(x, w, None, torch_calls.strides(problem), problem.pad, problem.dilation, False,
                                               [0] * problem.rank, problem.groups)
        return f"torch.{choice.name}"
    except (AttributeError, RuntimeError, TypeError):
        return "torch"


def row(torch, problem, seconds):
    line = {"problem": str(problem), "count": problem.count, "engine": "torch", "chosen": True, "peer": "torch"}
    reason = torch_calls.refusal(problem)
    if reason:
        return line | {"refused": reason}
    try:
        line["engine"] = backend(torch, problem)
        call = torch_calls.call(torch, problem)
        line |= (torch_timing if torch.get_default_device().type == "cuda" else cpu_timing).measure(torch, call, seconds)
    except (RuntimeError, ValueError) as error:
        return line | {"refused": str(error).splitlines()[0]}
    finally:
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
    line |= {"gflops": problem.flops() / line["ms"] / 1e6, "peak_share": None, "estimated_ms": None, "workspace_bytes": None,
             "verified": None}
    return line | ({"note": torch_calls.note(problem)} if torch_calls.note(problem) else {})


def versions(torch):
    if torch.get_default_device().type == "cpu":
        return {"peer": "torch", "version": torch.__version__, "onednn": torch.backends.mkldnn.is_available(),
                "threads": torch.get_num_threads(), "device": torch.backends.cpu.get_cpu_capability()}
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
    parser.add_argument("files", nargs="*", type=pathlib.Path, help="what `faltung problem` printed; standard input if left out")
    parser.add_argument("--seconds", type=float, default=0.05, help="how long to measure each call, and each graph")
    parser.add_argument("--benchmark-limit", type=int, default=10, help="plans of cuDNN that PyTorch tries; 0: all (its default: 10)")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--threads", type=int, default=0, help="of the CPU; 0: as many as PyTorch takes")
    parser.add_argument("--copy", action="store_true", help="a line with the device's copy rate first")
    parser.add_argument("--list", action="store_true", help="show the problems and run nothing")
    return parser.parse_args(arguments)


def main(arguments):
    options = options_of(arguments)
    problems = work(options)
    if options.list:
        for problem in problems:
            print(problem, f"*{problem.count}", torch_calls.refusal(problem))
        return
    torch = import_torch(options.device)
    if options.device == "cuda":
        torch.backends.cudnn.benchmark_limit = options.benchmark_limit
        warm(torch)
    elif options.threads:
        torch.set_num_threads(options.threads)
    print(json.dumps(versions(torch)), flush=True)
    if options.copy and options.device == "cuda":
        print(json.dumps({"copy_bytes_per_second": copy_rate(torch, options.seconds)}), flush=True)
    for problem in problems:
        print(json.dumps(row(torch, problem, options.seconds)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
