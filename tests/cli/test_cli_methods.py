"""Approximate methods on the command line: chosen by name, their errors printed."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest

from tests.cli.command_runner import run_tnsim, write_inputs
from tnsim.cli.request import asked
from tnsim.runtime.methods import METHODS

RUN = ("run", "ghz.qasm", "-e", "Z0 Z2", "--param", "theta=0.3")


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_inputs(tmp_path)
    monkeypatch.chdir(tmp_path)


def test_the_command_line_knows_every_method() -> None:
    @click.command()
    @asked
    def command(request: object) -> None:
        raise AssertionError(request)

    choices = next(p.type for p in command.params if p.name == "method")
    assert isinstance(choices, click.Choice)
    assert tuple(choices.choices) == METHODS


def test_an_approximate_answer_tells_its_error() -> None:
    done = run_tnsim(*RUN, "--method", "mpdo", "--target-error", "0.01")
    assert done.code == 0
    assert "at most" in done.out
    assert "by mpdo)" in done.out


def test_errors_stand_beside_values_in_json() -> None:
    done = run_tnsim(*RUN, "--method", "mpdo", "--json")
    report = json.loads(done.out)
    [answer] = report["answers"]
    assert answer["error"] == report["error"]
    assert report["error_kind"] in ("bound", "estimate")
    assert report["method"] == "mpdo"


def test_an_aim_without_approximation_is_refused() -> None:
    done = run_tnsim(*RUN, "--method", "exact", "--target-error", "0.01")
    assert done.code == 2
    assert "left out with method='exact'" in done.err
