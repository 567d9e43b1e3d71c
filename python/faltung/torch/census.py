"""What happened to the calls that patch() routed."""

from __future__ import annotations

from collections import Counter

from faltung.torch import operators


class Census:
    """Counts of calls, by function: `routed` through Faltung, and those that `fell_back` to PyTorch, with the reason.

    `compiled` are the calls of torch.ops.faltung.convolution so far: from compiled code, transforms and modes. Code that
    torch.compile() has compiled counts there and not in `routed`; its falls back are counted once, when it is compiled.
    """

    def __init__(self) -> None:
        self.routed: Counter[str] = Counter()
        self.fell_back: Counter[tuple[str, str]] = Counter()
        self._calls_before = operators.calls["convolution"]
        self._calls_after: int | None = None

    @property
    def compiled(self) -> int:
        after = operators.calls["convolution"] if self._calls_after is None else self._calls_after
        return after - self._calls_before

    def close(self) -> None:
        self._calls_after = operators.calls["convolution"]

    def __str__(self) -> str:
        lines = [f"{'function':18}{'calls':>8}  where"]
        lines += [f"{name:18}{count:8}  Faltung" for name, count in sorted(self.routed.items())]
        lines += [f"{name:18}{count:8}  PyTorch: {reason}" for (name, reason), count in sorted(self.fell_back.items())]
        if self.compiled:
            lines.append(f"{'convolution':18}{self.compiled:8}  Faltung, as an operator")
        return "\n".join(lines)
