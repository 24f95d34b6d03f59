"""What a row of malformed things is, and small good things to make bad ones of."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import tnsim
from tnsim import Circuit, Expectation, NoiseModel, Parameter, Result, TnsimError

Z = Expectation("Z0")
THETA = Parameter("theta")
FLIP = tnsim.noise.bit_flip(0.1)
PAIR = tnsim.noise.depolarizing(0.1, num_qubits=2)


class Row(NamedTuple):
    """One fault: what triggers it, and the error that must come of it.

    `said` is a part of the message that no other row's message has; `given` is what was given, as
    the message must show it ("" where nothing was).
    """

    name: str
    wrong: Callable[[Path], object]
    error: type[TnsimError]
    said: str
    given: str = ""


def bell() -> Circuit:
    """Two qubits, no parameters."""
    return Circuit(2).h(0).cx(0, 1)


def turned() -> Circuit:
    """Two qubits and the parameter theta."""
    return Circuit(2).rx(THETA, 0).cx(0, 1)


def ask(query: Any, circuit: Any = None, **options: Any) -> tnsim.Program:
    """`compile` for the Bell circuit, with some of its arguments wrong."""
    given: dict[str, Any] = {"memory": "10MB", "cache": False, **options}
    return tnsim.compile(bell() if circuit is None else circuit, query, **given)


def at(params: Any = None, /, **values: Any) -> Result:
    """A run of the circuit with theta, with wrong values."""
    return ask(Z, turned())(params, **values)


def in_file(load: Callable[[Path], object], content: str | bytes) -> Callable[[Path], object]:
    """Load a file of this content."""

    def wrong(folder: Path) -> object:
        path = folder / "given.file"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return load(path)

    return wrong


def changed(data: dict[str, Any], *where: str | int, to: object) -> str:
    """The JSON of `data` with one entry replaced."""
    made = copy.deepcopy(data)
    inner: Any = made
    for key in where[:-1]:
        inner = inner[key]
    inner[where[-1]] = to
    return json.dumps(made)


NOISE = NoiseModel().after(FLIP, gates="h").readout(0.1, 0.2).to_dict()
RESULT = Result(np.array([0.25, 0.5]), "exact", seconds=1.0).to_dict()
