"""The noise model: rules of tnsim.noise, applied to circuits."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from tnsim.base.codec import canonical_json, digest, load_json, write_text
from tnsim.base.errors import NoiseError, TnsimError
from tnsim.base.parameters import Scalar
from tnsim.noise import Channel, NoiseRule, ReadoutError, ReadoutRule, Selector, noise_rule

from .circuit import Circuit
from .noise_placement import place_channels
from .noise_report import NoiseReport, described, made_report, named_counts
from .noise_view import hit_rows
from .readout import ReadoutAssignment
from .snapshot import Snapshot

__all__ = ["NoiseModel"]

Hits = list[tuple[NoiseRule, NDArray[np.int64]]]
_KIND, _VERSION = "noise_model", 1


class NoiseModel:
    """Noise as rules: which channel acts before, after or in place of which instructions.

    Rules are added in order and each looks at the circuit as it was given. A one-qubit channel
    acts on each qubit of the gates that its rule hits (or on those listed in `qubits`); a larger
    one on gates of just as many qubits. What no rule hits stays without noise; `report` tells.

    >>> from tnsim import Circuit, NoiseModel
    >>> from tnsim.noise import amplitude_damping, depolarizing
    >>> model = NoiseModel().after(depolarizing(0.01, num_qubits=2), gates="cx")
    >>> model.after(amplitude_damping(0.1), qubits=[1]).readout(0.01, 0.02)
    <NoiseModel: 2 rules, readout errors>
    >>> [str(i) for i in model.apply(Circuit(2).h(0).cx(0, 1))]
    ['h 0', 'cx 0 1', 'depolarizing 0 1', 'amplitude_damping 1']
    """

    __slots__ = ("_readout", "_rules")
    __hash__ = None  # type: ignore[assignment]

    def __init__(
        self, rules: Iterable[NoiseRule] = (), readout: Iterable[ReadoutRule] = ()
    ) -> None:
        self._rules: list[NoiseRule] = []
        self._readout: list[ReadoutRule] = []
        for name, given in (("rules", rules), ("readout", readout)):
            if not isinstance(given, Iterable):
                raise NoiseError(f"`{name}` must be a list of rules (got {given!r:.60})")
        for rule in rules:
            self.add(rule)
        for error in readout:
            self._add_readout(error)

    @property
    def rules(self) -> tuple[NoiseRule, ...]:
        """The rules, in the order in which they were added."""
        return tuple(self._rules)

    @property
    def readout_rules(self) -> tuple[ReadoutRule, ...]:
        """The readout errors, in the order in which they were added."""
        return tuple(self._readout)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters that strengths depend on, sorted."""
        names = {name for rule in self._rules for name in rule.channel.parameters}
        return tuple(sorted(names.union(*(rule.error.parameters for rule in self._readout))))

    @property
    def digest(self) -> str:
        """SHA-256 of the model's JSON."""
        return digest(self.to_dict())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, NoiseModel):
            return NotImplemented
        return self._rules == other._rules and self._readout == other._readout

    # What is added.

    def add(self, rule: NoiseRule) -> Self:
        """Add a rule made by `tnsim.noise.noise_rule`."""
        if not isinstance(rule, NoiseRule):
            raise NoiseError(f"`rule` must be a NoiseRule (got {type(rule).__name__})")
        self._rules.append(rule)
        return self

    def after(
        self,
        channel: Channel,
        *,
        gates: str | Iterable[str] | None = None,
        qubits: int | Iterable[int] | None = None,
        arity: int | Iterable[int] | None = None,
        where: Selector | None = None,
    ) -> Self:
        """Add a channel after the gates for which all conditions given hold; none is all gates.

        `gates` are names, `arity` numbers of qubits, `where` a selector of `tnsim.noise`.
        `qubits` are where the channel may act: of a gate on several qubits, a one-qubit channel
        acts on those that are listed.
        """
        return self._add("after", channel, gates, qubits, arity, where)

    def before(
        self,
        channel: Channel,
        *,
        gates: str | Iterable[str] | None = None,
        qubits: int | Iterable[int] | None = None,
        arity: int | Iterable[int] | None = None,
        where: Selector | None = None,
    ) -> Self:
        """Add a channel before gates, chosen as in `after`."""
        return self._add("before", channel, gates, qubits, arity, where)

    def replace(
        self,
        channel: Channel,
        *,
        gates: str | Iterable[str] | None = None,
        qubits: int | Iterable[int] | None = None,
        arity: int | Iterable[int] | None = None,
        where: Selector | None = None,
    ) -> Self:
        """Put a channel in the place of gates on as many qubits, chosen as in `after`."""
        return self._add("replace", channel, gates, qubits, arity, where)

    def readout(
        self,
        p01: Scalar | Sequence[Scalar] | ReadoutError,
        p10: Scalar | Sequence[Scalar] | None = None,
        *,
        qubits: int | Iterable[int] | None = None,
    ) -> Self:
        """Add errors of measurement: p01 = P(read 1 | is 0), p10 = P(read 0 | is 1).

        On all qubits, or on those listed, which take precedence; sequences give each listed
        qubit its own. A `ReadoutError` in place of p01 may be correlated over `qubits`.

        >>> from tnsim.noise import ReadoutError
        >>> correlated = ReadoutError.from_matrix([[1, 0, 0, 0.1], [0, 1, 0, 0],
        ...                                        [0, 0, 1, 0], [0, 0, 0, 0.9]])
        >>> NoiseModel().readout(0.01, 0.02).readout(correlated, qubits=[3, 4])
        <NoiseModel: 0 rules, readout errors>
        """
        where = None if qubits is None else _listed(qubits)
        for error, some in _readout_errors(p01, p10, where):
            self._add_readout(ReadoutRule(error, some))
        return self

    def _add(
        self,
        placement: Literal["before", "after", "replace"],
        channel: Channel,
        gates: str | Iterable[str] | None,
        qubits: int | Iterable[int] | None,
        arity: int | Iterable[int] | None,
        where: Selector | None,
    ) -> Self:
        rule = noise_rule(channel, placement, gates=gates, qubits=qubits, arity=arity, where=where)
        return self.add(rule)

    def _add_readout(self, rule: ReadoutRule) -> None:
        if not isinstance(rule, ReadoutRule):
            raise NoiseError(f"`readout` must hold ReadoutRules (got {type(rule).__name__})")
        for other in self._readout:
            if (rule.qubits is None) != (other.qubits is None):
                continue
            both = set(rule.qubits or ()) & set(other.qubits or ())
            if both or rule.qubits is None:
                which = f"qubit {min(both)}" if both else "all qubits"
                raise NoiseError(
                    f"a qubit must have one readout error, but {which} would have {other.error!r} "
                    f"and {rule.error!r}; give one, or a matrix that combines them"
                )
        self._readout.append(rule)

    # What it does.

    def apply(self, circuit: Circuit, *, allow_unused: bool = False) -> Circuit:
        """The circuit with noise.

        `NoiseError` where a rule hits nothing (unless `allow_unused`), where a channel is on
        another number of qubits than an instruction, or where two rules replace one instruction.
        """
        snapshot = _snapshot_of(circuit)
        hits = self._hits(snapshot)
        if not allow_unused:
            for index, (rule, rows) in enumerate(hits):
                if not len(rows):
                    raise _unused(index, rule, snapshot)
        noisy = place_channels(snapshot, hits) if hits else snapshot
        readout = (*snapshot.readout, *self._assignments(snapshot, allow_unused=allow_unused))
        return Circuit.from_snapshot(replace(noisy, readout=readout))

    def report(self, circuit: Circuit) -> NoiseReport:
        """Which rule hits which instructions of the circuit, and what stays without noise.

        >>> from tnsim.noise import bit_flip
        >>> print(NoiseModel().after(bit_flip(0.1), gates="x").report(Circuit(2).x([0, 1]).h(0)))
        rule                             hits  gates
        bit_flip(p=0.1) after gates('x')    2  x 2
        no noise                            1  h 1
        """
        snapshot = _snapshot_of(circuit)
        readout = [q for a in self._assignments(snapshot, allow_unused=True) for q in a.qubits]
        return made_report(snapshot, self._hits(snapshot), readout)

    def bind(self, values: Mapping[str, float] | None = None, /, **named: float) -> NoiseModel:
        """The model with numbers for some or all of its parameters."""
        given = {**(values or {}), **named}
        unknown = sorted(set(given) - set(self.parameters))
        if unknown:
            known = ", ".join(self.parameters) or "none"
            raise NoiseError(f"the noise model has no parameter {unknown[0]!r} (it has: {known})")

        def part(names: tuple[str, ...]) -> dict[str, float]:
            return {name: given[name] for name in names if name in given}

        return NoiseModel(
            (replace(r, channel=r.channel.bind(part(r.channel.parameters))) for r in self._rules),
            (replace(r, error=r.error.bind(part(r.error.parameters))) for r in self._readout),
        )

    def _hits(self, snapshot: Snapshot) -> Hits:
        hits = []
        for index, rule in enumerate(self._rules):
            try:
                hits.append((rule, hit_rows(snapshot, rule)))
            except NoiseError as error:
                raise NoiseError(f"rule {index}, {described(rule)}: {error}") from error
        return hits

    def _assignments(self, snapshot: Snapshot, *, allow_unused: bool) -> list[ReadoutAssignment]:
        taken = {qubit for assignment in snapshot.readout for qubit in assignment.qubits}
        found: list[ReadoutAssignment] = []
        for rule in sorted(self._readout, key=lambda rule: rule.qubits is None):
            places = self._places(rule, snapshot, taken, allow_unused=allow_unused)
            found += [ReadoutAssignment(place, rule.error) for place in places]
            taken |= {qubit for place in places for qubit in place}
        return sorted(found, key=lambda assignment: assignment.qubits)

    def _places(
        self, rule: ReadoutRule, snapshot: Snapshot, taken: set[int], *, allow_unused: bool
    ) -> list[tuple[int, ...]]:
        size = snapshot.num_qubits
        if rule.qubits is None:
            return [(qubit,) for qubit in range(size) if qubit not in taken]
        both = taken & set(rule.qubits)
        if both:
            raise NoiseError(
                f"the circuit has a readout error on qubit {min(both)} already; apply one noise "
                "model, or leave the qubit out"
            )
        outside = [qubit for qubit in rule.qubits if qubit >= size]
        if outside and not allow_unused:
            raise NoiseError(
                f"a qubit with readout error must be in 0..{size - 1}, since the circuit has "
                f"{size} qubits (got {outside[0]})"
            )
        if rule.error.num_qubits > 1:
            return [] if outside else [rule.qubits]
        return [(qubit,) for qubit in rule.qubits if qubit < size]

    # How it is kept.

    def to_dict(self) -> dict[str, Any]:
        """The model as a JSON object."""
        return {
            "kind": _KIND,
            "version": _VERSION,
            "rules": [rule.to_dict() for rule in self._rules],
            "readout": [rule.to_dict() for rule in self._readout],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`; `NoiseError` on anything else."""
        if not isinstance(data, Mapping) or data.get("kind") != _KIND:
            raise NoiseError(f'a noise model must be a JSON object with "kind": "{_KIND}"')
        if type(data.get("version")) is not int or data["version"] != _VERSION:
            raise NoiseError(
                f"this tnsim reads noise models of version {_VERSION} "
                f"(got {data.get('version')!r:.60})"
            )
        if set(data) != {"kind", "version", "rules", "readout"}:
            raise NoiseError(
                "a noise model must have the fields kind, version, rules and readout (got "
                f"{', '.join(map(str, data)):.60})"
            )
        for name in ("rules", "readout"):
            if not isinstance(data[name], list):
                raise NoiseError(
                    f"`{name}` of a noise model must be a list (got {type(data[name]).__name__})"
                )
        return cls(
            [NoiseRule.from_dict(rule) for rule in data["rules"]],
            [ReadoutRule.from_dict(rule) for rule in data["readout"]],
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model to a JSON file."""
        write_text(path, canonical_json(self.to_dict()) + "\n")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a file of `save`; `NoiseError` where it is not one."""
        try:
            data = load_json(Path(path).read_bytes(), kind=_KIND, version=_VERSION)
        except TnsimError as error:
            raise NoiseError(f"{os.fspath(path)}: {error}") from error
        try:
            return cls.from_dict(data)
        except NoiseError as error:
            raise NoiseError(f"{os.fspath(path)}: {error}") from error

    def __repr__(self) -> str:
        count = f"{len(self._rules)} rule{'' if len(self._rules) == 1 else 's'}"
        return f"<NoiseModel: {count}{', readout errors' if self._readout else ''}>"

    def __str__(self) -> str:
        """The rules, one on each line."""
        lines = [repr(self)]
        lines += [f"  {described(rule)}" for rule in self._rules]
        lines += [
            f"  {rule.error!r} on {'all qubits' if rule.qubits is None else list(rule.qubits)}"
            for rule in self._readout
        ]
        return "\n".join(lines)


def _snapshot_of(circuit: Circuit) -> Snapshot:
    if not isinstance(circuit, Circuit):
        raise NoiseError(f"`circuit` must be a Circuit (got {type(circuit).__name__})")
    return circuit.snapshot()


def _unused(index: int, rule: NoiseRule, snapshot: Snapshot) -> NoiseError:
    counts = named_counts(snapshot, np.arange(len(snapshot.columns)))
    gates = ", ".join(f"{name} {count}" for name, count in counts.items()) or "no instructions"
    return NoiseError(
        f"rule {index}, {described(rule)}, must hit an instruction, but hits none; the circuit on "
        f"{snapshot.num_qubits} qubits has {gates}; correct the rule, or say allow_unused=True"
    )


def _listed(qubits: int | Iterable[int]) -> tuple[int, ...]:
    return tuple(qubits) if isinstance(qubits, Iterable) else (qubits,)


def _readout_errors(
    p01: Any, p10: Any, qubits: tuple[int, ...] | None
) -> list[tuple[ReadoutError, tuple[int, ...] | None]]:
    """Errors with their qubits, from one error, two numbers, or two sequences of numbers."""
    if isinstance(p01, ReadoutError):
        if p10 is not None:
            raise NoiseError("`p10` must be left out where a ReadoutError is given")
        return [(p01, qubits)]
    if p10 is None:
        raise NoiseError("`p10` must be given beside `p01`: readout(p01, p10)")
    rows = [list(p) if isinstance(p, Sequence | np.ndarray) else None for p in (p01, p10)]
    if rows == [None, None]:
        return [(ReadoutError(p01, p10), qubits)]
    if qubits is None or any(row is not None and len(row) != len(qubits) for row in rows):
        raise NoiseError(
            "`p01` and `p10` must be numbers, or sequences with an entry for each of `qubits` "
            f"(got {p01!r:.30} and {p10!r:.30} for the qubits {qubits!r:.60})"
        )
    left, right = (
        [p] * len(qubits) if row is None else row for p, row in zip((p01, p10), rows, strict=True)
    )
    return [(ReadoutError(a, b), (qubit,)) for a, b, qubit in zip(left, right, qubits, strict=True)]
