"""The generator is Philox 4x32-10."""

from __future__ import annotations

import numpy as np
import pytest

from tnsim.engines.trajectories import random_numbers

# Known answers of the Random123 library (kat_vectors, philox4x32 10 rounds).
KNOWN = [
    ((0, 0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    (
        (0x299F31D0A4093822, 0x85A308D3243F6A88, 0x0370734413198A2E),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize(("given", "words"), KNOWN)
def test_known_answers(given: tuple[int, int, int], words: tuple[int, ...]) -> None:
    made = random_numbers.words(*(np.uint64(number) for number in given))  # type: ignore[arg-type]
    assert tuple(int(word) for word in made) == words


def test_numbers_are_uniform_and_differ_by_place_and_trajectory() -> None:
    key = random_numbers.key_of(7)
    made = [random_numbers.uniform(key, p, t) for p in range(100) for t in range(100)]
    assert len(set(made)) == 10_000
    assert min(made) >= 0.0 and max(made) < 1.0
    counts = np.histogram(made, bins=20, range=(0, 1))[0]
    # Chi squared of 19 degrees of freedom.
    assert ((counts - 500.0) ** 2 / 500.0).sum() < 50.0


def test_seeds_make_different_keys() -> None:
    keys = {random_numbers.key_of(a, b) for a in range(10) for b in range(10)}
    assert len(keys) == 100
    assert all(0 <= key < 1 << 63 for key in keys)
