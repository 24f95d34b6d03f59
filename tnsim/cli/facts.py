"""What `tnsim info` does.

    info report    {"kind": "info_report", "version": 1, "file": text, CIRCUIT,
                    "counts": {name: int}, "parameters": [name, ...],
                    "noise": {...} or null       what the rules hit, as NoiseReport.to_dict gives it
                    "cones": [{"question": text, CIRCUIT}, ...]}
    CIRCUIT        "qubits": int                 of a cone: those that it touches
                   "bits": int                   classical ones
                   "instructions": int
                   "couplings": int              pairs of qubits that meet in an instruction
                   "depth": int
                   "bytes": int                  of the columns

A field keeps its meaning within a version; new fields may be added.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tnsim import Circuit, NoiseModel
from tnsim.base.budgets import format_bytes
from tnsim.base.errors import NoiseError
from tnsim.queries import Expectation, Probabilities
from tnsim.runtime.table import format_columns, format_table

from .couplings import coupling_edges
from .output import say
from .preparing import read_circuit
from .questions import Question, listed_questions
from .report_json import to_json

__all__ = ["circuit_summary", "show_facts"]


def show_facts(
    path: Path,
    expect: Sequence[str],
    probabilities: Sequence[str],
    noise: Path | None,
    *,
    as_json: bool,
) -> None:
    """Print the sizes of a circuit and of the light cones of questions, as text or JSON."""
    circuit = read_circuit(path)
    questions = listed_questions(expect, (), probabilities, num_qubits=circuit.num_qubits)
    hits = None
    if noise is not None:
        model = NoiseModel.load(noise)
        try:
            hits, circuit = model.report(circuit), model.apply(circuit)
        except NoiseError as error:
            message = str(error).removesuffix(", or say allow_unused=True")
            raise NoiseError(f"{noise}: {message}") from error
    cones = [(question.name, circuit.lightcone(_qubits(question))) for question in questions]
    if as_json:
        report: dict[str, Any] = {"kind": "info_report", "version": 1, "file": str(path)}
        report |= _sizes(circuit, circuit.num_qubits)
        report |= {"counts": circuit.counts(), "parameters": list(circuit.parameters)}
        report["noise"] = None if hits is None else hits.to_dict()
        report["cones"] = [{"question": name, **_sizes(cone)} for name, cone in cones]
        say(to_json(report))
        return
    say(circuit_summary(path, circuit))
    if hits is not None:
        say(f"\n{hits}")
    if cones:
        say("\n" + _cone_table(cones))


def _qubits(question: Question) -> list[int]:
    query = question.query
    if isinstance(query, Probabilities):
        return list(query.qubits)
    assert isinstance(query, Expectation)
    found: list[int] = query.observable.support.tolist()
    return found


def _sizes(circuit: Circuit, width: int | None = None) -> dict[str, Any]:
    columns = circuit.columns
    places = np.unique(columns.qubits)
    touched = int(np.count_nonzero(places < circuit.num_qubits))
    return {
        "qubits": touched if width is None else width,
        "bits": len(places) - touched,
        "instructions": len(circuit),
        "couplings": len(coupling_edges(circuit)[0]),
        "depth": circuit.depth(),
        "bytes": circuit.nbytes,
    }


def circuit_summary(path: Path, circuit: Circuit) -> str:
    """The sizes of a circuit in some lines."""
    sizes = _sizes(circuit, circuit.num_qubits)
    counts = ", ".join(f"{name} {count}" for name, count in circuit.counts().items())
    rows = [
        ("circuit", str(path)),
        ("qubits", str(sizes["qubits"])),
        *([("bits", str(sizes["bits"]))] if sizes["bits"] else []),
        ("instructions", f"{sizes['instructions']}" + (f": {counts}" if counts else "")),
        ("couplings", str(sizes["couplings"])),
        ("depth", str(sizes["depth"])),
        ("memory", format_bytes(sizes["bytes"])),
    ]
    if circuit.parameters:
        names = circuit.parameters
        more = f" and {len(names) - 10} more" if len(names) > 10 else ""
        rows.append(("parameters", ", ".join(names[:10]) + more))
    return format_table(rows)


def _cone_table(cones: Sequence[tuple[str, Circuit]]) -> str:
    rows: list[tuple[str, ...]] = [("light cone", "qubits", "instructions", "depth")]
    for name, cone in cones:
        sizes = _sizes(cone)
        rows.append((name, *(str(sizes[key]) for key in rows[0][1:])))
    return format_columns(rows)
