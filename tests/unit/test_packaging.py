"""What an install holds, what it loads, and that the pins fit the ranges."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterator
from email.parser import HeaderParser
from itertools import chain
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = {"netspec": "netspec", "backends": "netspec/backends", "specs": "netspec/specs"}
DATA = {".py", ".typed", ".yaml", ".json"}
FRAMEWORKS = {"torch", "keras", "tensorflow", "tf_keras", "onnx", "onnxruntime", "jax"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def run(*command: str, cwd: Path, **environment: str) -> str:
    done = subprocess.run(
        command,
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy without leftovers of earlier builds, which a wheel would pick up."""
    copy = tmp_path_factory.mktemp("checkout")
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "README.md", "LICENSE", "cli.py"):
        shutil.copy(ROOT / file, copy)
    return copy


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ZipFile]:
    out = tmp_path_factory.mktemp("wheel")
    options = ("--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(out))
    run(sys.executable, "-m", "pip", "wheel", *options, str(checkout), cwd=out)
    (file,) = out.glob("*.whl")
    with ZipFile(file) as archive:
        yield archive


def sources(checkout: Path) -> set[str]:
    """Every file of the checkout that an install needs, by its installed name."""
    return {
        f"{installed}/{file.relative_to(checkout / folder).as_posix()}"
        for folder, installed in FOLDERS.items()
        for file in (checkout / folder).rglob("*")
        if file.suffix in DATA
    }


@pytest.mark.slow
def test_wheel_holds_every_source_under_one_name(wheel: ZipFile, checkout: Path) -> None:
    info = f"netspec-{PROJECT['version']}.dist-info/"
    packaged = {name for name in wheel.namelist() if not name.startswith(info)}
    assert packaged == sources(checkout)
    assert {
        "netspec/py.typed",
        "netspec/backends/__init__.py",
        "netspec/specs/__init__.py",
    } <= packaged


@pytest.mark.slow
def test_wheel_says_what_it_is(wheel: ZipFile) -> None:
    info = f"netspec-{PROJECT['version']}.dist-info"
    metadata = HeaderParser().parsestr(wheel.read(f"{info}/METADATA").decode())
    assert metadata["License-Expression"] == "Apache-2.0"
    extras = ["torch", "keras", "onnx", "images", "png", "plots", "ray", "tune", "all", "dev"]
    assert metadata.get_all("Provides-Extra") == extras
    assert "netspec = netspec.cli.main:main" in wheel.read(f"{info}/entry_points.txt").decode()
    assert wheel.read(f"{info}/licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()


def bare(checkout: Path, *arguments: str) -> str:
    """Runs Python in a checkout with netspec's dependencies, but no install of netspec."""
    packages = sysconfig.get_path("purelib")
    return run(sys.executable, "-S", *arguments, cwd=checkout, PYTHONPATH=packages)


def test_bare_checkout_runs_the_commands(checkout: Path) -> None:
    assert "check" in bare(checkout, "cli.py", "--help")


def test_bare_checkout_maps_the_folders_into_the_package(checkout: Path) -> None:
    code = (
        "import runpy; runpy.run_path('cli.py'); import netspec.backends, netspec.specs;"
        "print(netspec.backends.__file__, netspec.specs.__file__)"
    )
    expected = (checkout / folder / "__init__.py" for folder in ("backends", "specs"))
    assert bare(checkout, "-c", code).split() == [str(file) for file in expected]


def test_importing_the_core_loads_no_framework() -> None:
    code = (
        "import importlib, pkgutil, sys, netspec\n"
        "for module in pkgutil.walk_packages(netspec.__path__, 'netspec.'):\n"
        "    if not module.name.startswith('netspec.backends') and '__main__' not in module.name:\n"
        "        importlib.import_module(module.name)\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    loaded = set(run(sys.executable, "-c", code, cwd=ROOT.parent).split())
    assert "netspec" in loaded
    assert not loaded & FRAMEWORKS


def test_a_spec_is_checked_and_shown_without_pillow() -> None:
    code = (
        "import sys, netspec\n"
        "from netspec.cli.main import main\n"
        "netspec.load('inception_v3').summary()\n"
        "main(['check', 'inception_v3']), main(['predict', '--help'])\n"
        "assert 'PIL' not in sys.modules"
    )
    run(sys.executable, "-c", code, cwd=ROOT.parent)


def test_every_direct_dependency_is_pinned_within_its_range() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    pinned = {canonicalize_name(pin.name): str(pin.specifier) for pin in pins}
    extras = PROJECT["optional-dependencies"].values()
    direct = map(Requirement, chain(PROJECT["dependencies"], *extras))
    needs = [need for need in direct if need.name != PROJECT["name"]]
    assert all(version.startswith("==") for version in pinned.values())
    assert {need.name for need in needs if canonicalize_name(need.name) not in pinned} == set()
    outside = [
        need
        for need in needs
        if not need.specifier.contains(pinned[canonicalize_name(need.name)].removeprefix("=="))
    ]
    assert not outside


def test_every_direct_dependency_has_its_reason() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    first_cells = (line.split("|")[1] for line in page.splitlines() if line.startswith("| "))
    told = {word.lower() for cell in first_cells for word in re.findall(r"[\w-]+", cell)}
    needs = chain(PROJECT["dependencies"], *PROJECT["optional-dependencies"].values())
    named = {Requirement(need).name.lower() for need in needs} - {PROJECT["name"]}
    assert named - told == set()
