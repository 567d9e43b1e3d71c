"""Networks as torchvision and the papers have them, in their convolutions: shapes, strides, groups and order."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def conv_norm(inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1, activation: type[nn.Module] | None = nn.ReLU) -> nn.Sequential:
    conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), *([activation()] if activation else []))


class Bottleneck(nn.Module):
    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(conv_norm(inputs, width, 1), conv_norm(width, width, 3, stride), conv_norm(width, 4 * width, 1, activation=None))
        same = stride == 1 and inputs == 4 * width
        self.skip = nn.Identity() if same else conv_norm(inputs, 4 * width, 1, stride, activation=None)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.body(x) + self.skip(x))


def resnet50(width: int = 64, blocks: tuple[int, ...] = (3, 4, 6, 3), classes: int = 1000) -> nn.Sequential:
    layers: list[nn.Module] = [conv_norm(3, width, 7, 2), nn.MaxPool2d(3, 2, 1)]
    inputs = width
    for stage, count in enumerate(blocks):
        for block in range(count):
            layers.append(Bottleneck(inputs, width << stage, 2 if stage and not block else 1))
            inputs = 4 * (width << stage)
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, classes))


class InvertedResidual(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = inputs * expansion
        first = [conv_norm(inputs, hidden, 1, activation=nn.ReLU6)] if expansion > 1 else []
        depthwise = conv_norm(hidden, hidden, 3, stride, hidden, nn.ReLU6)
        self.body = nn.Sequential(*first, depthwise, conv_norm(hidden, outputs, 1, activation=None))
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        return x + self.body(x) if self.adds else self.body(x)


MOBILE = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))


def mobilenet_v2(divisor: int = 1, classes: int = 1000) -> nn.Sequential:
    layers: list[nn.Module] = [conv_norm(3, 32 // divisor, 3, 2, activation=nn.ReLU6)]
    inputs = 32 // divisor
    for expansion, channels, count, stride in MOBILE:
        for block in range(count):
            outputs = channels // divisor
            layers.append(InvertedResidual(inputs, outputs, stride if block == 0 else 1, expansion))
            inputs = outputs
    last = conv_norm(inputs, 1280 // divisor, 1, activation=nn.ReLU6)
    return nn.Sequential(*layers, last, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1280 // divisor, classes))


class UNet(nn.Module):
    """Two convolutions a level, transposed ones on the way up; over two or three axes."""

    def __init__(self, rank: int = 2, width: int = 64, levels: int = 4, inputs: int = 1, classes: int = 2) -> None:
        super().__init__()
        self.rank = rank
        widths = [width << level for level in range(levels + 1)]
        self.down = nn.ModuleList(self.two(a, b) for a, b in zip([inputs, *widths], widths))
        transposed = self.kind("ConvTranspose")
        self.rise = nn.ModuleList(transposed(2 * w, w, 2, stride=2) for w in reversed(widths[:-1]))
        self.up = nn.ModuleList(self.two(2 * w, w) for w in reversed(widths[:-1]))
        self.pool, self.last = self.kind("MaxPool")(2), self.kind("Conv")(width, classes, 1)

    def kind(self, name: str) -> type[nn.Module]:
        return getattr(nn, f"{name}{self.rank}d")

    def two(self, inputs: int, outputs: int) -> nn.Sequential:
        conv = self.kind("Conv")
        return nn.Sequential(conv(inputs, outputs, 3, padding=1), nn.ReLU(), conv(outputs, outputs, 3, padding="same"), nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        skips = []
        for level in self.down:
            x = level(self.pool(x) if skips else x)
            skips.append(x)
        skips.pop()
        for rise, level in zip(self.rise, self.up):
            x = level(torch.cat([skips.pop(), rise(x)], 1))
        return self.last(x)
