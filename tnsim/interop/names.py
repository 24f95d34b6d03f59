"""Parameter names of other libraries as names of ours: Greek letters are spelled out."""

from __future__ import annotations

import re
import unicodedata

from tnsim.base.errors import CircuitError

__all__ = ["NameBook", "spelled"]

_ALLOWED = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\[[0-9]+\])?\Z")


def spelled(name: str) -> str:
    """`name` with Greek letters written out; `CircuitError` where it is still no identifier.

    >>> spelled("θ[3]"), spelled("Γ_0")
    ('theta[3]', 'Gamma_0')
    """
    text = "".join(letter if letter.isascii() else _word(letter) for letter in name)
    if not _ALLOWED.match(text):
        raise CircuitError(
            f"a parameter must have a name such as 'theta' or 'theta[3]' (got {name!r:.60}); "
            "rename it before the conversion"
        )
    return text


class NameBook:
    """The names met in one conversion; two that would become one are refused."""

    def __init__(self) -> None:
        self._given: dict[str, str] = {}

    def name(self, given: str) -> str:
        """Our name for a parameter called `given`."""
        ours = spelled(given)
        before = self._given.setdefault(ours, given)
        if before != given:
            raise CircuitError(
                f"the parameters {before!r} and {given!r} would both be called {ours!r}; rename one"
            )
        return ours


def _word(letter: str) -> str:
    words = unicodedata.name(letter, "").split()
    if len(words) == 4 and words[0] == "GREEK" and words[2] == "LETTER":
        return words[3].lower() if words[1] == "SMALL" else words[3].capitalize()
    return letter
