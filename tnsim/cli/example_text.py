"""Examples under a command's help."""

from __future__ import annotations

__all__ = ["examples"]


def examples(*commands: str) -> str:
    """The paragraph that click leaves as it is (its sign for that is a backspace).

    >>> examples("tnsim doctor")
    '\\x08\\nExamples:\\n  tnsim doctor'
    """
    return "\n".join(("\b", "Examples:", *(f"  {command}" for command in commands)))
