"""Networks as people write them in torch, and as specs: the same ones, and not by our code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812


def unit(
    inside: int, outputs: int, kernel: int | tuple[int, int], **options: object
) -> nn.Sequential:
    """A conv, a batch norm and a relu, as torchvision's networks have them."""
    conv = nn.Conv2d(inside, outputs, kernel, bias=False, **options)  # type: ignore[arg-type]
    return nn.Sequential(conv, nn.BatchNorm2d(outputs, eps=0.001), nn.ReLU(inplace=True))


class Mixed(nn.Module):
    """Branches of all kinds, a nested concat, a scaled residual."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = unit(3, 8, 3, stride=2, padding=1)
        self.a = unit(8, 6, 1)
        self.b = nn.Sequential(unit(8, 4, 1), unit(4, 6, (1, 3), padding=(0, 1)))
        self.c1 = unit(8, 4, 1)
        self.c2 = nn.ModuleList(
            [unit(4, 4, (1, 3), padding=(0, 1)), unit(4, 4, (3, 1), padding=(1, 0))]
        )
        self.d = unit(8, 4, 1)
        self.up = nn.Conv2d(24, 24, 1)
        self.norm = nn.BatchNorm2d(24)
        self.fc = nn.Linear(24, 7)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(self.stem(x), 3, 2, ceil_mode=True)
        c = self.c1(x)
        pooled = F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)
        x = torch.cat(
            [self.a(x), self.b(x), torch.cat([f(c) for f in self.c2], 1), self.d(pooled)], 1
        )
        x = F.relu(self.norm(x + 0.2 * self.up(x)))
        x = F.adaptive_avg_pool2d(x, 1)
        return self.fc(F.dropout(torch.flatten(x, 1), 0.5, self.training))


MIXED = """\
netspec: 1
name: Mixed
input: {image: {height: 19, width: 23, channels: 3}}
defaults:
  conv: {norm: {op: batch_norm, epsilon: 0.001}, activation: relu}
steps:
  - Stem: {op: conv, filters: 8, kernel: 3, stride: 2, padding: 1}
  - Pool: {op: max_pool, kernel: 3, stride: 2, rounding: ceil}
  - Mixed:
      op: concat
      branches:
        - A: {op: conv, filters: 6, kernel: 1}
        - B:
            - B1: {op: conv, filters: 4, kernel: 1}
            - B2: {op: conv, filters: 6, kernel: [1, 3], padding: same}
        - C:
            - C1: {op: conv, filters: 4, kernel: 1}
            - C2:
                op: concat
                branches:
                  - C2a: {op: conv, filters: 4, kernel: [1, 3], padding: same}
                  - C2b: {op: conv, filters: 4, kernel: [3, 1], padding: same}
        - D:
            - D1: {op: avg_pool, kernel: 3, padding: same}
            - D2: {op: conv, filters: 4, kernel: 1}
  - Residual:
      op: add
      branches:
        - Same: []
        - Up:
            - Conv: {op: conv, filters: 24, kernel: 1, norm: none, activation: none}
            - Scale: {op: scale, factor: 0.2}
  - Norm: {op: batch_norm, epsilon: 0.00001}
  - Relu: {op: relu}
  - Global: {op: global_avg_pool}
  - Drop: {op: dropout, keep: 0.5}
  - Logits: {op: conv, filters: 7, kernel: 1, norm: none, activation: none}
  - Out: {op: squeeze}
outputs: {Out: {}}
"""


class Mobile(nn.Module):
    """Uneven padding written apart, depthwise convs, functions with knees, a head of two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, stride=2, bias=True)
        self.depthwise = nn.Conv2d(8, 16, 3, padding=1, groups=8, bias=False)
        self.norm = nn.BatchNorm2d(16)
        self.grouped = nn.Conv2d(16, 8, 3, padding=2, dilation=2, groups=4)
        self.fc1 = nn.Linear(8 * 4 * 5, 12)
        self.norm1 = nn.BatchNorm1d(12)
        self.fc2 = nn.Linear(12, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = F.hardswish(self.stem(F.pad(x, (0, 1, 0, 1))))
        x = F.relu6(self.norm(self.depthwise(x)))
        x = F.leaky_relu(self.grouped(x), 0.2)
        x = F.max_pool2d(x, 2)
        x = F.dropout(torch.flatten(x, 1), 0.5, self.training)
        x = torch.sigmoid(self.norm1(self.fc1(x)))
        return F.softmax(self.fc2(x), dim=1)


MOBILE = """\
netspec: 1
name: Mobile
input: {image: {height: 16, width: 20, channels: 3}}
steps:
  - Stem: {op: conv, filters: 8, kernel: 3, stride: 2, padding: same, activation: hard_swish}
  - Depthwise:
      op: depthwise_conv
      kernel: 3
      multiplier: 2
      padding: same
      norm: {op: batch_norm, epsilon: 0.00001}
      activation: relu6
  - Grouped:
      op: conv
      filters: 8
      kernel: 3
      dilation: 2
      groups: 4
      padding: same
      activation: {op: leaky_relu, slope: 0.2}
  - Pool: {op: max_pool, kernel: 2, stride: 2}
  - Flat: {op: flatten}
  - Fc1:
      op: dense
      filters: 12
      norm: {op: batch_norm, epsilon: 0.00001}
      activation: sigmoid
  - Fc2: {op: dense, filters: 5}
  - Out: {op: softmax}
outputs: {Out: {}}
"""


@dataclass(frozen=True)
class Known:
    """A network: how torch makes it, and its spec's text."""

    make: Callable[[], nn.Module]
    text: str


NETS: Mapping[str, Known] = {"mixed": Known(Mixed, MIXED), "mobile": Known(Mobile, MOBILE)}


def drawn(module: nn.Module, seed: int = 3) -> nn.Module:
    """The module in eval mode, its norms with statistics that hide nothing."""
    torch.manual_seed(seed)
    for part in module.modules():
        if isinstance(part, nn.BatchNorm1d | nn.BatchNorm2d):
            nn.init.uniform_(part.weight, 0.8, 1.2)
            nn.init.uniform_(part.bias, -0.1, 0.1)
            assert part.running_mean is not None
            assert part.running_var is not None
            part.running_mean.uniform_(-0.1, 0.1)
            part.running_var.uniform_(0.5, 1.5)
    return module.eval()
