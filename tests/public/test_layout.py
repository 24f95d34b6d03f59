"""Folders, links, the package list and the wheel agree."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import tnsim

ROOT = Path(__file__).parents[2]
LINKED = {"contraction": "../contraction", "noise": "../noise"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def folders() -> dict[str, Path]:
    """Each package of the tree by import name: a folder that holds Python files."""
    found = {}
    tops = {"tnsim": ROOT / "tnsim"} | {f"tnsim.{name}": ROOT / name for name in LINKED}
    for top, folder in tops.items():
        for path in sorted(folder.rglob("*.py")):
            inner = path.parent.relative_to(folder)
            if top == "tnsim" and inner.parts[:1] and inner.parts[0] in LINKED:
                continue
            found[".".join((top, *inner.parts))] = path.parent
    return found


def test_package_list_names_every_folder() -> None:
    assert sorted(PROJECT["tool"]["setuptools"]["packages"]) == sorted(folders())


def test_every_package_has_an_init() -> None:
    for name, folder in folders().items():
        assert (folder / "__init__.py").exists(), name


@pytest.mark.parametrize(("name", "target"), LINKED.items())
def test_links_are_relative(name: str, target: str) -> None:
    link = ROOT / "tnsim" / name
    assert link.is_symlink()
    assert str(link.readlink()) == target


def test_tests_hold_no_packages_and_unique_names() -> None:
    tests = sorted((ROOT / "tests").rglob("*.py"))
    assert not [path for path in tests if path.name == "__init__.py"]
    names = [path.name for path in tests if path.name != "conftest.py"]
    assert sorted(set(names)) == sorted(names)


def test_wheel_holds_every_module_once(tmp_path: Path) -> None:
    source = tmp_path / "source"
    for name in ("tnsim", "contraction", "noise"):
        shutil.copytree(
            ROOT / name,
            source / name,
            ignore=shutil.ignore_patterns("__pycache__", *(LINKED if name == "tnsim" else ())),
        )
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    build = "import setuptools.build_meta as b; print(b.build_wheel('.'))"
    done = subprocess.run(
        [sys.executable, "-c", build], cwd=source, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    wheel = zipfile.ZipFile(source / done.stdout.split()[-1])
    held = sorted(name for name in wheel.namelist() if ".dist-info/" not in name)
    wanted = [
        f"{name.replace('.', '/')}/{path.name}"
        for name, folder in folders().items()
        for path in folder.glob("*.py")
    ]
    assert held == sorted([*wanted, "tnsim/py.typed"])


def test_one_version_everywhere() -> None:
    assert f"\nversion: {tnsim.__version__}\n" in (ROOT / "CITATION.cff").read_text()
    assert f"\n## {tnsim.__version__}" in (ROOT / "CHANGELOG.md").read_text()


def pins(name: str) -> dict[str, Version]:
    """The exact versions of a constraints file."""
    lines = (ROOT / "constraints" / name).read_text().splitlines()
    found = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(package): Version(version) for package, version in found}


def test_constraints_hold_the_bounds_of_the_project() -> None:
    table = PROJECT["project"]
    extras = table["optional-dependencies"]
    asked = [Requirement(text) for text in table["dependencies"]]
    oldest, tested = pins("minimum.txt"), pins("test.txt")
    for need in asked:
        [bound] = need.specifier
        assert bound.operator == ">="
        assert oldest[canonicalize_name(need.name)].release[:2] == padded(bound.version)
    for need in [*asked, *(Requirement(text) for texts in extras.values() for text in texts)]:
        assert need.specifier.contains(tested[canonicalize_name(need.name)]), need.name
    assert tested["torch"] == Version("2.13.0")


def padded(version: str) -> tuple[int, ...]:
    """Major and minor number of a version: "13" is (13, 0)."""
    return (*Version(version).release, 0)[:2]
