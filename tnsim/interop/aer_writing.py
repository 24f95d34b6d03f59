"""Our noise models as Qiskit Aer's."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.base.errors import NoiseError
from tnsim.circuit import NoiseModel
from tnsim.circuit.operations import STANDARD
from tnsim.noise import Channel, NoiseRule

from .aer_errors import to_aer_error
from .packages import library
from .qiskit_gates import QISKIT_NAMES

__all__ = ["to_aer"]

# Aer tells gates by label, and "mcx" is the label of several: larger gates are beyond its rules.
_SIZES = {
    op.name: op.num_qubits - op.num_bits
    for op in STANDARD
    if op.num_qubits <= 3 and op.name in {*QISKIT_NAMES, "reset", "measure"}
}
_MOST_PLACES = 1_000_000


def to_aer(model: NoiseModel, num_qubits: int | None = None) -> Any:
    """The noise model as a `qiskit_aer.noise.NoiseModel`.

    Every gate that both libraries name gets the channels that the rules put after it, one after
    another: as an all-qubit error where they are the same everywhere, else, for each tuple of the
    `num_qubits` qubits, as a local one. Pauli channels become `pauli_error`, others Kraus errors.

    Raises `NoiseError` for what Aer has no word for: channels before or in place of gates,
    positions in a circuit, free strengths, correlated readout errors (Aer takes them, but its
    circuits measure qubits one by one, and it leaves them out), rules that name gates that Qiskit
    lacks, gates on more than three qubits or "unitary", and local rules without `num_qubits`.
    Rules without names act there on named gates on up to three qubits: Aer knows gates by label,
    and given matrices and larger gates share one label at several sizes.

    >>> from tnsim.noise import depolarizing
    >>> to_aer(NoiseModel().after(depolarizing(0.01), gates=["x", "h"])).noise_instructions
    ['h', 'x']
    """
    if not isinstance(model, NoiseModel):
        raise NoiseError(f"`model` must be a NoiseModel (got {type(model).__name__})")
    if model.parameters:
        raise NoiseError(
            f"noise of Aer has numbers, but {', '.join(model.parameters)} is not bound; bind() the "
            "model first"
        )
    for rule in model.rules:
        _check(rule)
    result = library("qiskit_aer.noise").NoiseModel()
    cache: dict[Any, Any] = {}
    for name, size in _SIZES.items():
        label = QISKIT_NAMES.get(name, name)
        stacks = _stacks(model, name, size, num_qubits)
        if len(set(stacks.values())) == 1 and None in stacks:
            result.add_all_qubit_quantum_error(_error(stacks[None], size, cache), label)
            continue
        for qubits, stack in stacks.items():
            assert qubits is not None
            result.add_quantum_error(_error(stack, size, cache), label, list(qubits))
    _add_readout(model, result)
    return result


Stack = tuple[tuple[Channel, tuple[int, ...]], ...]
"""Channels in the order of time, with the slots of the gate on which they act."""


@dataclass(frozen=True)
class _View:
    names: tuple[str, ...]
    opcode: NDArray[Any]
    num_qubits: NDArray[Any]
    position: NDArray[Any]
    qubits: NDArray[Any]

    def qubits_of_slot(self, slot: int, /) -> NDArray[Any]:
        return self.qubits[:, slot]


def _stacks(
    model: NoiseModel, name: str, size: int, num_qubits: int | None
) -> dict[tuple[int, ...] | None, Stack]:
    """What one gate suffers, by its qubits, or under None where that is the same everywhere."""
    may = [(rule, _outcomes(rule.selector.to_dict(), name, size)) for rule in model.rules]
    rules = [(rule, found) for rule, found in may if True in found and _reaches(rule, name)]
    for rule, _ in rules:
        _check_width(rule, name, size)
    if not rules:
        return {}
    if all(rule.qubits is None and len(found) == 1 for rule, found in rules):
        parts = [_part(rule, tuple(range(size))) for rule, _ in rules]
        return {None: tuple(part for some in parts for part in some)}
    if num_qubits is None:
        raise NoiseError("a rule for some qubits needs `num_qubits`; give the circuit's")
    if num_qubits**size > _MOST_PLACES:
        raise NoiseError(
            f"noise on {name!r} differs between too many tuples of {num_qubits} qubits; name the "
            "gates and the qubits that the circuit has"
        )
    tuples = list(itertools.permutations(range(num_qubits), size))
    qubits = np.array(tuples, dtype=np.int64).reshape(len(tuples), size)
    none = np.zeros(len(tuples), dtype=np.int64)
    view = _View((name,), none, none + size, np.arange(len(tuples)), qubits)
    found: dict[tuple[int, ...], list[Any]] = {}
    for rule, _ in rules:
        for index in np.flatnonzero(rule.selector.select(view)).tolist():
            found.setdefault(tuples[index], []).extend(_part(rule, tuples[index]))
    return {where: tuple(stack) for where, stack in found.items() if stack}


def _part(rule: NoiseRule, qubits: tuple[int, ...]) -> list[tuple[Channel, tuple[int, ...]]]:
    """What one rule adds to a gate that it hits."""
    slots = range(len(qubits)) if rule.qubits is None else _slots(rule.qubits, qubits)
    if rule.channel.num_qubits == 1:
        return [(rule.channel, (slot,)) for slot in slots]
    return [(rule.channel, tuple(slots))] if len(slots) == len(qubits) else []


def _check_width(rule: NoiseRule, name: str, size: int) -> None:
    width = rule.channel.num_qubits
    if width not in {1, size}:
        raise NoiseError(
            f"the channel {rule.channel!r} is on {width} qubits, but its rule hits {name!r} on "
            f"{size}; narrow the rule by `arity`"
        )


def _outcomes(selector: Any, name: str, size: int) -> set[bool]:
    """What a selector can say of a gate on some qubits: {True}, {False} or both."""
    kind = selector["select"]
    if kind == "gates":
        return {name in selector["names"]}
    if kind == "arity":
        return {size in selector["sizes"]}
    if kind == "not":
        return {not outcome for outcome in _outcomes(selector["part"], name, size)}
    if kind in {"all_of", "any_of"}:
        parts = [_outcomes(part, name, size) for part in selector["parts"]]
        join = all if kind == "all_of" else any
        return {join(outcomes) for outcomes in itertools.product(*parts)}
    if kind == "exactly" and not any(len(qubits) == size for qubits in selector["tuples"]):
        return {False}
    return {True} if kind == "everything" else {True, False}


def _reaches(rule: NoiseRule, name: str) -> bool:
    """Measurements and resets are hit only by rules that name them."""
    return name not in {"measure", "reset"} or name in _named(rule.selector.to_dict())


def _slots(listed: Sequence[int], qubits: Sequence[int]) -> list[int]:
    return [slot for slot, qubit in enumerate(qubits) if qubit in listed]


def _error(stack: Stack, size: int, cache: dict[Any, Any]) -> Any:
    """One error on all qubits of a gate; qubit k of an error of Aer is the gate's qubit k."""
    if (stack, size) not in cache:
        qiskit, errors = library("qiskit"), library("qiskit_aer.noise")
        total = errors.QuantumError([(qiskit.QuantumCircuit(size), 1.0)])
        for channel, slots in stack:
            single = cache.get(channel) or cache.setdefault(channel, to_aer_error(channel))
            total = total.compose(single, qargs=list(slots))
        cache[stack, size] = total
    return cache[stack, size]


