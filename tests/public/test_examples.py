"""Every public object is documented and has an example, and all examples run."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
from collections.abc import Iterator

import pytest

import tnsim

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(tnsim.__path__, "tnsim.")
    if not module.name.endswith(".__main__")
)


def public_objects() -> Iterator[tuple[str, object]]:
    """Every public class and function with its dotted name."""
    for home in ("tnsim", "tnsim.contraction", "tnsim.lattices", "tnsim.noise"):
        module = importlib.import_module(home)
        for name in module.__all__:
            found = getattr(module, name)
            if inspect.isclass(found) or inspect.isfunction(found):
                yield f"{home}.{name}", found


def public_members(kind: type) -> Iterator[tuple[str, object]]:
    """The public methods and properties that a class defines or inherits from tnsim."""
    for name, member in inspect.getmembers_static(kind):
        if name.startswith("_"):
            continue
        inner = member.__func__ if isinstance(member, classmethod | staticmethod) else member
        if isinstance(inner, property) or inspect.isfunction(inner):
            yield name, getattr(kind, name)


@pytest.mark.parametrize("name", MODULES)
def test_examples_of(name: str) -> None:
    module = importlib.import_module(name)
    result = doctest.testmod(module, optionflags=FLAGS)
    assert result.failed == 0


def test_every_public_object_and_member_is_documented() -> None:
    bare = []
    for name, found in public_objects():
        if not inspect.getdoc(found):
            bare.append(name)
        if inspect.isclass(found) and not issubclass(found, BaseException):
            bare += [
                f"{name}.{n}" for n, member in public_members(found) if not inspect.getdoc(member)
            ]
    assert not bare


def test_every_public_object_has_an_example() -> None:
    bare = []
    for name, found in public_objects():
        if inspect.isclass(found) and issubclass(found, BaseException):
            continue
        texts = [inspect.getdoc(found) or ""]
        if inspect.isclass(found):
            texts += [inspect.getdoc(member) or "" for _, member in public_members(found)]
        if not any(">>>" in text for text in texts):
            bare.append(name)
    assert not bare
