"""Noise models of Qiskit Aer as ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from tnsim.base.errors import NoiseError, TnsimError
from tnsim.circuit import NoiseModel
from tnsim.circuit.operations import STANDARD
from tnsim.noise import Channel, ReadoutError, exactly, gates

from .aer_errors import from_aer_error
from .packages import library
from .qiskit_gates import QISKIT_NAMES

__all__ = ["from_aer", "our_names"]

_MARKERS = ("unitary", "reset", "measure")


def from_aer(model: Any, *, delays: Literal["refuse", "leave"] = "refuse") -> NoiseModel:
    """The noise model of a `qiskit_aer.noise.NoiseModel`.

    An all-qubit error becomes a rule for its gate's name, a local one a rule for the same gate on
    just those qubits in their order, where the all-qubit one does not act then, as in Aer. Noise
    stands after gates and resets and before measurements. Apply the model to the circuit that
    `from_qiskit` made, with `apply(circuit, allow_unused=True)`, since most circuits do not have
    every gate of a device's model.

    `delays` says what becomes of Aer's `RelaxationNoisePass`, which acts on delays: "leave" it
    out (`tnsim.idle_noise` puts relaxation where qubits wait), or "refuse" the model.

    Raises `NoiseError` naming the instruction for errors of labels that are no gates here, errors
    on another number of qubits than their gate, readout errors of several qubits together (which
    Aer leaves out when it runs a circuit), and other noise passes.

    >>> from qiskit_aer.noise import NoiseModel, pauli_error
    >>> theirs = NoiseModel()
    >>> theirs.add_all_qubit_quantum_error(pauli_error([("X", 0.1), ("I", 0.9)]), "h")
    >>> print(from_aer(theirs))
    <NoiseModel: 1 rule>
      pauli({'X': 0.1}) after gates('h')
    """
    kind = library("qiskit_aer.noise").NoiseModel
    if not isinstance(model, kind):
        raise NoiseError(f"`model` must be a NoiseModel of Aer (got {type(model).__name__})")
    if delays not in {"refuse", "leave"}:
        raise NoiseError(f"`delays` must be 'refuse' or 'leave' (got {delays!r})")
    _check_passes(model, delays)
    result = NoiseModel()
    local: Mapping[str, Mapping[tuple[int, ...], Any]] = model._local_quantum_errors
    default: Mapping[str, Any] = model._default_quantum_errors
    for label in dict.fromkeys([*default, *local]):
        names = our_names(label)
        own = local.get(label, {})
        if label in default:
            where = ~exactly(*own) if own else None
            channel = _channel(default[label], label, names)
            _add(result, channel, names, where)
        for qubits, error in own.items():
            _add(result, _channel(error, label, names), names, exactly(qubits))
    if model._default_readout_error is not None:
        result.readout(_readout(model._default_readout_error))
    for qubits, error in model._local_readout_errors.items():
        result.readout(_readout(error, qubits), qubits=qubits)
    return result


def our_names(label: str) -> list[str]:
    """Our gates of Qiskit's name; `NoiseError` where there is none."""
    names = [ours for ours, theirs in QISKIT_NAMES.items() if theirs == label]
    names += [name for name in _MARKERS if name == label]
    names += ["u0"] if label == "delay" else []
    if not names:
        raise NoiseError(
            f"noise on {label!r} cannot be converted: tnsim has no gate of this name; give the "
            "noise to the gates that the circuit is made of"
        )
    return names


def _add(model: NoiseModel, channel: Channel, names: list[str], where: Any) -> None:
    selector = gates(*names) if where is None else gates(*names) & where
    place = model.before if "measure" in names else model.after
    # "mcx" and "unitary" are the labels of gates of several sizes.
    several = len(_sizes(names)) > 1 or "unitary" in names
    place(channel, where=selector, arity=channel.num_qubits if several else None)


def _sizes(names: list[str]) -> set[int]:
    return {op.num_qubits - op.num_bits for op in STANDARD if op.name in names}


def _channel(error: Any, label: str, names: list[str]) -> Channel:
    try:
        channel = from_aer_error(error)
    except TnsimError as failure:
        raise NoiseError(f"noise on {label!r} cannot be converted: {failure}") from failure
    sizes = _sizes(names)
    if sizes and "unitary" not in names and channel.num_qubits not in sizes:
        raise NoiseError(
            f"noise on {label!r} cannot be converted: the error is on {channel.num_qubits} qubits, "
            f"the gate on {min(sizes)}"
        )
    return channel


def _readout(error: Any, qubits: tuple[int, ...] = ()) -> ReadoutError:
    """Aer lists P(read | true) row by row of `true`."""
    matrix = np.asarray(error.probabilities, dtype=float).T
    if matrix.shape != (2, 2):
        raise NoiseError(
            f"the readout error on qubits {tuple(qubits)} cannot be converted: Aer leaves errors "
            "of several qubits out, since its circuits measure one at a time; give "
            "tnsim.noise.ReadoutError.from_matrix to NoiseModel.readout"
        )
    return ReadoutError(float(matrix[1, 0]), float(matrix[0, 1]))


def _check_passes(model: Any, delays: str) -> None:
    for custom in model._custom_noise_passes:
        name = type(custom).__name__
        if name != "RelaxationNoisePass":
            raise NoiseError(f"the noise pass {name} cannot be converted: it is a function")
        if delays == "refuse":
            raise NoiseError(
                "the noise pass RelaxationNoisePass cannot be converted: it acts on delays; give "
                "delays='leave' to leave it out, and use tnsim.idle_noise where qubits wait"
            )
