"""The reports that `--json` prints.

    run report     {"kind": "run_report", "version": 1, PLANNED,
                    "answers": [ANSWER, ...]     in the order --expect, --amplitude, --probabilities
                    "sweep": [name, ...]         the swept parameters, in order
                    "params": {name: number or [number, ...]}
                    "method": text
                    "error": number or null      the largest; null: nothing is approximated
                    "error_kind": text           rounding, bound, standard error or estimate
                    "evidence": {...}            what the error rests on
                    "seconds": number            of the run, without planning
                    "peak_bytes": int or null    measured, above what was taken before
                    "digests": {"circuit": text, "noise": text or null, "plans": [text, ...]}
                    "versions": {package: text}}
    ANSWER         {"question": "expectation", "observable": text, "value": VALUE, "error": ERROR}
                   {"question": "amplitudes", "bitstrings": [text, ...], "value": VALUE,
                    "error": ERROR}
                   {"question": "probabilities", "qubits": [int, ...], "value": VALUE,
                    "error": ERROR}
    VALUE          numbers in nested lists; the axes are one for each swept parameter, then one
                   for the bitstrings, or for the 2^k results with the first qubit listed as the
                   most significant bit; a complex number is a pair [real, imaginary]
    ERROR          real numbers like VALUE, or null: nothing is approximated
    plan report    {"kind": "plan_report", "version": 1, "fits": true, PLANNED}
                   {"kind": "plan_report", "version": 1, "fits": false, "message": text,
                    "memory_bytes": int, "least_bytes": int or null, "flops": number or null}
    PLANNED        "memory_bytes": int           the budget, shared by "workers": int
                   "dtype": text
                   "points": int                 combinations of the swept parameters' values
                   "planning_seconds": number
                   "forecast": {"method", "basis", "peak_bytes", "gradient_peak_bytes",
                                "gradient_flops", "flops", "slices", "seconds",
                                "parts", "error", "reason"}     of one point and one worker; the
                                             gradient's are null but for plan --gradient, error
                                             is what is expected (null: not known beforehand)
                   "circuit": {"file", "qubits", "instructions", "parameters"}
                   "noise": text or null         the file

A field keeps its meaning within a version; new fields may be added.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.errors import BudgetError
from tnsim.runtime import Result
from tnsim.runtime.value_codec import numpy_values

from .preparing import Prepared

__all__ = ["plan_report", "refusal_report", "run_report", "to_json"]

_VERSION = 1


def to_json(report: dict[str, Any]) -> str:
    """The text of a report."""
    return json.dumps(report, indent=2, ensure_ascii=False, allow_nan=False)


def plan_report(prepared: Prepared) -> dict[str, Any]:
    """What `tnsim plan --json` prints where a plan fits."""
    return {"kind": "plan_report", "version": _VERSION, "fits": True, **_planned(prepared)}


def refusal_report(error: BudgetError) -> dict[str, Any]:
    """What `tnsim plan --json` prints where none does."""
    return {
        "kind": "plan_report",
        "version": _VERSION,
        "fits": False,
        "memory_bytes": error.budget,
        "least_bytes": error.least_bytes,
        "flops": error.flops,
        "message": str(error),
    }


def run_report(prepared: Prepared, result: Result) -> dict[str, Any]:
    """What `tnsim run --json` prints: each answer's axes are those of `sweep`, then its own."""
    values = result.numpy()
    assert isinstance(values, dict), "questions are asked by name"
    shape = prepared.sweep.shape
    answers = []
    errors = None if result.error is None else numpy_values(result.error)
    for question in prepared.questions:
        array = values[question.name]
        own = array.shape[1:] if shape else array.shape
        error = errors[question.name] if isinstance(errors, dict) else None
        answers.append(
            {
                "question": question.kind,
                **question.facts,
                "value": _plain(array.reshape((*shape, *own))),
                "error": None if error is None else _plain(error.reshape((*shape, *own))),
            }
        )
    assert result.provenance is not None
    return {
        "kind": "run_report",
        "version": _VERSION,
        "answers": answers,
        "sweep": [setting.name for setting in prepared.sweep.swept],
        "params": {
            s.name: list(s.values) if s.is_swept else s.values[0] for s in _settings(prepared)
        },
        "method": result.method,
        "error": result.largest_error,
        "error_kind": result.error_kind,
        "evidence": dict(result.evidence),
        "seconds": result.seconds,
        "peak_bytes": result.peak_bytes,
        **_planned(prepared),
        "digests": {
            "circuit": result.provenance.circuit,
            "noise": result.provenance.noise,
            "plans": list(result.provenance.plans),
        },
        "versions": dict(result.provenance.versions),
    }


def _planned(prepared: Prepared) -> dict[str, Any]:
    circuit, request = prepared.circuit, prepared.request
    return {
        "memory_bytes": prepared.memory,
        "workers": request.workers,
        "dtype": request.dtype,
        "points": prepared.sweep.points,
        "planning_seconds": prepared.seconds,
        "forecast": prepared.program.forecast.to_dict(),
        "circuit": {
            "file": str(request.circuit),
            "qubits": circuit.num_qubits,
            "instructions": len(circuit),
            "parameters": list(prepared.program.parameters),
        },
        "noise": None if request.noise is None else str(request.noise),
    }


def _settings(prepared: Prepared) -> Any:
    return prepared.sweep.settings


def _plain(array: NDArray[Any]) -> Any:
    """Nested lists of numbers, the last axis of complex ones a pair."""
    if np.iscomplexobj(array):
        return np.stack([array.real, array.imag], axis=-1).tolist()
    return array.tolist()
