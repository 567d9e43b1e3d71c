"""Times a function that starts work on the GPU, as `faltung bench --device cuda` times its own:
events around many calls, events around replays of a CUDA graph, and the host's time in a call."""
import statistics
import time

ROUND = 2e-3           # seconds of work between two events
MOST_CALLS = 1000      # between two events
GRAPH_CALLS = 20       # in a graph, so that launching it does not count
HOST_CALLS = 50        # without waiting: fewer than the launches that the driver queues
LEAST_ROUNDS = 3


def _elapsed(torch, call, calls):
    """Seconds a call, between two events."""
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    start.record()
    for _ in range(calls):
        call()
    end.record()
    end.synchronize()
    return start.elapsed_time(end) / 1e3 / calls


def _rounds(torch, call, seconds, most_calls=MOST_CALLS):
    """Seconds a call, of each round."""
    once = max(_elapsed(torch, call, 3), 1e-7)
    calls = int(min(max(ROUND / once, 1), most_calls))
    times, end = [], time.perf_counter() + seconds
    while len(times) < LEAST_ROUNDS or time.perf_counter() < end:
        times.append(_elapsed(torch, call, calls))
    return times, calls


def _graph_of(torch, call, calls):
    """The calls run once on the stream that captures, as PyTorch asks for, then captured."""
    stream, graph = torch.cuda.Stream(), torch.cuda.CUDAGraph()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        call()
    torch.cuda.current_stream().wait_stream(stream)
    with torch.cuda.graph(graph):
        for _ in range(calls):
            call()
    return graph


def _host(torch, call, once):
    """Seconds that the host spends in a call, the least of three rounds: what disturbs only adds."""
    calls, least = int(min(max(0.05 / once, 3), HOST_CALLS)), float("inf")
    for _ in range(3):
        torch.cuda.synchronize()
        start = time.perf_counter()
        for _ in range(calls):
            call()
        least = min(least, (time.perf_counter() - start) / calls)
    torch.cuda.synchronize()
    return least


def measure(torch, call, seconds):
    """The keys of `faltung bench --json` that are about time."""
    start = time.perf_counter()
    call()
    torch.cuda.synchronize()
    first = time.perf_counter() - start
    times, calls = _rounds(torch, call, seconds)
    middle = statistics.median(times)
    in_graph = int(min(max(ROUND / middle, 1), GRAPH_CALLS))
    graph = _graph_of(torch, call, in_graph)
    replays, _ = _rounds(torch, graph.replay, seconds, most_calls=MOST_CALLS // in_graph)
    return {"ms": 1e3 * middle, "least_ms": 1e3 * min(times), "greatest_ms": 1e3 * max(times), "runs": len(times) * calls,
            "graph_ms": 1e3 * statistics.median(replays) / in_graph, "host_us": 1e6 * _host(torch, call, middle),
            "first_ms": 1e3 * first}
