"""Noise models: where channels land, what is refused, what is reported and what is kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import circuits, qubit_lists
from tnsim import Circuit, NoiseError, NoiseModel, Parameter
from tnsim import noise as tn
from tnsim.circuit import Instruction
from tnsim.noise import NoiseRule, ReadoutError, noise_rule

FLIP, DAMP = tn.bit_flip(0.1), tn.amplitude_damping(0.2)
PAIR = tn.depolarizing(0.05, num_qubits=2)


def texts(circuit: Circuit) -> list[str]:
    return [str(i) for i in circuit]


def test_channels_stand_where_the_rules_say() -> None:
    model = NoiseModel().after(PAIR, gates="cx").before(FLIP, gates=["h", "cx"])
    model.after(DAMP, gates="cx").replace(FLIP, gates="x")
    circuit = Circuit(3).h(0).x(2).cx(2, 0).rz(0.1, 1).barrier()
    assert texts(model.apply(circuit)) == [
        "bit_flip 0",
        "h 0",
        "bit_flip 2",
        "bit_flip 2",
        "bit_flip 0",
        "cx 2 0",
        "depolarizing 2 0",
        "amplitude_damping 2",
        "amplitude_damping 0",
        "rz(0.1) 1",
        "barrier 0 1 2",
    ]
    assert len(circuit) == 5


def test_qubits_limit_where_a_channel_acts() -> None:
    circuit = Circuit(4).cx(0, 1).cx(1, 2).h(3).ccx(1, 2, 3)
    one = NoiseModel().after(FLIP, qubits=[1, 3]).apply(circuit)
    assert texts(one) == [
        *("cx 0 1", "bit_flip 1", "cx 1 2", "bit_flip 1", "h 3", "bit_flip 3"),
        *("ccx 1 2 3", "bit_flip 1", "bit_flip 3"),
    ]
    two = NoiseModel().after(PAIR, arity=2, qubits=[0, 1]).apply(circuit)
    assert texts(two) == ["cx 0 1", "depolarizing 0 1", "cx 1 2", "h 3", "ccx 1 2 3"]
    exact = NoiseModel().after(PAIR, where=tn.exactly((1, 2), (2, 0))).apply(circuit)
    assert texts(exact)[:3] == ["cx 0 1", "cx 1 2", "depolarizing 1 2"]


def test_selectors_combine() -> None:
    circuit = Circuit(2).h([0, 1]).x([0, 1]).z([0, 1])
    where = (tn.gates("h") | tn.position(slice(3, None))) & ~tn.on(0)
    assert texts(NoiseModel().after(FLIP, where=where).apply(circuit)) == [
        *("h 0", "h 1", "bit_flip 1", "x 0", "x 1", "bit_flip 1"),
        *("z 0", "z 1", "bit_flip 1"),
    ]


def test_positions_are_those_of_the_circuit() -> None:
    circuit = Circuit(1).x(0).barrier().reset(0).x(0)
    assert len(NoiseModel().after(FLIP, where=tn.position(3)).report(circuit)[0]) == 1
    assert len(NoiseModel().after(FLIP, where=tn.position(2)).report(circuit)[0]) == 0


def test_noise_acts_on_gates_unless_others_are_named() -> None:
    circuit = Circuit(1).x(0).reset(0).unitary(np.diag([1, 1j]), 0).channel(DAMP, 0).measure(0)
    assert texts(NoiseModel().after(FLIP).apply(circuit)) == [
        *("x 0", "bit_flip 0", "reset 0", "unitary 0", "bit_flip 0", "amplitude_damping 0"),
        "measure 0 into bit 0",
    ]
    named = NoiseModel().after(FLIP, gates="reset").before(DAMP, gates="measure").apply(circuit)
    assert texts(named) == [
        *("x 0", "reset 0", "bit_flip 0", "unitary 0", "amplitude_damping 0"),
        *("amplitude_damping 0", "measure 0 into bit 0"),
    ]
    with pytest.raises(NoiseError, match="a rule about 'measure' must stand before it"):
        NoiseModel().after(FLIP, gates="measure").apply(circuit)


def test_noise_stands_under_the_condition_of_its_gate() -> None:
    circuit = Circuit(2).measure(0).when([0, 1], [1, 0], Circuit(2).cx(0, 1))
    two = tn.depolarizing(0.1, num_qubits=2)
    model = NoiseModel().after(FLIP, gates="cx").after(two, arity=2)
    assert texts(model.apply(circuit))[1:] == [
        f"{name} if bit 0 is 1 and bit 1 is 0"
        for name in ("cx 0 1", "bit_flip 0", "bit_flip 1", "depolarizing 0 1")
    ]
    assert model.report(circuit).silent == {}


RULES = st.lists(
    st.builds(
        lambda channel, placement, gates, qubits: (channel, placement, gates, qubits),
        st.sampled_from([FLIP, DAMP, tn.depolarizing(Parameter("p"))]),
        st.sampled_from(["before", "after"]),
        st.one_of(
            st.none(), st.sets(st.sampled_from(["h", "cx", "rx", "u", "unitary"]), min_size=1)
        ),
        st.one_of(st.none(), qubit_lists(5)),
    ),
    max_size=4,
)


def placed(circuit: Circuit, rules: list[NoiseRule]) -> list[str]:
    """What `apply` must give, instruction by instruction."""
    found: list[str] = []
    for row in circuit:
        around: dict[str, list[str]] = {"before": [], "after": []}
        for rule in rules:
            if row.operation.kind != "unitary" or not named(rule, row):
                continue
            for qubit in row.qubits:
                if rule.qubits is None or qubit in rule.qubits:
                    strengths = ", ".join(map(str, rule.channel.strengths_symbolic))
                    text = f"{rule.channel.kind}({strengths})" if strengths else rule.channel.kind
                    around[rule.placement].append(f"{text} {qubit}")
        found += [*around["before"], str(row), *around["after"]]
    return found


def named(rule: NoiseRule, row: Instruction) -> bool:
    fields = rule.selector.to_dict()
    return fields["select"] == "everything" or row.name in fields["names"]


@given(circuits(max_gates=20, resets=True), RULES)
def test_application_by_definition(circuit: Circuit, parts: list[Any]) -> None:
    rules = [noise_rule(c, p, gates=g, qubits=q) for c, p, g, q in parts]
    noisy = NoiseModel(rules).apply(circuit, allow_unused=True)
    assert texts(noisy) == placed(circuit, rules)
    assert noisy[: len(noisy)] == noisy
    for rule, hits in zip(rules, NoiseModel(rules).report(circuit).rules, strict=True):
        assert len(hits) == sum(hits.gates.values())
        assert hits.rule == rule


def test_parameters_of_noise() -> None:
    p, q = Parameter("p"), Parameter("q")
    model = NoiseModel().after(tn.bit_flip(p)).after(tn.bit_flip(2 * p), gates="x").readout(q, 0.1)
    assert model.parameters == ("p", "q")
    noisy = model.apply(Circuit(1).x(0).rx(Parameter("t"), 0))
    assert noisy.parameters == ("p", "q", "t")
    bound = noisy.bind(p=0.1, q=0.2, t=0.3)
    assert texts(bound) == [
        "x 0",
        "bit_flip(0.1) 0",
        "bit_flip(0.2) 0",
        "rx(0.3) 0",
        "bit_flip(0.1) 0",
    ]
    assert bound.readout[0].error == ReadoutError(0.2, 0.1)
    with pytest.raises(NoiseError, match=r"`p` of bit_flip must be from 0 to 1 \(got 1\.2\)"):
        noisy.bind(p=0.6)
    with pytest.raises(NoiseError, match="p01"):
        noisy.bind(q=1.5)
    first = model.bind(p=0.1)
    assert first.parameters == ("q",)
    assert texts(first.apply(Circuit(1).x(0))) == ["x 0", "bit_flip 0", "bit_flip 0"]
    with pytest.raises(NoiseError, match=r"no parameter 'z' \(it has: p, q\)"):
        model.bind(z=1)


def test_readout_errors() -> None:
    pair = ReadoutError.from_matrix(np.eye(4)[::-1])
    model = (
        NoiseModel().readout(0.01, 0.02).readout(pair, qubits=[3, 1]).readout(0.1, 0.2, qubits=0)
    )
    found = [(a.qubits, a.error) for a in model.apply(Circuit(5)).readout]
    rest = ReadoutError(0.01, 0.02)
    assert found == [((0,), ReadoutError(0.1, 0.2)), ((2,), rest), ((3, 1), pair), ((4,), rest)]
    each = NoiseModel().readout([0.1, 0.2], 0.3, qubits=[2, 0]).apply(Circuit(3)).readout
    assert [(a.qubits, a.error) for a in each] == [
        ((0,), ReadoutError(0.2, 0.3)),
        ((2,), ReadoutError(0.1, 0.3)),
    ]


def test_cones_hold_what_is_read_together() -> None:
    pair = ReadoutError.from_matrix(np.eye(4)[::-1])
    noisy = NoiseModel().readout(pair, qubits=[2, 0]).apply(Circuit(3).h(range(3)))
    cone = noisy.lightcone(0)
    assert texts(cone) == ["h 0", "h 2"]
    assert [a.qubits for a in cone.readout] == [(2, 0)]
    assert texts(noisy.lightcone(1)) == ["h 1"]


def test_readout_errors_follow_transforms() -> None:
    model = NoiseModel().after(FLIP).readout(0.01, 0.02, qubits=[0, 2])
    noisy = model.apply(Circuit(3).h(range(3)))
    assert [a.qubits for a in noisy.lightcone([2]).readout] == [(2,)]
    assert [a.qubits for a in noisy.relabel([2, 1, 0]).readout] == [(2,), (0,)]
    assert [a.qubits for a in (Circuit(3).x(0) + noisy).readout] == [(0,), (2,)]
    assert Circuit.from_dict(json.loads(json.dumps(noisy.to_dict()))) == noisy
    assert noisy != NoiseModel().after(FLIP).apply(Circuit(3).h(range(3)))


WRONG: list[tuple[Callable[[], Any], str]] = [
    (
        lambda: NoiseModel().after(FLIP, gates="cy").apply(Circuit(2).cx(0, 1).h([0, 1])),
        r"rule 0, bit_flip\(p=0\.1\) after gates\('cy'\), must hit .*has h 2, cx 1; correct",
    ),
    (
        lambda: NoiseModel().after(FLIP).after(FLIP, qubits=[7]).apply(Circuit(2).x(0)),
        r"rule 1, .* on qubits \[7\], must hit an instruction",
    ),
    (lambda: NoiseModel().after(FLIP).apply(Circuit(2)), "the circuit on 2 qubits has no instr"),
    (
        lambda: NoiseModel().after(PAIR).apply(Circuit(2).x(0)),
        r"rule 0, depolarizing.*: a channel on 2 qubits must .*, but 'x' at position 0 acts on 1",
    ),
    (
        lambda: NoiseModel().replace(FLIP, gates="cx").apply(Circuit(2).cx(0, 1)),
        "a channel on 1 qubits must replace instructions on 1 qubits",
    ),
    (
        lambda: NoiseModel().replace(FLIP).replace(DAMP, gates="x").apply(Circuit(2).h(0).x(0)),
        "'x' at position 1 is hit by 2; narrow the rules",
    ),
    (lambda: NoiseModel().after("depolarizing"), r"`channel` must be a Channel \(got str\)"),
    (lambda: NoiseModel().after(FLIP, gates=[]), "`gates` must be names"),
    (lambda: NoiseModel().after(FLIP, where="x"), "a selector must be made by"),
    (lambda: NoiseModel().after(FLIP, qubits=[-1]), "must be integers of at least 0"),
    (lambda: NoiseModel().after(FLIP, arity=1.5), "`arity` must be integers"),
    (lambda: NoiseModel().add(FLIP), r"`rule` must be a NoiseRule \(got Channel\)"),
    (lambda: NoiseModel().readout(0.1), "`p10` must be given beside `p01`"),
    (lambda: NoiseModel().readout(1.1, 0.1), "p01"),
    (lambda: NoiseModel().readout(ReadoutError(0, 0), 0.1), "`p10` must be left out"),
    (lambda: NoiseModel().readout([0.1], [0.1]), "an entry for each of `qubits`"),
    (lambda: NoiseModel().readout([0.1], 0.1, qubits=[0, 1]), "an entry for each of `qubits`"),
    (lambda: NoiseModel().readout(0, 0).readout(0, 0), "all qubits would have"),
    (
        lambda: NoiseModel().readout(0, 0, qubits=[0, 1]).readout(0, 0, qubits=[1]),
        "a qubit must have one readout error, but qubit 1 would have",
    ),
    (
        lambda: NoiseModel().readout(0, 0, qubits=[4]).apply(Circuit(2)),
        r"a qubit with readout error must be in 0\.\.1",
    ),
    (
        lambda: (
            NoiseModel()
            .readout(0, 0, qubits=[0])
            .apply(NoiseModel().readout(0, 0).apply(Circuit(2)))
        ),
        "the circuit has a readout error on qubit 0 already",
    ),
    (lambda: NoiseModel.from_dict({}), 'must be a JSON object with "kind": "noise_model"'),
    (lambda: NoiseModel.from_dict({"kind": "noise_model", "version": 9}), "of version 1"),
    (lambda: NoiseModel.from_dict({"kind": "noise_model", "version": 1}), "must have the fields"),
    (
        lambda: NoiseModel.from_dict({**NoiseModel().to_dict(), "rules": 3}),
        "`rules` of a noise model must be a list",
    ),
    (
        lambda: NoiseModel.from_dict({**NoiseModel().to_dict(), "rules": [3]}),
        "noise_rule must be an object",
    ),
]


@pytest.mark.parametrize(("wrong", "message"), WRONG)
def test_what_is_refused(wrong: Callable[[], Any], message: str) -> None:
    with pytest.raises(NoiseError, match=message):
        wrong()


def test_unused_rules_can_be_allowed() -> None:
    model = (
        NoiseModel().after(FLIP, gates="y").after(FLIP, qubits=[9]).readout(0, 0.1, qubits=[0, 9])
    )
    noisy = model.apply(Circuit(2).x(0), allow_unused=True)
    assert texts(noisy) == ["x 0"]
    assert [a.qubits for a in noisy.readout] == [(0,)]


def test_report() -> None:
    model = (
        NoiseModel().after(FLIP, gates=["x", "h"]).after(PAIR, gates="cz").readout(0, 0.1, qubits=1)
    )
    report = model.report(Circuit(2).h([0, 1]).x(0).cx(0, 1).rz(0.1, [0, 1]).barrier())
    assert report[0].rows.tolist() == [0, 1, 2]
    assert report[0].gates == {"h": 2, "x": 1}
    assert (len(report), len(report[1]), report.silent) == (2, 0, {"rz": 2, "cx": 1})
    assert report.readout == (1,)
    lines = str(report).splitlines()
    assert [line.split() for line in (lines[0], lines[3], lines[4])] == [
        ["rule", "hits", "gates"],
        ["no", "noise", "3", "rz", "2,", "cx", "1"],
        ["readout", "error", "1", "1", "of", "2", "qubits"],
    ]
    assert lines[1].endswith("  h 2, x 1")
    assert lines[2].endswith(" 0")
    assert json.loads(json.dumps(report.to_dict()))["rules"][0]["rows"] == [0, 1, 2]


def model_of_all_kinds() -> NoiseModel:
    where = tn.gates("x", "unitary") & ~tn.on([1]) | tn.exactly((0, 1)) & tn.position(slice(1, 9))
    model = NoiseModel().after(tn.depolarizing(Parameter("p")), where=where, arity=1)
    model.before(PAIR, gates=["cx"], qubits=range(4)).replace(tn.kraus([np.eye(2)]), qubits=[2])
    model.readout(0.01, Parameter("r")).readout(ReadoutError.from_matrix(np.eye(4)), qubits=[1, 0])
    return model


def test_models_are_kept_as_json(tmp_path: Path) -> None:
    model = model_of_all_kinds()
    path = tmp_path / "noise.json"
    model.save(path)
    again = NoiseModel.load(path)
    assert again == model
    assert again.digest == model.digest
    assert again.to_dict() == json.loads(path.read_text())
    assert model != NoiseModel()
    assert model != "model"
    for text in ("", "[]", "{", '{"kind": "circuit"}', '{"kind": "noise_model", "version": 2}'):
        path.write_text(text)
        with pytest.raises(NoiseError, match=r"noise\.json: "):
            NoiseModel.load(path)


def test_models_print_their_rules() -> None:
    lines = str(model_of_all_kinds()).splitlines()
    assert lines[0] == "<NoiseModel: 3 rules, readout errors>"
    assert len(lines) == 6
    assert lines[-1].endswith("on [1, 0]")


def test_a_large_circuit_gets_noise_by_array_operations() -> None:
    wires = np.arange(50_000)
    circuit = Circuit(50_001).h(wires).cx(wires, wires + 1)
    noisy = NoiseModel().after(FLIP).after(PAIR, gates="cx").before(DAMP, qubits=[7]).apply(circuit)
    assert noisy.counts() == {
        "bit_flip": 150_000,
        "h": 50_000,
        "cx": 50_000,
        "depolarizing": 50_000,
        "amplitude_damping": 3,
    }