def _check(rule: NoiseRule) -> None:
    text = repr(rule.selector)
    if "position(" in text:
        raise NoiseError(f"Aer has no rule by position ({text}); apply the model to the circuit")
    measured = "measure" in _named(rule.selector.to_dict())
    if rule.placement == "replace" or (rule.placement == "before") != measured:
        raise NoiseError(
            f"noise of Aer stands after gates and before measurements, but {rule.channel!r} is "
            f"{rule.placement!r} {text}; apply the model to the circuit instead"
        )
    strange = _named(rule.selector.to_dict()) - set(_SIZES)
    if strange:
        raise NoiseError(f"Aer has no rules for {min(strange)!r}; unroll() to gates that it knows")


def _named(selector: Any) -> set[str]:
    names = set(selector["names"]) if selector["select"] == "gates" else set()
    inner = [*selector.get("parts", ()), *([selector["part"]] if "part" in selector else ())]
    return names.union(*map(_named, inner))


def _add_readout(model: NoiseModel, result: Any) -> None:
    errors = library("qiskit_aer.noise")
    for rule in model.readout_rules:
        if rule.error.num_qubits > 1:
            raise NoiseError(
                f"Aer would leave out the correlated readout error on qubits {rule.qubits}, since "
                "its circuits measure one qubit at a time; give each qubit its own"
            )
        error = errors.ReadoutError(rule.error.confusion_matrix().T)
        if rule.qubits is None:
            result.add_all_qubit_readout_error(error)
        else:
            for qubit in rule.qubits:
                result.add_readout_error(error, [qubit])
