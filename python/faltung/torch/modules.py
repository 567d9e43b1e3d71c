"""torch.nn's modules on Faltung's functions: the same arguments, parameters, state_dict and results."""

from __future__ import annotations

import torch
from torch import Tensor

from faltung.torch import functional as F


class Conv1d(torch.nn.Conv1d):
    """torch.nn.Conv1d; a padding_mode pads nothing beforehand."""

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        options = (self.stride, self.padding, self.dilation, self.groups)
        return F.conv1d(input, weight, bias, *options, padding_mode=self.padding_mode)


class Conv2d(torch.nn.Conv2d):
    """torch.nn.Conv2d; a padding_mode pads nothing beforehand."""

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        options = (self.stride, self.padding, self.dilation, self.groups)
        return F.conv2d(input, weight, bias, *options, padding_mode=self.padding_mode)


class Conv3d(torch.nn.Conv3d):
    """torch.nn.Conv3d; a padding_mode pads nothing beforehand."""

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        options = (self.stride, self.padding, self.dilation, self.groups)
        return F.conv3d(input, weight, bias, *options, padding_mode=self.padding_mode)


class ConvTranspose1d(torch.nn.ConvTranspose1d):
    """torch.nn.ConvTranspose1d."""

    def forward(self, input: Tensor, output_size: list[int] | None = None) -> Tensor:
        sizes = (self.stride, self.padding, self.kernel_size, 1, self.dilation)
        output_padding = self._output_padding(input, output_size, *sizes)
        options = (self.stride, self.padding, output_padding, self.groups, self.dilation)
        return F.conv_transpose1d(input, self.weight, self.bias, *options)


class ConvTranspose2d(torch.nn.ConvTranspose2d):
    """torch.nn.ConvTranspose2d."""

    def forward(self, input: Tensor, output_size: list[int] | None = None) -> Tensor:
        sizes = (self.stride, self.padding, self.kernel_size, 2, self.dilation)
        output_padding = self._output_padding(input, output_size, *sizes)
        options = (self.stride, self.padding, output_padding, self.groups, self.dilation)
        return F.conv_transpose2d(input, self.weight, self.bias, *options)


class ConvTranspose3d(torch.nn.ConvTranspose3d):
    """torch.nn.ConvTranspose3d."""

    def forward(self, input: Tensor, output_size: list[int] | None = None) -> Tensor:
        sizes = (self.stride, self.padding, self.kernel_size, 3, self.dilation)
        output_padding = self._output_padding(input, output_size, *sizes)
        options = (self.stride, self.padding, output_padding, self.groups, self.dilation)
        return F.conv_transpose3d(input, self.weight, self.bias, *options)
