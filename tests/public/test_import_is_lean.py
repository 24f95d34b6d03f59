"""`import tnsim` loads one module and changes nothing."""

from __future__ import annotations

import json
import subprocess
import sys

LOADED = """
import json, sys
before = set(sys.modules)
import tnsim
print(json.dumps(sorted(set(sys.modules) - before)))
"""

EFFECTS = """
import json, logging, os, random, sys, warnings
def state():
    return [len(warnings.filters), dict(os.environ), len(logging.root.handlers),
            repr(sys.excepthook), len(sys.meta_path), random.getstate()[1][:5]]
before = state()
import tnsim
print(json.dumps(before == state()))
"""

WHOLE = """
import json, sys
import tnsim
for name in tnsim.__all__:
    getattr(tnsim, name)
print(json.dumps(sorted({module.partition(".")[0] for module in sys.modules})))
"""


def fresh(code: str) -> object:
    """The JSON that `code` prints in a new interpreter, which must print nothing else."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout)


def test_import_loads_nothing_else() -> None:
    loaded = fresh(LOADED)
    assert isinstance(loaded, list)
    assert set(loaded) - {"__future__"} == {"tnsim"}


def test_import_sets_nothing_global() -> None:
    assert fresh(EFFECTS) is True


def test_no_array_library_is_loaded_by_any_public_name() -> None:
    loaded = fresh(WHOLE)
    assert isinstance(loaded, list)
    heavy = {"torch", "tensorflow", "jax", "keras", "qiskit", "matplotlib", "pandas", "pytest"}
    assert heavy.isdisjoint(loaded)
