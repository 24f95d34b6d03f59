"""The text being read: a window over it that moves on, and positions for error messages."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from tnsim.base.errors import CircuitError, QasmError

__all__ = ["EndOfWindow", "Source", "open_source", "whole_text"]

WINDOW = 1 << 18
"""Characters that are read at a time."""


class EndOfWindow(Exception):
    """More text is needed to finish the statement at hand."""


class Source:
    """A window `text` over a stream of characters; what lies before `position` is done with.

    Memory is that of the window: a statement longer than `WINDOW` makes it grow, no number of
    statements does.
    """

    def __init__(self, chunks: Iterator[str]) -> None:
        self._chunks = chunks
        self._lines_before = 0
        self._columns_before = 0
        self._characters_before = 0
        # A place in the window up to which line breaks were counted.
        self._counted = (0, 0)
        self.text = ""
        self.position = 0
        self.is_final = False

    @property
    def characters_read(self) -> int:
        """How many characters lie before `position`, those out of the window included."""
        return self._characters_before + self.position

    def refill(self) -> None:
        """Drop what is done with and read on, at least as much again as is left."""
        self._characters_before += self.position
        self._lines_before, self._columns_before = self._lines_and_columns(self.position)
        self._counted = (0, 0)
        parts = [self.text[self.position :]]
        wanted = len(parts[0]) + 1
        read = 0
        while read < wanted:
            chunk = next(self._chunks, "")
            if not chunk:
                self.is_final = True
                break
            parts.append(chunk)
            read += len(chunk)
        self.text = "".join(parts)
        self.position = 0

    def error(self, message: str, offset: int) -> QasmError:
        """The error at `offset` in the window; lines and columns count from 1."""
        line, column = self._lines_and_columns(offset)
        return QasmError(message, line=line + 1, column=column + 1)

    def place(self, offset: int) -> str:
        """The line of `offset` in the window, for messages that refer back to it.

        Offsets that ascend are cheap: line breaks are counted on from the last one.
        """
        start, lines = self._counted if self._counted[0] <= offset else (0, 0)
        lines += self.text.count("\n", start, offset)
        self._counted = (offset, lines)
        return f"line {self._lines_before + lines + 1}"

    def _lines_and_columns(self, offset: int) -> tuple[int, int]:
        lines = self.text.count("\n", 0, offset)
        if not lines:
            return self._lines_before, self._columns_before + offset
        return self._lines_before + lines, offset - self.text.rfind("\n", 0, offset) - 1


def whole_text(text: str) -> Source:
    """A source whose only window is `text`."""
    source = Source(iter(()))
    source.text, source.is_final = text, True
    return source


def open_source(text_or_path: str | os.PathLike[str]) -> tuple[Source, TextIO | None]:
    """The source of a text or of a file; the file, to be closed, where there is one.

    A `str` is OpenQASM text if it holds a `;` or a line break, and else a path.
    """
    if not isinstance(text_or_path, str | os.PathLike):
        raise CircuitError(
            "OpenQASM text or the path of a file is expected, as str or a pathlib.Path "
            f"(got {type(text_or_path).__name__})"
        )
    if isinstance(text_or_path, str) and (";" in text_or_path or "\n" in text_or_path):
        return Source(_pieces(text_or_path.removeprefix("\ufeff"))), None
    if isinstance(text_or_path, str) and not _names_a_file(text_or_path):
        message = (
            "OpenQASM text or the path of a file is expected, but this is neither "
            f"(got {text_or_path!r:.60})"
        )
        raise QasmError(message, line=1, column=1)
    # Bytes that are no UTF-8 become surrogates: harmless in a comment, refused elsewhere.
    file = Path(text_or_path).open(encoding="utf-8-sig", errors="surrogateescape", newline="")  # noqa: SIM115
    return Source(iter(lambda: file.read(WINDOW), "")), file


def _pieces(text: str) -> Iterator[str]:
    for start in range(0, len(text), WINDOW):
        yield text[start : start + WINDOW]


def _names_a_file(text: str) -> bool:
    try:
        return bool(text) and Path(text).exists()
    except (OSError, ValueError):
        return False
