"""Rules: what they hit, what they refuse, and their JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tnsim.base.errors import NoiseError
from tnsim.base.parameters import Parameter
from tnsim.noise import (
    NoiseRule,
    ReadoutError,
    ReadoutRule,
    arity,
    bit_flip,
    depolarizing,
    everything,
    gates,
    noise_rule,
    position,
)

ONE, TWO = bit_flip(0.1), depolarizing(0.1, num_qubits=2)


class View:
    """rx 0; rx 1; cx 0 1; cx 1 2; barrier."""

    names = ("rx", "cx", "barrier")
    opcode = np.array([0, 0, 1, 1, 2])
    num_qubits = np.array([1, 1, 2, 2, 0])
    position = np.arange(5)

    def qubits_of_slot(self, slot: int) -> NDArray[Any]:
        return np.array([[0, 1, 0, 1, -1], [-1, -1, 1, 2, -1]][slot])


def hits(rule: NoiseRule) -> list[int]:
    return np.flatnonzero(rule.select(View())).tolist()


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (noise_rule(ONE, gates="rx"), [0, 1]),
        (noise_rule(ONE, gates=["rx", "cx"]), [0, 1, 2, 3]),
        (noise_rule(ONE, arity=2), [2, 3]),
        (noise_rule(ONE, arity=[1, 2]), [0, 1, 2, 3]),
        (noise_rule(ONE, gates=("rx", "cx"), qubits=0), [0, 2]),
        (noise_rule(ONE, gates=("rx", "cx"), qubits=[2]), [3]),
        (noise_rule(ONE, gates="cx", where=position(slice(3, None))), [3]),
        (noise_rule(ONE, where=gates("rx") & ~position(0)), [1]),
        (noise_rule(TWO, gates="cx"), [2, 3]),
        (noise_rule(TWO, arity=2, qubits=[0, 1]), [2]),
        (noise_rule(TWO, arity=2, qubits=[1]), []),
        (noise_rule(TWO, "replace", gates="cx"), [2, 3]),
        (noise_rule(ONE, "replace", gates="rx", qubits=[1]), [1]),
        (noise_rule(ONE, "before", gates="cz"), []),
    ],
)
def test_hits(rule: NoiseRule, expected: list[int]) -> None:
    assert hits(rule) == expected


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (
            noise_rule(TWO),
            r"channel on 2 qubits must stand after .*'rx' at position 0 acts on 1 .* with arity=2",
        ),
        (noise_rule(TWO, "before", gates=["rx", "cx"], qubits=[0, 1]), "stand before .* 'rx'"),
        (noise_rule(ONE, "replace", gates="cx"), "must replace instructions .* 'cx' at position 2"),
        (noise_rule(ONE), "'barrier' at position 4 acts on 0"),
    ],
)
def test_channels_that_do_not_fit(rule: NoiseRule, message: str) -> None:
    with pytest.raises(NoiseError, match=message):
        rule.select(View())


RULES: list[NoiseRule] = [
    noise_rule(ONE),
    noise_rule(TWO, "replace", gates="cx", qubits=[3, 4, 3], arity=2, where=~position(0)),
    noise_rule(bit_flip(2 * Parameter("p")), "before", where=gates("a") | arity(3)),
]


@pytest.mark.parametrize("rule", RULES)
def test_rules_round_trip(rule: NoiseRule) -> None:
    data = json.loads(json.dumps(rule.to_dict()))
    assert NoiseRule.from_dict(data) == rule
    assert NoiseRule.from_dict(data).to_dict() == data
    with pytest.raises(NoiseError, match="'surprise' is unknown"):
        NoiseRule.from_dict({**data, "surprise": 1})
    for name in list(data):
        value = data.pop(name)
        with pytest.raises(NoiseError):
            NoiseRule.from_dict(data)
        data[name] = value


def test_qubits_are_kept_once() -> None:
    assert RULES[1].qubits == (3, 4)


@pytest.mark.parametrize(
    "rule",
    [
        ReadoutRule(ReadoutError(0.1, 0.2)),
        ReadoutRule(ReadoutError(Parameter("p"), 0.2), (3, 5)),
        ReadoutRule(ReadoutError.from_matrix(np.eye(4)), (5, 3)),
    ],
)
def test_readout_rules_round_trip(rule: ReadoutRule) -> None:
    data = json.loads(json.dumps(rule.to_dict()))
    assert ReadoutRule.from_dict(data) == rule
    assert ReadoutRule.from_dict(data).qubits == rule.qubits
    with pytest.raises(NoiseError, match="'surprise' is unknown"):
        ReadoutRule.from_dict({**data, "surprise": 1})


def rule_data(**changes: Any) -> dict[str, Any]:
    return {**noise_rule(ONE).to_dict(), **changes}


WRONG: list[tuple[Callable[[], Any], str]] = [
    (lambda: noise_rule(0.1), r"`channel` must be a Channel \(got float\)"),
    (lambda: noise_rule(ONE, "around"), r"one of before, after, replace \(got 'around'\)"),
    (lambda: noise_rule(ONE, gates=[]), "`gates` must be names"),
    (lambda: noise_rule(ONE, arity=0), r"`arity` must be integers of at least 1"),
    (lambda: noise_rule(ONE, qubits=[-1]), r"`qubits` must be integers of at least 0 \(got -1\)"),
    (lambda: noise_rule(ONE, qubits=[]), r"`qubits` must be integers, at least one"),
    (lambda: noise_rule(ONE, where="cx"), r"a selector must be made by .* \(got 'cx'\)"),
    (lambda: NoiseRule(ONE, "after", "cx"), r"a selector must be made by"),
    (lambda: NoiseRule.from_dict([]), r'with "kind": "noise_rule" \(got \'list\'\)'),
    (lambda: NoiseRule.from_dict(rule_data(version=9)), r"reads noise_rule of version 1 \(got 9\)"),
    (lambda: NoiseRule.from_dict(rule_data(channel=1)), 'a channel must be an object with "kind"'),
    (lambda: NoiseRule.from_dict(rule_data(placement=["after"])), r"`placement` must be one of"),
    (lambda: NoiseRule.from_dict(rule_data(selector=None)), '"select" is one of'),
    (lambda: NoiseRule.from_dict(rule_data(qubits="0")), "`qubits` must be a list of at least 1"),
    (lambda: NoiseRule.from_dict(rule_data(qubits=[-1])), "at least 0"),
    (lambda: ReadoutRule(0.1), r"`error` must be a ReadoutError \(got float\)"),
    (lambda: ReadoutRule(ReadoutError(0, 0), (1, 1)), r"name each qubit once \(got \[1, 1\]\)"),
    (
        lambda: ReadoutRule(ReadoutError.from_matrix(np.eye(4))),
        r"the 2 qubits of the correlated readout error, in order \(got None\)",
    ),
    (
        lambda: ReadoutRule(ReadoutError.from_matrix(np.eye(4)), (0, 1, 2)),
        r"the 2 qubits of the correlated readout error",
    ),
]


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_wrong_rules(number: int) -> None:
    make, message = WRONG[number]
    with pytest.raises(NoiseError, match=message):
        make()


def test_everything_is_the_default() -> None:
    assert noise_rule(ONE).selector == everything()
