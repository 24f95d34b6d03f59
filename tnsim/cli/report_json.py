"""Plans and answers as JSON for scripts; complex numbers are pairs [real, imaginary].

Fields stay what they are within a version of the report; new ones may be added.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.errors import BudgetError
from tnsim.runtime import Result

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
    for question in prepared.questions:
        array = values[question.name]
        own = array.shape[1:] if shape else array.shape
        answers.append(
            {
                "question": question.kind,
                **question.facts,
                "value": _plain(array.reshape((*shape, *own))),
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
        "error": None if result.error is None else _plain(np.asarray(result.error)),
        "error_basis": result.error_basis,
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
