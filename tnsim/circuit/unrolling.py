"""Rewriting a circuit in a basis of gates, by the definitions that need least."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tnsim.base.errors import CircuitError
from tnsim.base.parameters import Affine

from .arguments import unknown_name
from .definitions import definition, definition_count
from .expansion import Template, expanded
from .gates import GATES
from .operations import OPCODES, Operation, conditioned_operation
from .snapshot import Snapshot
from .turns import euler_angles

__all__ = ["unrolled"]

_Choice = Mapping[str, int]


def unrolled(snapshot: Snapshot, basis: Iterable[str]) -> Snapshot:
    """The circuit in the gates of `basis`; what is not a unitary stays as it is."""
    names = _checked(basis)
    codes = np.unique(snapshot.columns.opcode).tolist()
    given = {code: snapshot.operations[code] for code in codes}
    plain = {code: operation.inner or operation for code, operation in given.items()}
    strange = {c for c, op in plain.items() if op.matrix is not None and "unitary" not in names}
    needed = {op.name for op in plain.values() if op.gate is not None} - names
    choice = _cheapest(needed | ({"u"} - names if strange else set()), names)
    memo: dict[str, Template] = {}
    templates: dict[int, Template] = {}
    table = list(snapshot.operations)
    for code, operation in plain.items():
        if code in strange:
            template = _turn(operation, choice, memo)
        elif operation.gate is not None and operation.name in needed:
            template = _template(operation.name, choice, memo)
        else:
            continue
        values = given[code].values
        templates[code] = _under_condition(template, operation, values, table)
    return (
        expanded(replace(snapshot, operations=tuple(table)), templates) if templates else snapshot
    )


def _under_condition(
    template: Template, operation: Operation, values: tuple[int, ...], table: list[Operation]
) -> Template:
    """The template of a gate that stands under a condition; what it needs enters the table.

    Its global phase is left out: one that depends on a bit is no property of a mixed state.
    """
    if not values:
        return template
    codes = {}
    for code in np.unique(template.opcode).tolist():
        codes[code] = len(table)
        table.append(conditioned_operation(table[code], values))
    slots, at = [], 0
    bits = np.arange(operation.num_qubits, operation.num_qubits + len(values))
    for code in template.opcode.tolist():
        size = table[code].num_qubits
        slots += [template.slots[at : at + size], bits]
        at += size
    return Template(
        np.array([codes[code] for code in template.opcode.tolist()], dtype=np.uint16),
        np.concatenate(slots),
        template.matrix,
        template.shift,
        np.zeros_like(template.phase),
        0.0,
    )


def _checked(basis: Iterable[str]) -> frozenset[str]:
    if isinstance(basis, str):
        raise CircuitError(
            f"`basis` must be a set of gate names such as {{'cx', 'u'}} (got {basis!r})"
        )
    names = frozenset(basis)
    for name in names - {"unitary"}:
        if name not in GATES:
            raise unknown_name(name, GATES)
    return names


def _cheapest(needed: set[str], basis: frozenset[str]) -> dict[str, int]:
    """By gate which definition to take, the one of least cost; a two-qubit gate costs 10.

    `CircuitError` names the gates that the basis cannot make.
    """
    rules = _reachable(needed, basis)
    cost = {name: _own_cost(name) for name in basis if name in GATES}
    choice: dict[str, int] = {}
    changed = True
    while changed:
        changed = False
        for (name, index), parts in rules.items():
            total = sum(n * cost.get(part, np.inf) for part, n in parts.items())
            if total < cost.get(name, np.inf):
                cost[name], choice[name], changed = total, index, True
    impossible = sorted(needed - set(cost))
    if impossible:
        raise CircuitError(
            f"`basis` {sorted(basis)} cannot make {', '.join(impossible)}; add these gates to it, "
            "or a full set such as {'cx', 'u'} or {'cx', 'rz', 'sx'}"
        )
    return choice


def _own_cost(name: str) -> float:
    return 1.0 if GATES[name].num_qubits == 1 else 10.0


def _reachable(needed: set[str], basis: frozenset[str]) -> dict[tuple[str, int], dict[str, int]]:
    """The gate counts of every definition that may be of use."""
    rules: dict[tuple[str, int], dict[str, int]] = {}
    seen, open_names = set(needed), list(needed)
    while open_names:
        name = open_names.pop()
        for index in range(definition_count(name)):
            parts = definition(name, index).counts()
            rules[name, index] = parts
            fresh = set(parts) - seen - basis
            seen |= fresh
            open_names.extend(fresh)
    return rules


def _template(name: str, choice: _Choice, memo: dict[str, Template]) -> Template:
    """The definition of a gate, unrolled down to the basis."""
    if name not in memo:
        body = definition(name, choice[name]).snapshot()
        inner = {
            code: _template(body.operations[code].name, choice, memo)
            for code in np.unique(body.columns.opcode).tolist()
            if body.operations[code].name in choice
        }
        memo[name] = _as_template(expanded(body, inner), GATES[name].num_params)
    return memo[name]


def _as_template(body: Snapshot, num_params: int) -> Template:
    """A circuit in parameters a0, a1, ... on slots 0, 1, ... as a template."""
    columns = body.columns
    matrix = np.zeros((len(columns.angles), num_params))
    shift = columns.angles.copy()
    for entry in np.flatnonzero(columns.symbols >= 0).tolist():
        expression = body.expressions[columns.symbols[entry]]
        matrix[entry], shift[entry] = _coefficients(expression, num_params)
    phase, phase_shift = _coefficients(body.phase, num_params)
    slots = columns.qubits.astype(np.int64)
    return Template(columns.opcode, slots, matrix, shift, phase, phase_shift)


def _coefficients(expression: Affine, num_params: int) -> tuple[NDArray[np.float64], float]:
    terms = expression.terms
    return np.array([terms.get(f"a{k}", 0.0) for k in range(num_params)]), expression.constant


def _turn(operation: Operation, choice: _Choice, memo: dict[str, Template]) -> Template:
    """A given one-qubit matrix in the basis."""
    assert operation.matrix is not None
    if operation.num_qubits != 1:
        raise CircuitError(
            f"a matrix on {operation.num_qubits} qubits has no definition in gates; "
            "add 'unitary' to `basis` to keep it"
        )
    *angles, phase = euler_angles(operation.matrix)
    if "u" not in choice:
        code = np.array([OPCODES["u"]], dtype=np.uint16)
        none = np.zeros((3, 0))
        return Template(code, np.zeros(1, np.int64), none, np.array(angles), np.zeros(0), phase)
    t = _template("u", choice, memo)
    shift = t.matrix @ angles + t.shift
    total = phase + float(t.phase @ angles) + t.phase_shift
    return Template(t.opcode, t.slots, np.zeros((len(shift), 0)), shift, np.zeros(0), total)
