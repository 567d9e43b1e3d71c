"""The report as a page to read."""


def number(value, form="{:.2f}"):
    return form.format(value) if value is not None else "-"


def table(headings, rows):
    lines = ["| " + " | ".join(headings) + " |", "|" + "---|" * len(headings)]
    return lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows] + [""]


def info(result):
    lines = [result.get("gpu") or "no GPU seen", ""]
    engines = result.get("list") or []
    return lines + table(["engine", "available"], [(e["name"], "yes" if e["available"] else f"no: {e['reason']}") for e in engines])


def tests(result):
    programs = result.get("programs", {})
    lines = table(["program", "passed", "failed", "skipped", "s", ""],
                  [(name, p["passed"], p["failed"], p["skipped"], f"{p['seconds']:.0f}", p["end"]) for name, p in programs.items()])
    for name, p in programs.items():
        lines += [f"- {name}: `{failure['name']}`: {failure['message'].splitlines()[0]}" for failure in p["failures"]]
        lines += [f"- {name}: {count} skipped: {reason}" for reason, count in p["skip_reasons"].items()]
    return lines


def check(result):
    types = result.get("types", {})
    lines = table(["type", "passed", "failed", "skipped", "s", ""],
                  [(name, *(t["counts"] or ["-"] * 3), f"{t['seconds']:.0f}", t["end"]) for name, t in types.items()])
    return lines + [f"- {name}: {line}" for name, t in types.items() for line in t["wrong"]]


def sanitize(result):
    lines = []
    for name, tool in result.get("tools", {}).items():
        lines += [f"- {name}, {tool['seconds']:.0f} s: {tool['end'] or 'clean'}; {'; '.join(tool['summary'])}"]
        lines += [f"  - {line}" for line in tool["first"]]
    return lines


def copies(depthwise, causal1d):
    """What memory bounds, as shares of a copy of as many bytes, and of the one copy rate."""
    def means(found):
        return len(found["rows"]), number(found["copy_share"]), number(found["copy_share_least"]), number(found["rate_share"])
    found = {f"depthwise {name}": d for name, d in depthwise.items()}
    lines = table(["", "layers", "PyTorch / ours", "from 56x56 up", "of a copy", "least", "of the copy rate"],
                  [(name, d["layers"], number(d["ratio"]), *means(d)) for name, d in found.items()])
    if causal1d:
        found["causal 1-d"] = causal1d
        lines += table(["", "problems", "of a copy", "least", "of the copy rate"], [("causal 1-d", *means(causal1d))])
    return lines + table(["", "problem", "engine", "of a copy", "of the copy rate", "ms"],
                         [(name, f"`{row['problem']}`", row["engine"], number(row["share"]), number(row["rate_share"]), number(row["ms"], "{:.4f}"))
                          for name, d in found.items() for row in d["rows"]])


def networks(result):
    lines = ["Sums over all layers, each as often as it occurs. Kernels: CUDA-graph replays. Calls: one by one, between events. "
             "A ratio above 1: we are faster.", ""]
    rows = []
    for name, network in result.get("networks", {}).items():
        for part, sums in {"all": network["all"], **network["passes"]}.items():
            of = f"{sums['layers']} of {sums['of']}" if "of" in sums else sums["layers"]
            rows.append((name, part, of, number(sums["ours_ms"], "{:.3f}"), number(sums["torch_ms"], "{:.3f}"),
                         number(sums["kernels"]), number(sums["calls"]), number(sums["cudnn"]), number(sums["cudnn_worst"])))
    lines += table(["network", "pass", "layers", "ours, ms", "PyTorch, ms", "kernels", "calls", "best cuDNN plan / chosen", "worst layer"], rows)
    rate = result.get("copy_bytes_per_second")
    lines += [f"Copy rate: {rate / 1e12:.2f} TB/s." if rate else "Copy rate: not measured.", ""]
    lines += copies(result.get("depthwise", {}), result.get("causal1d"))
    lost = [(name, row) for name, network in result.get("networks", {}).items() for row in network["losses"]]
    lost.sort(key=lambda pair: -pair[1]["lost_ms"])
    lines += ["Where we lose most:", ""]
    return lines + table(["network", "problem", "engine", "PyTorch's", "ours, ms", "PyTorch, ms", "times"],
                         [(name, f"`{row['problem']}`", row["engine"], row["torch"], number(row["ours_ms"], "{:.4f}"),
                           number(row["torch_ms"], "{:.4f}"), row["count"]) for name, row in lost[:40]])


def host(result):
    return table(["problem", "engine", "host, µs", "call, µs", "in a graph, µs", "planning, ms", "first call, ms"],
                 [(f"`{row['problem']}`", row["engine"], number(row["host_us"]), number(1e3 * row["ms"]),
                   number(1e3 * row["graph_ms"] if row["graph_ms"] else None), number(row["plan_ms"]), number(row["first_ms"]))
                  for row in result.get("rows", [])])


def deterministic(result):
    return table(["network", "layers", "free, ms", "deterministic, ms", "ratio"],
                 [(name, n["layers"], number(n["free_ms"], "{:.3f}"), number(n["deterministic_ms"], "{:.3f}"), number(n["ratio"]))
                  for name, n in result.get("networks", {}).items()])


def layouts(result):
    rows = result.get("rows", [])
    return table(list(rows[0]), [[number(cell, "{:.3g}") if isinstance(cell, float) else cell for cell in row.values()] for row in rows]) if rows else []


SECTIONS = {"info": ("Machine", info), "tests": ("Tests", tests), "check": ("Conformance files", check), "host": ("Host cost", host),
            "layouts": ("Copies", layouts), "networks": ("Networks", networks), "deterministic": ("Deterministic", deterministic),
            "sanitize": ("compute-sanitizer", sanitize)}


def page(report):
    lines = [f"# Faltung on a GPU, {report['when']}", "", f"Revision {report['revision']}, built for CUDA architectures "
             f"{report['architectures']}. Command: `{report['command']}`", ""]
    lines += table(["stage", "s", "result"],
                   [(name, f"{stage['seconds']:.0f}", stage["failure"] or "ok") for name, stage in report["stages"].items()])
    for name, stage in report["stages"].items():
        title, section = SECTIONS[name]
        lines += [f"## {title}", ""]
        try:
            lines += section(stage.get("result") or {}) + [""]
        except (KeyError, TypeError, ValueError, IndexError) as error:  # a broken result must not cost the others
            lines += [f"not shown: {error!r}; see report.json", ""]
    return "\n".join(lines)
