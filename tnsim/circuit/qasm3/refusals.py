"""What OpenQASM 3 has and a circuit has not: why, and what to do instead."""

from __future__ import annotations

__all__ = ["REFUSED"]

_SUBROUTINE = "subroutines are not read; write the statements out, or define a gate"
_TIMING = "durations are not read, since a circuit has no timing; leave it out, or add noise for it"
_PULSES = "calibrations are not read; a circuit has no pulses; leave them out"

REFUSED: dict[str, str] = {
    "def": _SUBROUTINE,
    "return": _SUBROUTINE,
    "extern": "functions outside the file are not read; write their values into the program",
    "while": "while is not read, as a circuit has a fixed length; write a for loop",
    "break": "break is not read; give the loop the values that it shall take",
    "continue": "continue is not read; put what follows under an if",
    "end": "end is not read; leave out what follows it",
    "switch": "switch is not read; write it as if and else",
    "delay": _TIMING,
    "box": _TIMING,
    "duration": _TIMING,
    "stretch": _TIMING,
    "durationof": _TIMING,
    "nop": _TIMING,
    "defcal": _PULSES,
    "defcalgrammar": _PULSES,
    "cal": _PULSES,
    "array": "arrays are not read; use registers and single variables",
    "complex": "complex numbers are not read; use real ones",
    "pragma": "pragmas are not read, as they may change what the program means; leave them out",
    "#": "pragmas are not read, as they may change what the program means; leave them out",
    "@": "annotations are not read, as they may change what the program means; leave them out",
    "opaque": "opaque gates are not read, as the file does not say what they do; define the gate",
}
"""By the first word of a statement the message that refuses it."""
