"""The pictures of docs/pictures, each as the command that its page shows would draw it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import netspec


class Picture(NamedTuple):
    """A spec, how it is drawn, and what it is compared with, if it is."""

    spec: str
    style: Mapping[str, Any]
    against: str = ""

    def text(self) -> str:
        """The picture as SVG."""
        earlier = netspec.load(self.against) if self.against else None
        return netspec.load(self.spec).svg(against=earlier, **self.style)


PICTURES: Mapping[str, Picture] = {
    "pictures/inception_v4.svg": Picture("inception_v4", {}),
    "pictures/inception_v3-overview.svg": Picture("inception_v3", {"depth": 1}),
    "pictures/inception_resnet_v2.svg": Picture("inception_resnet_v2", {}),
    "pictures/resnet50.svg": Picture("resnet50", {"direction": "right"}),
    "pictures/vgg16-params.svg": Picture("vgg16", {"heat": "params"}),
    "pictures/alexnet-changes.svg": Picture("alexnet.torchvision", {}, against="alexnet"),
}
