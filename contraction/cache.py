"""Plans kept on disk, so that a structure seen before costs no search.

An entry is a small JSON file in the user's cache folder: the order and the sliced labels, and
nothing that is trusted. What it is used for is checked again (structure, validity, peak against
the budget), so a damaged, foreign or outdated file means a new search and no more.
"""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tnsim.base.arrays import itemsize
from tnsim.base.codec import canonical_json, digest, load_json, write_text
from tnsim.base.errors import TnsimError

from .network import Network
from .plans import Plan

__all__ = ["PLANNER_VERSION", "PlanCache", "Request", "default_folder"]

PLANNER_VERSION = 5
"""Raised when the search finds other plans than before, so that old ones are not returned."""

_KIND = "tnsim-cached-plan"
_MOST_BYTES = 256_000_000


@dataclass(frozen=True)
class Request:
    """All that a plan depends on, apart from the budget.

    `search` holds the executor that it is for, effort, seed and hints.
    """

    network: Network
    dtype: str
    batched: tuple[bool, ...]
    batch: int
    search: tuple[Any, ...]

    @property
    def key(self) -> str:
        return digest(
            {
                "planner": PLANNER_VERSION,
                "network": self.network.digest,
                "dtype": self.dtype,
                "batched": list(self.batched) if any(self.batched) else [],
                "batch": self.batch if any(self.batched) else 1,
                "search": list(self.search),
            }
        )


@dataclass(frozen=True)
class PlanCache:
    """Plans in `folder`, the least recently used dropped beyond `most_bytes`.

    A plan that the budget did not shape (no slices, and nothing quicker was passed over) serves
    every budget that holds its peak. One that it did shape serves only budgets near the one it
    was made for, within a factor of sqrt(2): for a larger one there may be a quicker plan.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from tnsim.contraction import Network, plan
    >>> network = Network.from_equation("ij,jk->ik", (2, 3), (3, 4))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     found = plan(network, budget="1MB", dtype="float64", cache=folder)
    ...     PlanCache(Path(folder)).folder == Path(folder)
    True
    """

    folder: Path
    most_bytes: int = _MOST_BYTES

    def load(self, request: Request, budget: int, peak_of: Callable[[Plan], int]) -> Plan | None:
        """A kept plan that fits `budget` bytes, or None.

        `peak_of` says how many numbers the executor holds at once.
        """
        key = request.key
        for path in (self._path(key, None), self._path(key, budget)):
            try:
                plan = _read(path.read_bytes(), request, budget)
            except (OSError, TnsimError):
                continue
            if peak_of(plan) * itemsize(request.dtype) <= budget:
                with contextlib.suppress(OSError):
                    os.utime(path)
                return plan
        return None

    def store(self, request: Request, plan: Plan, *, shaped: bool) -> None:
        """Keep `plan`; `shaped` says that a larger budget might have given another.

        A folder that cannot be written to keeps nothing; planning does not fail for it.
        """
        index = {label: i for i, label in enumerate(request.network.sizes)}
        text = canonical_json(
            {
                "kind": _KIND,
                "version": PLANNER_VERSION,
                "network": request.network.digest,
                "ssa_path": [list(pair) for pair in plan.ssa_path],
                "sliced": [index[label] for label in plan.sliced],
            }
        )
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            write_text(self._path(request.key, plan.budget if shaped else None), text)
            self._prune()

    def clear(self) -> None:
        """Forget everything."""
        for path in self._entries():
            path.unlink(missing_ok=True)

    def _path(self, key: str, budget: int | None) -> Path:
        name = "any" if budget is None else str(math.floor(2 * math.log2(budget)))
        return self.folder / f"{key[:40]}-{name}.json"

    def _entries(self) -> list[Path]:
        try:
            return [path for path in self.folder.iterdir() if path.suffix == ".json"]
        except OSError:
            return []

    def _prune(self) -> None:
        """Remove the oldest entries; another process may remove them at the same time."""
        stats = []
        for path in self._entries():
            with contextlib.suppress(OSError):
                stat = path.stat()
                stats.append((stat.st_mtime, stat.st_size, path))
        total = sum(size for _, size, _ in stats)
        for _, size, path in sorted(stats):
            if total <= self.most_bytes:
                break
            path.unlink(missing_ok=True)
            total -= size


def default_folder() -> Path:
    """Where plans are kept: $TNSIM_CACHE_DIR/plans, or `plans` in the user's cache folder."""
    named = os.environ.get("TNSIM_CACHE_DIR")
    if named:
        return Path(named) / "plans"
    import platformdirs

    return Path(platformdirs.user_cache_dir("tnsim", appauthor=False)) / "plans"


def _read(text: bytes, request: Request, budget: int) -> Plan:
    data = load_json(text, kind=_KIND, version=PLANNER_VERSION)
    labels = tuple(request.network.sizes)
    try:
        if data["network"] != request.network.digest:
            raise TnsimError("this entry is of another network")
        path = tuple((int(i), int(j)) for i, j in data["ssa_path"])
        sliced = tuple(labels[int(x)] for x in data["sliced"])
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise TnsimError(f"this entry is garbled: {error}") from error
    return Plan(
        request.network, path, sliced, request.dtype, request.batched, request.batch, budget
    )
