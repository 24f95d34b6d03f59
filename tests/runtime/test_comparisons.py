"""Several methods side by side, and the picture of their convergence."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import tnsim
from tnsim.base.errors import QueryError
from tnsim.runtime import comparison as module
from tnsim.runtime.auto_engine import agreed

CIRCUIT = tnsim.Circuit(5).ry(tnsim.Parameter("theta"), range(5)).cx(range(4), range(1, 5))
QUERY = tnsim.Expectation("Z0 Z4")


def test_methods_agree_and_the_exact_one_is_best() -> None:
    found = tnsim.compare(CIRCUIT, QUERY, methods=["exact", "mps", "pauli_propagation"], theta=0.3)
    assert list(found.results) == ["exact", "mps", "pauli_propagation"]
    assert found.best.method == "exact"
    assert found.agrees
    text = repr(found)
    assert "kind of error" in text
    assert "rounding" in text
    assert json.loads(json.dumps(found.to_dict()))["kind"] == "comparison"


def test_methods_that_cannot_answer_say_why() -> None:
    noise = tnsim.NoiseModel().after(tnsim.noise.depolarizing(0.1))
    found = tnsim.compare(CIRCUIT, QUERY, methods=["exact", "mps"], noise=noise, theta=0.3)
    assert list(found.refused) == ["mps"]
    assert "mpdo" in found.refused["mps"]
    assert f"mps: {found.refused['mps']}" in repr(found)


def test_options_stand_in_the_label() -> None:
    methods: list[Any] = [tnsim.MPS(max_bond=2), tnsim.MPS(max_bond=4)]
    found = tnsim.compare(CIRCUIT, QUERY, methods=methods, theta=0.3)
    assert list(found.results) == ["mps(max_bond=2)", "mps(max_bond=4)"]


def test_disagreement_is_measured_beyond_the_errors() -> None:
    results = {
        "a": tnsim.Result(np.float64(0.5), "a", np.float64(0.01), "estimate"),
        "b": tnsim.Result(np.float64(0.6), "b", np.float64(0.02), "estimate"),
    }
    found = module.Comparison(results, {})
    assert found.best is results["a"]
    assert found.disagreement["b"] == pytest.approx(0.07, abs=1e-8)
    assert not found.agrees
    assert "b is 7.0e-02 further from the best" in repr(found)


def test_an_error_grows_to_what_others_say() -> None:
    assert agreed(0.5, 0.01, [(0.6, 0.02)]) == pytest.approx(0.08)
    assert agreed(0.5, 0.01, [(0.505, 0.0)]) == pytest.approx(0.01)


def test_an_interrupt_keeps_what_was_finished(monkeypatch: pytest.MonkeyPatch) -> None:
    real = module.compile

    def interrupted(*arguments: Any, **options: Any) -> Any:
        if options["method"] == "mps":
            raise KeyboardInterrupt
        return real(*arguments, **options)

    monkeypatch.setattr(module, "compile", interrupted)
    found = tnsim.compare(CIRCUIT, QUERY, methods=["exact", "mps", "mpdo"], theta=0.3)
    assert list(found.results) == ["exact"]
    assert set(found.refused) == {"mps", "mpdo"}


@pytest.mark.parametrize("methods", [[], "exact"])
def test_methods_must_be_a_list(methods: Any) -> None:
    with pytest.raises(QueryError, match="`methods` must be a list"):
        tnsim.compare(CIRCUIT, QUERY, methods=methods, theta=0.3)


def test_without_any_answer_there_is_no_best() -> None:
    with pytest.raises(QueryError, match=r"no method has an answer \(mps: too small"):
        module.Comparison({}, {"mps": "too small"}).best  # noqa: B018


def test_convergence_is_drawn() -> None:
    pytest.importorskip("matplotlib")
    methods: list[Any] = ["exact", tnsim.PauliPropagation(target_error=1e-6), "mps"]
    found = tnsim.compare(CIRCUIT, QUERY, methods=methods, theta=0.3)
    axes = tnsim.plot_convergence(found)
    labels = axes.get_legend_handles_labels()[1]
    assert "exact" in labels
    assert len(labels) >= 2
    with pytest.raises(QueryError, match="convergence table"):
        tnsim.plot_convergence(found.results["exact"])
