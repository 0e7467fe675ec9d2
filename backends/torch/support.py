"""What torch lacks. Emitted source carries the text of what it uses, so each piece stands alone."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn


def truncated_normal_(weight: torch.Tensor, stddev: float, mean: float = 0.0) -> None:
    """Normal values, those beyond two standard deviations drawn again."""
    nn.init.trunc_normal_(weight, mean, stddev, mean - 2 * stddev, mean + 2 * stddev)


def variance_scaling_(weight: torch.Tensor, scale: float, mode: str, distribution: str) -> None:
    """Values of variance scale / fan; He's and Glorot's are cases of it."""
    area = math.prod(weight.shape[2:])
    fans = {"fan_in": weight.shape[1] * area, "fan_out": weight.shape[0] * area}
    stddev = math.sqrt(scale / max(1.0, fans.get(mode, sum(fans.values()) / 2)))
    if distribution == "uniform":
        nn.init.uniform_(weight, -math.sqrt(3) * stddev, math.sqrt(3) * stddev)
    elif distribution == "normal":
        nn.init.normal_(weight, 0.0, stddev)
    else:  # 0.8796 is what truncation at two deviations leaves of a standard deviation of 1
        truncated_normal_(weight, stddev / 0.87962566103423978)


class BiasedBatchNorm(nn.BatchNorm2d):
    """Batch norm whose moving variance keeps the batch's biased variance, as Keras's does."""

    def _check_input_dim(self, x: torch.Tensor) -> None:
        """Take maps and vectors alike."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training:
            return super().forward(x)
        assert self.running_var is not None
        assert self.momentum is not None
        kept = (1 - self.momentum) * self.running_var
        y = super().forward(x)
        share = 1 - x.shape[1] / x.numel()  # biased / unbiased is (n - 1) / n
        with torch.no_grad():
            self.running_var.copy_(kept + share * (self.running_var - kept))
        return y


class InsideAvgPool2d(nn.AvgPool2d):
    """An average pool over uneven padding, divided by the pixels inside the map.

    `pads` are left, right, top, bottom; those of them that are `counted` are divided by as well.
    """

    def __init__(
        self,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int],
        pads: tuple[int, int, int, int],
        counted: tuple[int, int, int, int] = (0, 0, 0, 0),
    ) -> None:
        super().__init__(kernel_size, stride)
        self.pads, self.counted = pads, counted

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        inside = F.pad(torch.ones_like(x[:1, :1]), self.counted, value=1.0)
        left, right, top, bottom = (p - c for p, c in zip(self.pads, self.counted, strict=True))
        total = super().forward(F.pad(x, self.pads))
        return total / super().forward(F.pad(inside, (left, right, top, bottom)))


class FlattenHWC(nn.Module):
    """A map as a vector in the order (height, width, channels)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.permute(0, 2, 3, 1).flatten(1)
