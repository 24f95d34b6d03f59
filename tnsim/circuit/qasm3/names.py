"""What names mean: nested blocks of constants, variables, registers and aliases."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Literal

from tnsim.circuit.qasm.arithmetic import Undefined

from .values import Value

__all__ = ["Entry", "Names"]

Kind = Literal["constant", "variable", "register", "parameter"]


@dataclass
class Entry:
    """What a name stands for. The value of a variable changes; type and width check it."""

    kind: Kind
    value: Value
    type: str
    width: int | None
    where: str


class Names:
    """The blocks at hand, the outermost first."""

    def __init__(self) -> None:
        self.blocks: list[dict[str, Entry]] = [{}]
        # Blocks up to here lie outside a condition on measured bits.
        self.outside = 0
        # Of blocks up to here only constants are seen: a gate sees nothing else of the file.
        self.hidden = 0

    @property
    def is_global(self) -> bool:
        """Whether statements stand in no block."""
        return len(self.blocks) == 1

    def find(self, name: str) -> Entry:
        """The innermost meaning of a name; `Undefined` where it has none."""
        for depth in reversed(range(len(self.blocks))):
            entry = self.blocks[depth].get(name)
            if entry is not None and (depth >= self.hidden or entry.kind == "constant"):
                return entry
        if any(name in block for block in self.blocks):
            raise Undefined(f"a gate sees only constants of the file; declare {name!r} as const")
        known = [name for block in self.blocks for name in list(block)[:1000]]
        near = difflib.get_close_matches(name[:40], known, n=1)
        more = f"did you mean {near[0]}?" if near else f"declare it, or `input float {name:.40};`"
        raise Undefined(f"{name!r:.60} has no meaning here; {more}")

    def set(self, name: str, value: Value) -> None:
        """Give a variable a value; `Undefined` where it cannot change."""
        entry = self.find(name)
        if entry.kind != "variable":
            raise Undefined(f"{name!r} is a {entry.kind} ({entry.where}) and cannot be assigned to")
        if any(name in block for block in self.blocks[: self.outside]) and not any(
            name in block for block in self.blocks[self.outside :]
        ):
            raise Undefined(
                f"{name!r} would depend on a measured bit, as it is assigned to under a condition; "
                "only gates and resets can be conditioned"
            )
        entry.value = value
