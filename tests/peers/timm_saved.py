"""timm's networks (timm 1.0.31), saved as a state_dict in `.pth` and in `.safetensors`.

By hand: python tests/peers/timm_saved.py inception_v4 FOLDER --height 75 --width 107
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from peers import saved, torch_saved
from peers.peer import Array, Job

# Endpoints by netspec's names; timm calls the networks as netspec does.
NETWORKS: dict[str, dict[str, str]] = {
    "inception_v3": {"Mixed_5b": "Mixed_5b", "Mixed_7c": "Mixed_7c"},
    "inception_v4": {
        "Mixed_3a": "features.3",
        "Mixed_4a": "features.4",
        "Mixed_5a": "features.5",
        "Mixed_5b": "features.6",
        "Mixed_5e": "features.9",
        "Mixed_6a": "features.10",
        "Mixed_6b": "features.11",
        "Mixed_6h": "features.17",
        "Mixed_7a": "features.18",
        "Mixed_7b": "features.19",
        "Mixed_7d": "features.21",
    },
    "inception_resnet_v2": {
        "Conv2d_4a_3x3": "conv2d_4a",
        "Mixed_5b": "mixed_5b",
        "Repeat": "repeat",
        "Mixed_6a": "mixed_6a",
        "Repeat_1": "repeat_1",
        "Mixed_7a": "mixed_7a",
        "Repeat_2": "repeat_2",
        "Block8": "block8",
        "Conv2d_7b_1x1": "conv2d_7b",
    },
    "resnet50": {"block2": "layer2"},
    "vgg16": {"pool3": "features.16"},
    "vgg19": {"pool3": "features.18"},
}


def model(network: str, classes: int) -> Any:
    """timm's network; at its import timm asks torchvision for the norms of its own."""
    torch_saved.load_torchvision()
    import timm

    return timm.create_model(network, pretrained=False, num_classes=classes).eval()


def build(
    network: str, folder: Path, job: Job, load: Path | None
) -> tuple[Array, dict[str, Array]]:
    """Save and run a network."""
    built = model(network, job.classes)
    torch_saved.save(built, folder, job, load, network in saved.IN_ALL_FORMS)
    return torch_saved.run(built, job, NETWORKS[network], {})


if __name__ == "__main__":
    saved.main(build, {})
