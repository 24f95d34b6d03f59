"""qsim's text format: amplitudes that its own tests publish, round trips, and bad files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given

import tnsim
from tests import strategies
from tests.circuit.dense_unitary import unitary_of
from tests.interop.dense_channel import assert_same_to_phase
from tests.oracle import embed
from tests.oracle_circuits import final_vector
from tests.oracle_gates import FIXED, controlled, rotation
from tnsim import interop

# tests/simulator_testfixture.h of qsim (Apache 2.0): the gates, and the amplitudes of |00000>,
# |10000>, |01000>, |11000>, qubit 0 first, to 1e-6.
FIVE = """5
0 h 0\n0 h 1\n0 h 2\n0 h 3\n0 h 4
1 t 0\n1 t 1\n1 t 2\n1 t 3\n1 t 4
2 cz 0 1
3 x 0\n3 y 1
4 is 1 2
5 x_1_2 1\n5 y_1_2 2
6 cnot 2 3
7 rx 2 0.9\n7 ry 3 0.2
8 fs 3 4 0.4 0.6
9 rxy 3 0.8 0.1\n9 rz 4 0.4
10 cp 0 1 0.7
11 y_1_2 3\n11 rx 4 0.3
"""
AMPLITUDES = [
    0.05261526 - 0.03246338j,
    0.02790548 - 0.02198864j,
    0.10250939 - 0.02654653j,
    -0.03221833 - 0.11284899j,
]
ONE = "1\n0 h 0\n1 t 0\n2 rx 0 0.5\n3 rxy 0 0.4 0.3\n4 z 0\n5 hz_1_2 0\n"


def test_published_amplitudes() -> None:
    vector = final_vector(interop.from_qsim(FIVE), {}).reshape((2,) * 5)
    found = [vector[a, b, 0, 0, 0] for b in (0, 1) for a in (0, 1)]
    np.testing.assert_allclose(found, AMPLITUDES, atol=1e-6)
    found_one = final_vector(interop.from_qsim(ONE), {})
    wanted = [0.37798857 + 0.66353267j, 0.41492094 - 0.49466114j]
    np.testing.assert_allclose(found_one, wanted, atol=1e-6)


@given(circuit=strategies.circuits(max_qubits=4, numbers=strategies.angles, matrices=False))
def test_out_and_back(circuit: tnsim.Circuit) -> None:
    back = interop.from_qsim(interop.to_qsim(circuit))
    assert_same_to_phase(unitary_of(back), unitary_of(circuit))


def test_global_phases_stand_in_a_comment() -> None:
    text = interop.to_qsim(tnsim.Circuit(1).x(0).gphase(0.5))
    assert text == "# Global phase, for which the format has no word: 0.5\n1\n0 x 0\n"


@pytest.mark.parametrize("controls", [(0,), (0, 3), (3, 0, 1)])
@pytest.mark.parametrize("line", ["x 2", "t 2", "h 2", "rx 2 0.4", "x_1_2 2"])
def test_controlled_gates(controls: tuple[int, ...], line: str) -> None:
    matrices = {"x": FIXED["x"], "t": FIXED["t"], "h": FIXED["h"], "x_1_2": FIXED["sx"]}
    name = line.split(maxsplit=1)[0]
    matrix = rotation("X", 0.4) if name == "rx" else matrices[name]
    ours = interop.from_qsim(f"4\n0 c {' '.join(map(str, controls))} {line}\n")
    wanted = embed(controlled(matrix, len(controls)), [*controls, 2], 4)
    np.testing.assert_allclose(unitary_of(ours), wanted, atol=1e-12)
    pair = interop.from_qsim("4\n0 c 3 fs 0 1 0.5 0.25\n")
    fsim = unitary_of(tnsim.Circuit(2).fsim(0.5, 0.25, 0, 1))
    np.testing.assert_allclose(unitary_of(pair), embed(controlled(fsim), [3, 0, 1], 4), atol=1e-12)


def test_files_and_measurements(tmp_path: Path) -> None:
    path = tmp_path / "circuit"
    ours = tnsim.Circuit(3).h(0).cx(0, 1).barrier().measure([0, 1, 2])
    path.write_text(interop.to_qsim(ours))
    back = interop.from_qsim(path)
    assert back.measured == ours.measured
    assert back.counts() == {"measure": 3, "h": 1, "cx": 1}
    assert interop.from_qsim("# a comment\n\n2\n0 id2 1 0\n").counts() == {"id": 2}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\n", "must begin with the number of qubits"),
        ("x\n0 h 0\n", "line 1: the number of qubits must be an integer"),
        ("2 3\n", "line 1: .*number of qubits alone"),
        ("2\n0 h\n", "line 2: a gate must be"),
        ("2\n0 foo 0\n", "line 2: 'foo' is no gate"),
        ("2\n0 h 0 1\n", "line 2: h takes 1 qubits, then 0 angles"),
        ("2\n0 h 5\n", r"line 2: a qubit must be in 0..1 \(got 5\)"),
        ("2\n0 h -1\n", "line 2: a qubit must be an integer"),
        ("2\n0 rx 0 much\n", "line 2: an angle must be a number"),
        ("2\n0 rx 0 nan\n", "line 2: .*finite"),
        ("2\n0 cz 1 1\n", "line 2: .*differ"),
        ("2\n1 h 0\n1 x 0\n", "line 3: .*rising times"),
        ("2\n0 c h 0\n", "line 2: a controlled gate"),
        ("9\n0 c 0 1 2 3 4 5 6 7 t 8\n", "line 2: .*at most 8 qubits"),
    ],
)
def test_bad_files(text: str, message: str) -> None:
    with pytest.raises(tnsim.CircuitError, match=message):
        interop.from_qsim(text)


def test_what_cannot_go_out(tmp_path: Path) -> None:
    with pytest.raises(tnsim.CircuitError, match=r"reset \(instruction 0\)"):
        interop.to_qsim(tnsim.Circuit(1).reset(0))
    with pytest.raises(tnsim.CircuitError, match="a is not bound"):
        interop.to_qsim(tnsim.Circuit(1).rx(tnsim.Parameter("a"), 0))
    with pytest.raises(tnsim.CircuitError, match="on 2 qubits"):
        interop.to_qsim(tnsim.Circuit(2).unitary(np.eye(4), 0, 1))
    with pytest.raises(tnsim.CircuitError, match="cannot be read"):
        interop.from_qsim(tmp_path / "none")
