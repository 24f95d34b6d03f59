"""The exit codes, with what each says."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["ExitCode"]


class ExitCode(IntEnum):
    """What a process of tnsim returns to its caller; `meaning` says it in words.

    >>> ExitCode.NOTHING_FITS, int(ExitCode.NOTHING_FITS)
    (<ExitCode.NOTHING_FITS: 3>, 3)
    """

    meaning: str

    def __new__(cls, code: int, meaning: str) -> ExitCode:
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    FINE = 0, "done"
    DEFECT = 1, "a defect of tnsim or of the installation; doctor: a check failed"
    BAD_INPUT = 2, "an option, file, circuit, noise model or question is wrong"
    NOTHING_FITS = 3, "nothing fits the memory budget, or memory ran out"
    MISSING_PACKAGE = 4, "an optional package that the request needs is missing"
    INTERRUPTED = 130, "interrupted from the keyboard"
