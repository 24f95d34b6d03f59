"""Without Qiskit, which the tests with the oldest versions have not, its tests are left out."""

from __future__ import annotations

from importlib.util import find_spec

collect_ignore_glob = (
    [] if find_spec("qiskit_aer") else ["test_qiskit*", "test_aer*", "test_adaptive*"]
)
