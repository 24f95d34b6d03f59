"""The words of OpenQASM 3."""

from __future__ import annotations

import re

from tnsim.circuit.qasm.tokens import Language

__all__ = ["CONSTANTS", "QASM3", "TYPES"]

_SPACE = r"[ \t\r\n\f\v]*+"
_BLANK = rf"{_SPACE}(?:(?://[^\n]*+|/\*(?:[^*]|\*(?!/))*+\*/){_SPACE})*+"
_DIGITS = r"[0-9](?:_?[0-9])*+"
_WORDS = re.compile(
    _BLANK + r"(?:(?P<name>[^\W\d]\w*+)"
    r"|(?P<hardware>\$[0-9]++)"
    r"|(?P<based>0[xX][0-9a-fA-F](?:_?[0-9a-fA-F])*+|0[oO][0-7](?:_?[0-7])*+"
    r"|0[bB][01](?:_?[01])*+)"
    rf"|(?P<timing>(?:{_DIGITS}(?:\.(?:{_DIGITS})?+)?+|\.{_DIGITS})(?:[eE][+-]?{_DIGITS})?+"
    r"[ \t]*+(?:dt|ns|us|µs|μs|ms|s|im)\b)"
    rf"|(?P<real>(?:{_DIGITS}\.(?:{_DIGITS})?+|\.{_DIGITS})(?:[eE][+-]?{_DIGITS})?+"
    rf"|{_DIGITS}[eE][+-]?{_DIGITS})"
    rf"|(?P<integer>{_DIGITS})"
    r'|(?P<string>"[^"\n]*+")'
    r"|(?P<sign>->|\*\*=|<<=|>>=|\*\*|\+\+|&&|\|\||==|!=|<=|>=|<<|>>|[-+*/%&|^~]="
    r"|[;:,(){}\[\]+\-*/%&|^~!<>=@#.?])"
    r"|(?P<end>\Z)"
    r"|(?P<other>.))",
    re.DOTALL,
)

TYPES = frozenset(
    ("bit", "int", "uint", "float", "angle", "bool", "complex", "duration", "stretch", "array")
)
CONSTANTS = {
    "pi": 3.141592653589793,
    "π": 3.141592653589793,
    "tau": 6.283185307179586,
    "τ": 6.283185307179586,
    "euler": 2.718281828459045,
    "ℇ": 2.718281828459045,
}
_KEYWORDS = frozenset(
    ("OPENQASM", "include", "qubit", "qreg", "creg", "gate", "measure", "reset", "barrier")
    + ("if", "else", "for", "while", "in", "let", "const", "input", "output", "ctrl", "negctrl")
    + ("inv", "pow", "gphase", "def", "extern", "return", "break", "continue", "end", "switch")
    + ("case", "default", "defcal", "defcalgrammar", "cal", "pragma", "box", "delay", "opaque")
    + ("durationof", "readonly", "mutable", "void", "true", "false", "nop", "im", "sizeof")
)

QASM3 = Language(
    "OpenQASM 3",
    _KEYWORDS | TYPES,
    frozenset(CONSTANTS),
    _BLANK,
    _WORDS,
    has_block_comments=True,
)
"""The words of the published language (arXiv:2104.14722 and openqasm.com)."""
