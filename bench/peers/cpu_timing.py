"""Times a function that works on the CPU, as `faltung bench` times its own: rounds of many calls by the clock."""
import statistics
import time

ROUND = 2e-3  # seconds of work in a round
LEAST_ROUNDS = 3


def _round(call, calls):
    """Seconds a call."""
    start = time.perf_counter()
    for _ in range(calls):
        call()
    return (time.perf_counter() - start) / calls


def measure(torch, call, seconds):
    """The keys of `faltung bench --json` that are about time. Without a record for gradients, as ours keeps none."""
    with torch.no_grad():
        first = _round(call, 1)
        once = max(min(_round(call, 1) for _ in range(3)), 1e-7)
        calls, times, end = int(max(ROUND / once, 1)), [], time.perf_counter() + seconds
        while len(times) < LEAST_ROUNDS or time.perf_counter() < end:
            times.append(_round(call, calls))
    return {"ms": 1e3 * statistics.median(times), "least_ms": 1e3 * min(times), "greatest_ms": 1e3 * max(times),
            "runs": len(times) * calls, "first_ms": 1e3 * first}
