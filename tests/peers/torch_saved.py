"""A network of torch with random weights and statistics: saved as a state_dict, and run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from peers import saved, seeded
from peers.peer import Array, Job

# The modules that run in training alone, with what they take, by netspec's names.
Heads = Mapping[str, tuple[str, str]]


def load_torchvision() -> Any:
    """The package; without its compiled operators it needs to be told that they exist.

    The wheel's are built for a torch with CUDA: beside another torch it can't load them, and no
    network here uses them.
    """
    import sys

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


def save(model: Any, folder: Path, job: Job, load: Path | None, in_all_forms: bool) -> None:
    """Save the model with drawn weights, or with those of a file, which it takes strictly.

    `saved.pth`, and in all forms the older kind of `.pth` and a `.safetensors` too.
    """
    import torch
    from safetensors.torch import load_file, save_file

    state = model.state_dict()
    if load is None:
        _draw(state, job.seed)
    else:
        read = load_file if load.suffix == ".safetensors" else torch.load
        model.load_state_dict(read(load), strict=True)
    torch.save(state, folder / "saved.pth")
    if in_all_forms:
        torch.save(state, folder / "older.pth", _use_new_zipfile_serialization=False)
        save_file(state, folder / "saved.safetensors")


def run(
    model: Any, job: Job, endpoints: Mapping[str, str], heads: Heads
) -> tuple[Array, dict[str, Array]]:
    """The images, and the endpoints' values, `Logits` among them, by netspec's names; NHWC."""
    import torch

    images = seeded.images(job)
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
