"""Reading and writing Pauli strings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import pauli_strings
from tnsim.base.errors import QueryError
from tnsim.queries.pauli_text import format_pauli, parse_pauli


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("Z62", [(62, 3)]),
        ("X0 Z1", [(0, 1), (1, 3)]),
        ("Z1*X0", [(0, 1), (1, 3)]),
        ("Z1X0", [(0, 1), (1, 3)]),
        (" Y007 ", [(7, 2)]),
        ("I5 X2", [(2, 1)]),
        ("ZZI", [(0, 3), (1, 3)]),
        ("IIX", [(2, 1)]),
        ("I", []),
        ("I0", []),
        ("X2147483647", [((1 << 31) - 1, 1)]),
    ],
)
def test_readings(text: str, pairs: list[tuple[int, int]]) -> None:
    assert parse_pauli(text) == pairs


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must not be empty"),
        ("  ", "must not be empty"),
        ("z0", "letters are capital"),
        ("X0 A1", "'A' stands at character 3"),
        ("X0 Z", "neither"),
        ("0X", "neither"),
        ("XZ1", "neither"),
        ("X0 X0", "qubit 0 comes twice"),
        ("X0 I0", "qubit 0 comes twice"),
        ("X-1", "'-' stands at character 1"),
        ("X1.5", "'.' stands at character 2"),
        ("X2147483648", "below 2\\^31"),
        ("X" + "9" * 5000, "below 2\\^31"),
        ("Z²", "'²' stands"),
        ("Z٣", "stands at character 1"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, message: str) -> None:
    with pytest.raises(QueryError, match=message) as caught:
        parse_pauli(text)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("value", [3, None, b"Z0", ["Z0"]])
def test_only_text_is_read(value: object) -> None:
    with pytest.raises(QueryError, match="must be text"):
        parse_pauli(value)  # type: ignore[arg-type]


@given(pauli_strings(8))
def test_text_survives_reading_and_writing(text: str) -> None:
    pairs = parse_pauli(text)
    assert parse_pauli(format_pauli(pairs)) == pairs
    assert pairs == sorted(pairs)


@given(st.text("IXYZ0123 *z-", max_size=12))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        pairs = parse_pauli(text)
    except QueryError:
        return
    assert all(letter in {1, 2, 3} for _, letter in pairs)


def test_long_text_is_read_in_linear_time() -> None:
    assert len(parse_pauli(" ".join(f"Z{q}" for q in range(20_000)))) == 20_000
    with pytest.raises(QueryError):
        parse_pauli("X1 " * 100_000 + "!")
