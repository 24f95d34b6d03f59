"""What a noise model does to a circuit, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tnsim.noise import NoiseRule

from .snapshot import Snapshot

__all__ = ["NoiseReport", "RuleHits", "described"]


@dataclass(frozen=True, eq=False)
class RuleHits:
    """One rule: the rows of the circuit that it hits, and how many of each gate they are."""

    rule: NoiseRule
    rows: NDArray[np.int64]
    gates: dict[str, int]

    def __len__(self) -> int:
        """The number of instructions hit."""
        return len(self.rows)


@dataclass(frozen=True, eq=False)
class NoiseReport:
    """Which rule hits which instructions, and which gates stay without noise.

    `silent` counts, by name, the gates that no rule hits; `readout` the qubits read with error.
    Prints as a table.
    """

    rules: tuple[RuleHits, ...]
    silent: dict[str, int]
    readout: tuple[int, ...]
    num_qubits: int

    def __getitem__(self, index: int) -> RuleHits:
        return self.rules[index]

    def __len__(self) -> int:
        """The number of rules."""
        return len(self.rules)

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON data."""
        rules = [
            {"rule": described(hits.rule), "rows": hits.rows.tolist(), "gates": hits.gates}
            for hits in self.rules
        ]
        return {"rules": rules, "silent": self.silent, "readout": list(self.readout)}

    def __str__(self) -> str:
        lines = [("rule", "hits", "gates")]
        lines += [
            (described(hits.rule), str(len(hits)), _counted(hits.gates)) for hits in self.rules
        ]
        lines.append(("no noise", str(sum(self.silent.values())), _counted(self.silent)))
        if self.readout:
            share = f"{len(self.readout)} of {self.num_qubits} qubits"
            lines.append(("readout error", str(len(self.readout)), share))
        widths = [max(len(line[k]) for line in lines) for k in (0, 1)]
        return "\n".join(
            f"{rule.ljust(widths[0])}  {hits.rjust(widths[1])}  {gates}".rstrip()
            for rule, hits, gates in lines
        )

    __repr__ = __str__


def made_report(
    snapshot: Snapshot,
    hits: Sequence[tuple[NoiseRule, NDArray[np.int64]]],
    readout: Sequence[int],
) -> NoiseReport:
    """The report of rules and the rows that they hit."""
    columns, operations = snapshot.columns, snapshot.operations
    plain = [operation.inner or operation for operation in operations]
    is_gate = np.array([operation.kind == "unitary" for operation in plain])[columns.opcode]
    for _, rows in hits:
        is_gate[rows] = False
    silent = named_counts(snapshot, np.flatnonzero(is_gate))
    rules = tuple(RuleHits(rule, rows, named_counts(snapshot, rows)) for rule, rows in hits)
    return NoiseReport(rules, silent, tuple(sorted(readout)), snapshot.num_qubits)


def named_counts(snapshot: Snapshot, rows: NDArray[np.int64]) -> dict[str, int]:
    """How many of these rows are of each name, the most frequent first."""
    counts: dict[str, int] = {}
    found = np.bincount(snapshot.columns.opcode[rows], minlength=1)
    for code in np.flatnonzero(found).tolist():
        name = snapshot.operations[code].name
        counts[name] = counts.get(name, 0) + int(found[code])
    return dict(sorted(counts.items(), key=lambda item: -item[1]))


def described(rule: NoiseRule) -> str:
    """A rule in one line: "depolarizing(...) after gates('cx') on qubits [0, 1]"."""
    text = f"{rule.channel!r} {rule.placement} {rule.selector!r}"
    if rule.qubits is None:
        return text
    listed = str(list(rule.qubits)) if len(rule.qubits) <= 8 else f"{len(rule.qubits)} of them"
    return f"{text} on qubits {listed}"


def _counted(gates: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in gates.items())
