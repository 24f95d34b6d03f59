"""Channels as JSON: exact round trips, and refusal of everything else."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from tnsim.base.errors import NoiseError
from tnsim.base.parameters import Parameter
from tnsim.noise import (
    Channel,
    amplitude_damping,
    bit_flip,
    bit_phase_flip,
    correlated_pauli,
    depolarizing,
    from_transfer_matrix,
    generalized_amplitude_damping,
    identity,
    kraus,
    mixed_unitary,
    over_rotation,
    pauli,
    pauli_lindblad,
    phase_damping,
    phase_flip,
    reset,
    thermal_relaxation,
)
from tnsim.noise.laws import LAWS

p, q = Parameter("p"), Parameter("q")
H = np.array([[1, 1], [1, -1]]) / np.sqrt(2)
CHANNELS = [
    amplitude_damping(0.1),
    bit_flip(2 * p + 0.25),
    bit_phase_flip(p),
    phase_flip(1 / 3),
    correlated_pauli(p, 0.1, q, 0.5),
    depolarizing(p, num_qubits=3),
    from_transfer_matrix(np.diag([1, 0.5, 0.5, 0.25])),
    generalized_amplitude_damping(p, q),
    identity(2),
    kraus([H]),
    mixed_unitary([(p, H), (1 - p, np.eye(2))]),
    over_rotation("XZ", p),
    over_rotation([1, 2, 3], 0.1),
    pauli({"XX": 0.1, "ZY": p}),
    pauli_lindblad({"XX": 0.1, "ZY": p}),
    phase_damping(p),
    reset(p, 0.1),
    thermal_relaxation(50.0, 30.0, p),
    thermal_relaxation(float("inf"), 30.0, p),
    bit_flip(p) @ phase_flip(q),
    (bit_flip(p) @ phase_flip(q)).tensor(amplitude_damping(0.1)),
]


def test_every_law_is_tried() -> None:
    assert {channel.kind for channel in CHANNELS} == set(LAWS)


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda c: c.kind)
def test_round_trip(channel: Channel) -> None:
    text = json.dumps(channel.to_dict(), allow_nan=False)
    again = Channel.from_dict(json.loads(text))
    assert again == channel
    assert again.to_dict() == channel.to_dict()
    assert again.strengths == channel.strengths
    np.testing.assert_array_equal(again.transfer_form.constants, channel.transfer_form.constants)
    assert again.transfer_form.key == channel.transfer_form.key


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda c: c.kind)
def test_unknown_and_missing_fields_are_refused(channel: Channel) -> None:
    data = channel.to_dict()
    for where in (data, data["law"], data["strengths"]):
        where["surprise"] = 1
        with pytest.raises(NoiseError, match="'surprise' is unknown"):
            Channel.from_dict(data)
        del where["surprise"]
        for name in list(where):
            value = where.pop(name)
            with pytest.raises(NoiseError):
                Channel.from_dict(data)
            where[name] = value
    assert Channel.from_dict(data) == channel


def changed(**changes: Any) -> dict[str, Any]:
    return {**bit_flip(0.1).to_dict(), **changes}


def law(name: str, strengths: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    return changed(law={"name": name, **fields}, strengths=strengths or {})


def nested(depth: int) -> dict[str, Any]:
    data: dict[str, Any] = {"name": "kraus"}
    for _ in range(depth):
        data = {"name": "composition", "parts": [data]}
    return changed(law=data)


WRONG = [
    ([], r'a channel must be an object with "kind": "channel" \(got \'list\'\)'),
    (changed(kind="rule"), r'with "kind": "channel" \(got \'rule\'\)'),
    (changed(version=2), r"reads channel of version 1 \(got 2\)"),
    (changed(version=True), r"reads channel of version 1 \(got True\)"),
    (changed(law=3), r'"name" is one of .*bit_flip.* \(got \'int\'\)'),
    (changed(law={"name": "bit_flop"}), r'"name" is one of .*bit_flip.* \(got \'bit_flop\'\)'),
    (changed(law={"name": ["bit_flip"]}), r"\(got \['bit_flip'\]\)"),
    (changed(strengths=[0.1]), "strengths of bit_flip must be a JSON object"),
    (changed(strengths={"p": 2}), r"`p` of bit_flip must be from 0 to 1 \(got 2\)"),
    (changed(strengths={"p": "0.1"}), r"`p` must be a finite real number \(got '0.1'\)"),
    (changed(strengths={"p": None}), r"`p` must be a finite real number \(got None\)"),
    (changed(strengths={"p": True}), r"`p` must be a finite real number \(got True\)"),
    (changed(strengths={"p": float("nan")}), r"`p` must be a finite real number \(got nan\)"),
    (changed(strengths={"p": 10**400}), r"`p` must be a finite real number"),
    (changed(strengths={"p": {"terms": {}}}), r'`p` must be a number or \{"terms"'),
    (changed(strengths={"p": {"terms": [], "constant": 0}}), r'`p` must be a number or \{"terms"'),
    (changed(strengths={"p": {"terms": {"1a": 1}, "constant": 0}}), "`p` cannot be read: `name`"),
    (changed(strengths={"p": {"terms": {"a": "b"}, "constant": 0}}), "finite real number"),
    (law("pauli", {}, labels="XX"), r"labels must be a list of at least 1 of str \(got 'XX'\)"),
    (law("pauli", {}, labels=[]), r"labels must be a list of at least 1 of str \(got \[\]\)"),
    (law("pauli", {}, labels=["A"]), "letters I, X, Y, Z"),
    (law("pauli", {}, labels=["X", "X"]), r"must name each Pauli string once \(got X, X\)"),
    (law("pauli", {}, labels=["II"]), "must not name the identity"),
    (law("depolarizing", {"p": 0.1}, num_qubits="2"), r"`num_qubits` must be an int \(got '2'\)"),
    (law("thermal_relaxation", {}, infinite=["t2"]), "infinite only where t1 is"),
    (law("thermal_relaxation", {}, infinite=[2]), "`infinite` must be a list of str"),
    (law("over_rotation", {"angle": 1}, axis=7), "`axis` must be a Pauli string"),
    (law("kraus", operators=[[1, 0], [0, 1]]), r"`operators` must have shape \(m, 2\^n, 2\^n\)"),
    (law("kraus", operators="no"), "`operators` cannot be read"),
    (law("kraus", operators=[[[1, 0], [0, 2]]]), "must preserve the trace"),
    (law("kraus", operators={"dtype": "O", "shape": [1], "base64": ""}), "cannot be read"),
    (law("mixed_unitary", unitaries=[1]), r"`unitaries` must have shape"),
    (law("from_transfer_matrix", matrix=[[1, [2]]]), "`matrix` cannot be read"),
    (law("composition", parts=[]), "`parts` must be a list of at least 1 of dict"),
    (law("composition", parts=[1]), "`parts` must be a list of at least 1 of dict"),
    (nested(40), "nested at most 32 deep"),
]


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_wrong_files(number: int) -> None:
    data, message = WRONG[number]
    with pytest.raises(NoiseError, match=message):
        Channel.from_dict(data)  # type: ignore[arg-type]


def test_nested_lists_are_read_as_arrays() -> None:
    data = law("kraus", operators=[[[0.6, 0], [0, 0.6]], [[0, 0.8], [0.8, 0]]])
    assert Channel.from_dict(data).transfer_matrix()[3, 3] == pytest.approx(-0.28)
