"""The public names are pinned: a new or a lost one is a decision, not an accident."""

from __future__ import annotations

import inspect

import pytest

import tnsim

NAMES = """
    MPDO MPS PEPS Amplitudes BudgetError Circuit CircuitError Comparison Expectation Fidelity
    NoiseError NoiseModel Parameter PauliPropagation PauliSum Probabilities Program Purity
    QasmError QueryError ReducedDensityMatrix Result Samples Schedule TnsimError Trajectories
    Variance asap_schedule compare compile contraction idle_noise interop lattices noise
    plot_convergence run
""".split()


def test_names_are_pinned() -> None:
    assert list(tnsim.__all__) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_name_resolves(name: str) -> None:
    found = getattr(tnsim, name)
    assert getattr(tnsim, name) is found
    assert name in dir(tnsim)
    if inspect.isclass(found) or inspect.isfunction(found):
        assert found.__name__ == name
        assert found.__doc__


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'tnsim' has no attribute 'Circut'"):
        _ = tnsim.Circut  # type: ignore[attr-defined]


def test_every_error_is_a_tnsim_error() -> None:
    for name in NAMES:
        if name.endswith("Error"):
            assert issubclass(getattr(tnsim, name), tnsim.TnsimError)
    assert issubclass(tnsim.QasmError, tnsim.CircuitError)


@pytest.mark.parametrize("room", ["contraction", "interop", "lattices", "noise"])
def test_rooms_say_what_is_public(room: str) -> None:
    module = getattr(tnsim, room)
    assert module.__name__ == f"tnsim.{room}"
    assert list(module.__all__) == sorted(module.__all__)
    for name in module.__all__:
        assert hasattr(module, name)
