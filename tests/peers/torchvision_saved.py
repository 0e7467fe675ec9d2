"""torchvision's networks, saved as a state_dict in `.pth` and in `.safetensors`.

By hand: python tests/peers/torchvision_saved.py inception_v3 FOLDER --height 299 --width 299
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from peers import saved, torch_saved
from peers.peer import Array, Job

# The function, what it is told, and endpoints by netspec's names.
NETWORKS: dict[str, tuple[str, dict[str, Any], dict[str, str]]] = {
    "inception_v1": ("googlenet", {"init_weights": False}, {"Mixed_4c": "inception4b"}),
    "inception_v3": (
        "inception_v3",
        {"init_weights": False},
        {"Mixed_5b": "Mixed_5b", "Mixed_7c": "Mixed_7c"},
    ),
    "alexnet": ("alexnet", {}, {"conv5": "features.11"}),
    "vgg16": ("vgg16", {}, {"pool3": "features.16"}),
    "vgg19": ("vgg19", {}, {"pool3": "features.18"}),
    "resnet50": ("resnet50", {}, {"block2": "layer2"}),
}
HEADS: dict[str, torch_saved.Heads] = {
    "inception_v3": {"AuxLogits": ("AuxLogits", "Mixed_6e")},
    "inception_v1": {
        "AuxLogits_1": ("aux1", "inception4a"),
        "AuxLogits_2": ("aux2", "inception4d"),
    },
}


def model(network: str, classes: int) -> Any:
    """torchvision's network."""
    function, options, _ = NETWORKS[network]
    make = getattr(torch_saved.load_torchvision().models, function)
    return make(weights=None, num_classes=classes, **options).eval()


def build(
    network: str, folder: Path, job: Job, load: Path | None
) -> tuple[Array, dict[str, Array]]:
    """Save and run a network."""
    built = model(network, job.classes)
    torch_saved.save(built, folder, job, load, network in saved.IN_ALL_FORMS)
    return torch_saved.run(built, job, NETWORKS[network][2], HEADS.get(network, {}))


if __name__ == "__main__":
    saved.main(build, {})
