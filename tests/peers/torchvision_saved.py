"""torchvision's networks, saved as a state_dict in `.pth` and in `.safetensors`.

By hand: python tests/peers/torchvision_saved.py inception_v3 FOLDER --height 299 --width 299
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from peers import saved, seeded
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
# The modules that run in training alone, with what they take, by netspec's names.
HEADS: dict[str, dict[str, tuple[str, str]]] = {
    "inception_v3": {"AuxLogits": ("AuxLogits", "Mixed_6e")},
    "inception_v1": {
        "AuxLogits_1": ("aux1", "inception4a"),
        "AuxLogits_2": ("aux2", "inception4d"),
    },
}


def load_torchvision() -> Any:
    """The package; without its compiled operators it needs to be told that they exist.

    The wheel's are built for a torch with CUDA: beside another torch it can't load them, and no
    network here uses them.
    """
    import torch

    try:
        import torchvision
    except RuntimeError:
        for name in [name for name in sys.modules if name.startswith("torchvision")]:
            del sys.modules[name]
        library = torch.library.Library("torchvision", "DEF")
        library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        import torchvision
    return torchvision


def build(
    network: str, folder: Path, job: Job, load: Path | None
) -> tuple[Array, dict[str, Array]]:
    """Save and run a network."""
    import torch
    from safetensors.torch import load_file, save_file

    function, options, endpoints = NETWORKS[network]
    make = getattr(load_torchvision().models, function)
    model = make(weights=None, num_classes=job.classes, **options).eval()
    state = model.state_dict()
    if load is None:
        _draw(state, job.seed)
    else:
        read = load_file if load.suffix == ".safetensors" else torch.load
        model.load_state_dict(read(load), strict=True)
    torch.save(state, folder / "saved.pth")
    if network in saved.IN_ALL_FORMS:
        torch.save(state, folder / "older.pth", _use_new_zipfile_serialization=False)
        save_file(state, folder / "saved.safetensors")
    images = seeded.images(job)
    heads = HEADS.get(network, {})
    wanted = dict.fromkeys([*endpoints.values(), *(fed for _, fed in heads.values())])
    with torch.inference_mode():
        found = _run(model, list(wanted), torch.from_numpy(images.transpose(0, 3, 1, 2).copy()))
        values = {name: found[module] for name, module in endpoints.items()}
        for name, (module, fed) in heads.items():
            values[name] = model.get_submodule(module)(found[fed])
        values["Logits"] = found[""]
    return images, {name: _nhwc(value.numpy()) for name, value in values.items()}


def _draw(state: dict[str, Any], seed: int) -> None:
    import torch

    random = np.random.default_rng(seed)
    for name, value in state.items():
        if not name.endswith("num_batches_tracked"):
            value.copy_(torch.from_numpy(_drawn(name, value, state, random)))


def _drawn(name: str, value: Any, state: dict[str, Any], random: np.random.Generator) -> Array:
    shape, (module, _, leaf) = tuple(value.shape), name.rpartition(".")
    normalises = f"{module}.running_mean" in state
    role = {"weight": "gamma" if normalises else "kernel", "running_var": "variance"}
    return saved.drawn(role.get(leaf, "other"), shape, int(np.prod(shape[1:])), random)


def _run(model: Any, modules: list[str], images: Any) -> dict[str, Any]:
    """What these modules give, and, under the empty name, the network."""
    found: dict[str, Any] = {}

    def keep(name: str) -> Callable[[Any, Any, Any], None]:
        def hook(_: Any, __: Any, value: Any) -> None:
            found[name] = value.clone()  # what follows may change it in place

        return hook

    hooks = [model.get_submodule(name).register_forward_hook(keep(name)) for name in modules]
    found[""] = model(images)
    for hook in hooks:
        hook.remove()
    return found


def _nhwc(value: Array) -> Array:
    return np.ascontiguousarray(value.transpose(0, 2, 3, 1)) if value.ndim == 4 else value


if __name__ == "__main__":
    saved.main(build, {})
