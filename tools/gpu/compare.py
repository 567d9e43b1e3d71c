"""What the lines of `faltung bench --json` and of bench/peers/torch.py say when they are laid side by side."""
import math
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench"))

import problem_text  # noqa: E402


def _time(line, kind):
    """Milliseconds; of kernels alone where a graph could be replayed."""
    return line.get(kind) if line.get(kind) else line.get("ms")


def pairs(ours, theirs):
    """(problem, our line, PyTorch's line) of every problem that both have a time for, in our order."""
    other = {line["problem"]: line for line in theirs if "problem" in line and line.get("ms")}
    found = []
    for line in ours:
        if not line.get("ms") or not line.get("chosen", True):
            continue
        if line["problem"] in other:
            found.append((problem_text.read(line["problem"]), line, other[line["problem"]]))
    return found


def best_cudnn(line):
    """Milliseconds of the chosen plan and of the best plan of cuDNN, as measured beside each other while choosing; or None."""
    measured = line.get("measured_ms") or {}
    cudnn, chosen = measured.get("cuda.cudnn"), measured.get(line["engine"])
    return (chosen, cudnn) if cudnn and chosen else None


def geomean(values):
    values = [value for value in values if value and value > 0]
    return math.exp(sum(map(math.log, values)) / len(values)) if values else None


def sums(matched):
    """Of one network: sums over all its layers, each as often as it occurs. Ratios above 1: we are faster."""
    total = {name: 0.0 for name in ("ours_ms", "torch_ms", "ours_calls_ms", "torch_calls_ms", "chosen_ms", "cudnn_ms")}
    worst = None
    for _, ours, theirs in matched:
        total["ours_ms"] += ours["count"] * _time(ours, "graph_ms")
        total["torch_ms"] += ours["count"] * _time(theirs, "graph_ms")
        total["ours_calls_ms"] += ours["count"] * ours["ms"]
        total["torch_calls_ms"] += ours["count"] * theirs["ms"]
        if beside := best_cudnn(ours):
            total["chosen_ms"] += ours["count"] * beside[0]
            total["cudnn_ms"] += ours["count"] * beside[1]
            worst = min(worst or math.inf, beside[1] / beside[0])

    def ratio(a, b):
        return total[a] / total[b] if total[b] else None
    return {"layers": len(matched), **total, "kernels": ratio("torch_ms", "ours_ms"),
            "calls": ratio("torch_calls_ms", "ours_calls_ms"), "cudnn": ratio("cudnn_ms", "chosen_ms"), "cudnn_worst": worst}


def by_pass(matched):
    return {name: sums([pair for pair in matched if pair[0].direction == name]) for name in problem_text.PASSES
            if any(pair[0].direction == name for pair in matched)}


def rates(lines, copy_rate):
    """Of each line: the time of a copy of as many bytes, measured beside it, as a share of its own; and its bytes a second as a
    share of the one copy rate, which stands in where no copy was measured."""
    rows = []
    for line in lines:
        if line.get("ms") and line.get("chosen", True):
            problem, milliseconds = problem_text.read(line["problem"]), _time(line, "graph_ms")
            rate_share = problem.bytes() / (milliseconds / 1e3) / copy_rate if copy_rate else None
            if share := line.get("copy_share") or rate_share:
                rows.append({"problem": str(problem), "engine": line["engine"], "share": share, "rate_share": rate_share, "ms": milliseconds})
    return rows


def shares(lines, copy_rate):
    """The rows of rates(), the least share first, with their least and their geometric mean."""
    rows = sorted(rates(lines, copy_rate), key=lambda row: row["share"])
    return {"copy_share": geomean(row["share"] for row in rows), "copy_share_least": rows[0]["share"] if rows else None,
            "rate_share": geomean(row["rate_share"] for row in rows), "rows": rows}


def losses(matched, most=15):
    """The layers that cost us most against PyTorch, in milliseconds of the network's sum."""
    rows = [{"problem": str(problem), "engine": ours["engine"], "torch": theirs["engine"], "ours_ms": _time(ours, "graph_ms"),
             "torch_ms": _time(theirs, "graph_ms"), "count": ours["count"],
             "lost_ms": ours["count"] * (_time(ours, "graph_ms") - _time(theirs, "graph_ms"))} for problem, ours, theirs in matched]
    return sorted((row for row in rows if row["lost_ms"] > 0), key=lambda row: -row["lost_ms"])[:most]


def depthwise(matched, copy_rate):
    """Depthwise layers: the geometric mean of PyTorch's time over ours, and how near we come to a copy from 56x56 up."""
    layers = [pair for pair in matched if pair[0].is_depthwise()]
    large = [ours for problem, ours, _ in layers if math.prod(problem.output) >= 56 * 56 and problem.direction != "wgrad"]
    return {"layers": len(layers), "ratio": geomean(_time(theirs, "graph_ms") / _time(ours, "graph_ms") for _, ours, theirs in layers),
            **shares(large, copy_rate)}
