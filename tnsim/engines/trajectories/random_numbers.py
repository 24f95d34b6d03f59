"""Random numbers that are a function of what they are for, not of when they are drawn.

Philox 4x32 with ten rounds (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as
1, 2, 3", SC 2011): a counter is enciphered under a key. The counter here is (place, trajectory),
so every trajectory has its own stream, the same under any number of workers.
"""

from __future__ import annotations

import numpy as np

from .compiled import compiled

__all__ = ["FORK", "OUTCOME", "READOUT", "key_of", "uniform"]

_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_FACTORS = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_STEPS = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_UNIT = 2.0**-53

FORK = 1 << 60
"""The place of the number that says where a trajectory leaves the likeliest one."""
OUTCOME = 2 << 60
"""The place of the number that a measured bit string is drawn by."""
READOUT = 3 << 60
"""From here on, the places of the numbers that errors of the readout are drawn by."""


def key_of(*seeds: int) -> int:
    """A key of 63 bits that is a hash of the given numbers."""
    return int(np.random.SeedSequence(list(seeds)).generate_state(1, np.uint64)[0] >> 1)


@compiled
def words(key: int, place: int, trajectory: int) -> tuple[int, int, int, int]:
    """The four enciphered 32-bit words."""
    k0, k1 = np.uint64(key) & _LOW, np.uint64(key) >> _HALF
    c0, c1 = np.uint64(place) & _LOW, np.uint64(place) >> _HALF
    c2, c3 = np.uint64(trajectory) & _LOW, np.uint64(trajectory) >> _HALF
    for _ in range(10):
        p0, p1 = _FACTORS[0] * c0, _FACTORS[1] * c2
        c0, c1, c2, c3 = (p1 >> _HALF) ^ c1 ^ k0, p1 & _LOW, (p0 >> _HALF) ^ c3 ^ k1, p0 & _LOW
        k0, k1 = (k0 + _STEPS[0]) & _LOW, (k1 + _STEPS[1]) & _LOW
    return c0, c1, c2, c3  # type: ignore[return-value]


@compiled
def uniform(key: int, place: int, trajectory: int) -> float:
    """A number in [0, 1), of 53 bits."""
    c0, c1, _, _ = words(key, place, trajectory)
    bits = (np.uint64(c0) << np.uint64(21)) | (np.uint64(c1) >> np.uint64(11))
    return np.float64(bits) * _UNIT
