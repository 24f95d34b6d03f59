"""Short tables for people: names on the left, values on the right."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["format_columns", "format_count", "format_seconds", "format_table"]


def format_table(rows: Sequence[tuple[str, str]]) -> str:
    """Rows as lines with the second column aligned.

    >>> print(format_table([("a", "1"), ("long", "2")]))
    a     1
    long  2
    """
    width = max((len(name) for name, _ in rows), default=0)
    lines = []
    for name, text in rows:
        first, *rest = text.split("\n")
        lines.append(f"{name:<{width}}  {first}")
        lines.extend(f"{'':<{width}}  {line}" for line in rest)
    return "\n".join(lines)


def format_columns(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells in aligned columns, the first to the left and the others to the right.

    >>> print(format_columns([("name", "n"), ("a", "10")]))
    name   n
    a     10
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for first, *rest in rows:
        cells = [cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True)]
        lines.append("  ".join([first.ljust(widths[0]), *cells]).rstrip())
    return "\n".join(lines)


def format_seconds(seconds: float) -> str:
    """A duration with about three digits.

    >>> format_seconds(0.00123), format_seconds(90.0), format_seconds(7500)
    ('1.23 ms', '90 s', '2 h 05 min')
    """
    if seconds < 0.1:
        return f"{seconds * 1e3:.3g} ms"
    if seconds < 120:
        return f"{seconds:.3g} s"
    minutes = round(seconds / 60)
    if minutes < 120:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours < 100 else f"{hours / 24:.3g} days"


def format_count(number: float) -> str:
    """A count: in full below a million, else with a power of ten.

    >>> format_count(1234), format_count(2e9)
    ('1234', '2.0e+09')
    """
    return f"{number:.0f}" if number < 1e6 else f"{number:.1e}"
