"""The libraries whose circuits are read and written, imported when one is first used."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from tnsim.base.errors import TnsimError

__all__ = ["library"]

_EXTRAS = {"qiskit_aer": "qiskit"}


def library(module: str) -> Any:
    """The module, imported; `TnsimError` naming the extra that installs it where it is missing."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        top = module.partition(".")[0]
        if error.name != top:
            raise
        extra = _EXTRAS.get(top, top)
        raise TnsimError(
            f"this needs {top}, which is not installed; pip install 'tnsim[{extra}]'"
        ) from error
