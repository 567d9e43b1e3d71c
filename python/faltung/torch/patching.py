"""patch(): torch.nn.functional's and torch's conv1d … conv_transpose3d, and so torch.nn's modules, go through Faltung."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any

import torch
from torch import Tensor

from faltung._errors import UnsupportedError
from faltung.torch import gate
from faltung.torch.census import Census
from faltung.torch.options import Options
from faltung.torch.states import PLAIN, is_compiling

RANKS = {f"{kind}{rank}d": rank for kind in ("conv", "conv_transpose") for rank in (1, 2, 3)}
ORIGINALS: dict[str, Callable[..., Tensor]] = {name: getattr(torch.nn.functional, name) for name in RANKS}
# What compilers and tracers put in a tensor's place; other subclasses may know PyTorch's own operators only.
STAND_INS = ("FakeTensor", "FunctionalTensor", "ProxyTensor")

active: list[Census] = []


def count_routed(name: str) -> None:
    for census in active:
        census.routed[name] += 1


def count_fallen_back(name: str, reason: str) -> None:
    for census in active:
        census.fell_back[name, reason] += 1


count_when_compiled = torch.compiler.assume_constant_result(count_fallen_back)


def fall_back(name: str, reason: str, arguments: tuple[Any, ...]) -> Tensor:
    """A call that PyTorch refuses too raises its error and is not counted."""
    result = ORIGINALS[name](*arguments)
    count_when_compiled(name, reason) if is_compiling() else count_fallen_back(name, reason)
    return result


def operand_obstacle(tensor: Any, name: str) -> str | None:
    if type(tensor) not in PLAIN and type(tensor).__name__ not in STAND_INS:
        return f"{name} is {type(tensor).__name__}"
    if not (tensor.is_cpu or tensor.is_cuda):
        return f"{name} is on {tensor.device.type}"
    if tensor.layout is not torch.strided:
        return f"{name} has the layout {tensor.layout}"
    return None


def obstacle(rank: int, input: Any, weight: Any, bias: Any, options: Options) -> str | None:
    """Why a call is not ours, or means something else to PyTorch."""
    found = operand_obstacle(input, "input") or operand_obstacle(weight, "weight")
    if found or (bias is not None and (found := operand_obstacle(bias, "bias"))):
        return found
    if weight.dim() != rank + 2:
        return "weight has another rank"
    if weight.numel() == 0:
        return "no input channels: PyTorch's result has no channels"
    stride, padding, transposed = options[0], options[1], options[3]
    if isinstance(padding, str):
        unit = stride == 1 or (isinstance(stride, (tuple, list)) and all(s == 1 for s in stride))
        if transposed or padding not in ("valid", "same") or not (padding == "valid" or unit):
            return f"padding {padding!r} is Faltung's alone here"
    elif isinstance(padding, (tuple, list)) and any(isinstance(p, (tuple, list)) for p in padding):
        return "padding by side is Faltung's alone"
    return None


def route(name: str, input: Any, weight: Any, bias: Any, options: Options, arguments: tuple[Any, ...]) -> Tensor:
    if not is_compiling():
        plain = gate.plain_convolution(input, weight, bias, options, RANKS[name], True)
        if plain is not None:
            count_routed(name)
            return plain
    reason = obstacle(RANKS[name], input, weight, bias, options)
    if reason is not None:
        return fall_back(name, reason, arguments)
    try:
        result = gate.convolution(input, weight, bias, options)
    except (ValueError, UnsupportedError) as error:
        return fall_back(name, str(error).split("\n", 1)[0], arguments)
    if not is_compiling():
        count_routed(name)
    return result


def routed_conv(name: str) -> Callable[..., Tensor]:
    def conv(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: Any = 1) -> Tensor:
        options = (stride, padding, dilation, False, 0, groups, "zeros")
        return route(name, input, weight, bias, options, (input, weight, bias, stride, padding, dilation, groups))

    return conv


def routed_conv_transpose(name: str) -> Callable[..., Tensor]:
    def conv(
        input: Any,
        weight: Any,
        bias: Any = None,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: Any = 1,
        dilation: Any = 1,
    ) -> Tensor:
        options = (stride, padding, dilation, True, output_padding, groups, "zeros")
        arguments = (input, weight, bias, stride, padding, output_padding, groups, dilation)
        return route(name, input, weight, bias, options, arguments)

    return conv


def make_routed(name: str) -> Callable[..., Tensor]:
    function = (routed_conv_transpose if "transpose" in name else routed_conv)(name)
    function.__name__ = function.__qualname__ = name
    function.__doc__ = ORIGINALS[name].__doc__
    return function


ROUTED = {name: make_routed(name) for name in RANKS}


def install(functions: dict[str, Callable[..., Tensor]]) -> None:
    for name, function in functions.items():
        setattr(torch.nn.functional, name, function)
        setattr(torch, name, function)


class patch:
    """A context manager that routes PyTorch's convolutions through Faltung, for the whole process, and counts them.

        with faltung.torch.patch() as census:
            model(images).sum().backward()
        print(census)

    Results and errors are PyTorch's: a call that Faltung refuses, or that means something else to it, goes to PyTorch, and the
    census says why. Functions that were imported by name before (`from torch.nn.functional import conv2d`) are not seen. report:
    the census is printed at the end. May be nested.
    """

    def __init__(self, *, report: bool = False) -> None:
        self.report = report

    def __enter__(self) -> Census:
        self.census = Census()
        if not active:
            install(ROUTED)
        active.append(self.census)
        return self.census

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        active.remove(self.census)
        self.census.close()
        if not active:
            install(ORIGINALS)
        if self.report:
            print(self.census)
