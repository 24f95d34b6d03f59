"""One table of malformed things, from circuits to files, each with an error of its own."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.cli.command_runner import run_tnsim, write_inputs
from tests.public import bad_circuits, bad_noise, bad_questions
from tests.public.bad_rows import Row, Z, ask, at
from tnsim import QasmError, TnsimError
from tnsim.cli.exit_codes import ExitCode

GROUPS = {
    "circuit": bad_circuits.CIRCUITS,
    "qasm": bad_circuits.QASM,
    "value": bad_circuits.VALUES,
    "channel": bad_noise.CHANNELS,
    "rule": bad_noise.RULES,
    "noise file": bad_noise.FILES,
    "query": bad_questions.QUERIES,
    "setting": bad_questions.SETTINGS,
    "result file": bad_questions.FILES,
}
TABLE = {f"{kind}: {row.name}": row for kind, rows in GROUPS.items() for row in rows}
LONGEST = 400
# Where nothing was given, no message can show it.
ABSENT = {
    "value: no value",
    "rule: one readout number",
    "noise file: empty",
    "query: no string",
}


def error_of(row: Row, folder: Path) -> TnsimError:
    """What the row raises; anything but an error of tnsim passes through and fails the test."""
    try:
        made = row.wrong(folder)
    except TnsimError as error:
        return error
    raise AssertionError(f"accepted: {made!r:.200}")


def test_the_table_is_large_and_its_names_are_distinct() -> None:
    assert len(TABLE) == sum(map(len, GROUPS.values())) >= 150
    assert all(len(rows) >= 10 for rows in GROUPS.values())
    silent = {name for name, row in TABLE.items() if not row.given and "(got " not in row.said}
    assert silent == ABSENT


@pytest.mark.parametrize("name", TABLE)
def test_bad_input_is_refused_by_name(name: str, tmp_path: Path) -> None:
    row = TABLE[name]
    error = error_of(row, tmp_path)
    message = str(error)
    assert type(error) is row.error, message
    assert row.said in message
    assert row.given in message
    assert len(message.replace(str(tmp_path), "")) < LONGEST
    assert "object at 0x" not in message


def test_every_message_is_its_own(tmp_path: Path) -> None:
    messages = {name: str(error_of(row, tmp_path)) for name, row in TABLE.items()}
    shared = [text for text, count in Counter(messages.values()).items() if count > 1]
    assert not shared
    for name, row in TABLE.items():
        saying = [other for other, message in messages.items() if row.said in message]
        assert saying == [name], row.said


@pytest.mark.parametrize("text", bad_circuits.TEXTS, ids=lambda text: text.name)
def test_programs_are_refused_at_their_place(text: bad_circuits.Text, tmp_path: Path) -> None:
    error = error_of(bad_circuits.reading(text), tmp_path)
    assert isinstance(error, QasmError)
    assert (error.line, error.column) == (text.line, text.column)


@pytest.mark.parametrize("row", [*bad_circuits.QASM, *bad_noise.FILES], ids=lambda row: row.name)
def test_the_command_line_says_the_same(
    row: Row, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_inputs(tmp_path)
    monkeypatch.chdir(tmp_path)
    message = str(error_of(row, Path()))
    is_qasm = row in bad_circuits.QASM
    given = ("given.file",) if is_qasm else ("ghz.qasm", "--noise", "given.file")
    done = run_tnsim("run", *given, "--expect", "Z0", "--param", "theta=0.1")
    assert done.code == ExitCode.BAD_INPUT
    assert done.out == ""
    assert message in done.err
    assert "given.file" in done.err
    assert "Traceback" not in done.err


def test_a_refused_call_leaves_nothing_behind(tmp_path: Path) -> None:
    """The good things that the rows are made of answer as before."""
    for row in TABLE.values():
        error_of(row, tmp_path)
    assert float(at(theta=0.0).value) == 1.0
    assert abs(float(ask(Z)().value)) < 1e-15
