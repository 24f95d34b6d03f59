"""The words of OpenQASM 2."""

from __future__ import annotations

import re

from tnsim.circuit.qasm.tokens import Language

__all__ = ["QASM2"]

_BLANK = r"[ \t\r\n\f\v]*+(?://[^\n]*+[ \t\r\n\f\v]*+)*+"
_WORDS = re.compile(
    _BLANK + r"(?:(?P<name>[A-Za-z_][A-Za-z0-9_]*+)"
    r"|(?P<real>(?:[0-9]++\.[0-9]*+|\.[0-9]++)(?:[eE][+-]?[0-9]++)?+|[0-9]++[eE][+-]?[0-9]++)"
    r"|(?P<integer>[0-9]++)"
    r'|(?P<string>"[^"\n]*+")'
    r"|(?P<sign>->|==|[;,(){}\[\]+\-*/^])"
    r"|(?P<end>\Z)"
    r"|(?P<other>.))",
    re.DOTALL,
)

QASM2 = Language(
    "OpenQASM 2",
    frozenset(
        ("OPENQASM", "include", "qreg", "creg", "gate", "opaque", "measure", "reset", "barrier")
        + ("if",)
    ),
    frozenset(("pi",)),
    _BLANK,
    _WORDS,
)
"""The words of the published language (arXiv:1707.03429), and names with capital letters."""
