"""What every call of a program does with its arguments and its values."""

from __future__ import annotations

from typing import Any

import numpy as np

from tnsim.base.arrays import library_of
from tnsim.base.errors import TnsimError

from .progress import check_progress

__all__ = ["check_call", "tidy"]


def check_call(executor: object, progress: object) -> None:
    """Refuse what is no executor, and what tells no progress."""
    if executor is not None and not callable(getattr(executor, "submit", None)):
        raise TnsimError(
            "`executor` must have the interface of concurrent.futures, such as "
            f"ThreadPoolExecutor(2) (got {executor!r:.60})"
        )
    check_progress(progress)


def tidy(value: Any) -> Any:
    """A NumPy scalar for a 0-d NumPy array or a Python number."""
    if library_of(value) == "numpy" and np.ndim(value) == 0:
        return np.asarray(value)[()]
    return value
