"""Lines for people and scripts."""

from __future__ import annotations

import sys

import click

__all__ = ["say"]

_PLAIN = str.maketrans({"⟨": "<", "⟩": ">", "ψ": "psi"})


def say(text: str, *, err: bool = False, heading: bool = False) -> None:
    """Write a line to stdout or stderr at once; headings are bold on a terminal."""
    stream = sys.stderr if err else sys.stdout
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.translate(_PLAIN).encode(encoding, "backslashreplace").decode(encoding)
    click.echo(click.style(text, bold=True) if heading else text, err=err)
    stream.flush()
