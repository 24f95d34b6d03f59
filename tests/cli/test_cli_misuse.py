"""Each kind of misuse ends with its exit code and one clear message on stderr."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command_runner import run_tnsim, write_inputs
from tnsim.cli import running
from tnsim.cli.exit_codes import ExitCode

RUN = "run ghz.qasm --expect Z0 --param theta=0.1 "
ASK = "run ghz.qasm --param theta=0.1 "
SET = "run ghz.qasm --expect Z0 --param "

MANY = "run ghz.qasm -p all -e Z0 -e Z1 -e Z2 -e X0 -e X1 "
MARKED = "  cx q[1],q[7];\n            ^\n"

# What is typed (split at blanks; ~ stands for a blank within a word), and what must be said.
BAD_INPUT = {
    "unknown command": ("rnu", "No such command 'rnu'"),
    "unknown option before": ("--foo run", "No such option"),
    "unknown option": (RUN + "--foo", "No such option"),
    "option without value": (RUN + "--memory", "requires an argument"),
    "no circuit": ("run", "Missing argument 'CIRCUIT'"),
    "two circuits": ("run ghz.qasm ghz.qasm", "unexpected extra argument"),
    "circuit that is not there": ("run no.qasm --expect Z0", "File 'no.qasm' does not exist"),
    "circuit that is a folder": ("run . --expect Z0", "File '.' is a directory"),
    "circuit of bytes": ("run bytes.qasm --expect Z0", "bytes.qasm, line 1, column 1: the byte"),
    "empty circuit": ("run empty.qasm --expect Z0", "declare some with qreg"),
    "circuit with an error": (
        "run qubit.qasm --expect Z0",
        "qubit.qasm, line 7, column 11: an index of q must be in 0..2 (got 7)\n" + MARKED,
    ),
    "draw with an error": ("draw qubit.qasm", "tnsim draw: qubit.qasm, line 7, column 11"),
    "nothing asked": (ASK, "nothing is asked; add --expect"),
    "nothing planned": ("plan ghz.qasm", "nothing is asked; add --expect"),
    "letter": (ASK + "--expect Q0", "--expect 'Q0': a Pauli string's letters must be I, X, Y or Z"),
    "small letter": (ASK + "--expect z0", "letters are capital"),
    "qubit twice": (ASK + "--expect Z0~X0", "qubit 0 comes twice"),
    "qubit outside": (ASK + "--expect Z62", "must be qubits of the circuit, 0 to 2 (got qubit 62)"),
    "sum not there": (ASK + "--expect @no.json", "no.json: No such file"),
    "sum not JSON": (ASK + "--expect @broken.json", "broken.json must be JSON"),
    "sum of another kind": (ASK + "--expect @other.json", '"kind": "pauli_sum"'),
    "sum a list": (ASK + "--expect @list.json", "strings with coefficients"),
    "bits": (ASK + "--amplitude 012", "must be text of the characters 0 and 1"),
    "too few bits": (ASK + "--amplitude 01", "one character for each of the circuit's 3 qubits"),
    "bits of two lengths": (ASK + "--amplitude 000 --amplitude 0000", "must be of one length"),
    "amplitude with noise": (ASK + "--amplitude 000 --noise flip.json", "need a pure state"),
    "no qubits": (ASK + "--probabilities x", "numbers or ranges such as 0,1,2 or 0-2"),
    "comma too many": (ASK + "--probabilities 0,", "numbers or ranges such as 0,1,2 or 0-2"),
    "descending range": (ASK + "--probabilities 2-0", "must ascend (got 2-0)"),
    "huge range": (ASK + "--probabilities 0-9999999999", "must ascend"),
    "same qubit": (ASK + "--probabilities 0,0", "qubit 0 comes twice"),
    "probability outside": (ASK + "--probabilities 0-3", "must be qubits of the circuit, 0 to 2"),
    "noise not there": (RUN + "--noise no.json", "File 'no.json' does not exist"),
    "noise not JSON": (RUN + "--noise broken.json", "broken.json: a noise_model must be JSON"),
    "noise of another kind": (RUN + "--noise other.json", '"kind": "noise_model"'),
    "noise rule unused": (
        RUN + "--noise unused.json",
        "unused.json: rule 0, bit_flip(p=0.1) after",
    ),
    "strength": (RUN + "--noise open.json --param p=1.5", "must be from 0 to 1 (got 1.5)"),
    "strength in a sweep": (RUN + "--noise open.json --param p=0,2", "must be from 0 to 1 (got 2"),
    "strength missing": (RUN + "--noise open.json", "no value was given for p; add --param p="),
    "size": (RUN + "--memory lots", "Invalid value for '--memory': a size must be"),
    "no size": (RUN + "--memory 0", "at least one byte"),
    "negative size": (RUN + "--memory=-5", "a size must be"),
    "no parameter value": (SET + "theta", "write NAME=VALUE"),
    "empty value": (SET + "theta=", "write NAME=VALUE"),
    "no name": (SET + "=1", "must be an identifier"),
    "no number": (SET + "theta=x", "'x' is no number: 'x' has no value here"),
    "open bracket": (SET + "theta=(1", "'(1' is no number"),
    "two numbers": (SET + "theta=1~2", "'2' does not belong there"),
    "division": (SET + "theta=1/0", "cannot be divided by zero"),
    "infinite": (SET + "theta=1e999", "too large for a number"),
    "half a range": (SET + "theta=0:1", "a range must be FIRST:LAST:COUNT"),
    "range of one": (SET + "theta=0:1:1", "an integer from 2 to"),
    "range of words": (SET + "theta=0:1:many", "an integer from 2 to"),
    "unknown parameter": (RUN + "--param phi=1", "--param phi: there is no such parameter"),
    "parameter twice": (RUN + "--param theta=2", "theta comes twice"),
    "parameter missing": ("run ghz.qasm --expect Z0", "no value was given for theta; add --param"),
    "too many points": (
        "run ghz.qasm --expect Z0 --noise open.json --param theta=0:1:999999 --param p=0,1",
        "at most 1000000 points",
    ),
    "precision": (RUN + "--dtype float16", "'float16' is not one of"),
    "method": (RUN + "--method guess", "'guess' is not one of"),
    "effort": (RUN + "--effort none", "'none' is not one of"),
    "workers": (RUN + "--workers 0", "0 is not in the range"),
    "plot of one point": (RUN + "--plot a.png", "--plot draws a sweep"),
    "plot ending": (RUN + "--plot a.bmp", "a picture must end in .png, .pdf, .svg (got 'a.bmp')"),
    "plot folder": (RUN + "--plot no/a.png", "there is no folder no; make it first"),
    "curves": (
        MANY + "--param theta=0,1 --plot a.png",
        "--plot draws at most 12 curves (got 13)",
    ),
    "output folder": (RUN + "--output no/a.json", "there is no folder no; make it first"),
    "output is a folder": (RUN + "--output .", "is a folder; name a file in it"),
    "drawing width": ("draw ghz.qasm --width 3", "3 is not in the range"),
}


def words(text: str) -> list[str]:
    return [word.replace("~", " ") for word in text.split()]


@pytest.fixture(autouse=True)
def _inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_inputs(tmp_path)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", BAD_INPUT)
def test_bad_input(name: str) -> None:
    typed, said = BAD_INPUT[name]
    done = run_tnsim(*words(typed))
    assert done.code == ExitCode.BAD_INPUT, done
    assert said in done.err
    assert done.err.startswith("tnsim")
    assert "Traceback" not in done.err
    # One message; only an error in a circuit's text has the line and a mark under it.
    assert done.err.count("\n") == (3 if "^" in done.err else 1)
    assert not list(Path().glob("a.*"))


def test_nothing_fits_and_the_least_that_does() -> None:
    ask = ("ghz.qasm", "--expect", "Z0 Z2", "--param", "theta=0.1")
    done = run_tnsim("run", *ask, "--memory", "1")
    assert done.code == ExitCode.NOTHING_FITS
    assert done.out == ""
    assert "tnsim run: --memory must be at least" in done.err
    assert "--dtype complex64" in done.err
    least = done.err.split("at least ")[1].split(" for")[0]
    assert run_tnsim("run", *ask, "--memory", least).code == ExitCode.FINE


def test_workers_share_the_memory() -> None:
    ask = ("plan", "ghz.qasm", "--expect", "Z0 Z2", "--memory", "1000")
    assert run_tnsim(*ask).code == ExitCode.FINE
    done = run_tnsim(*ask, "--workers", "100")
    assert done.code == ExitCode.NOTHING_FITS
    assert "--workers 100 leave 10 B of 1.00 kB to each" in done.err


def test_missing_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for typed in (SET + "theta=0,1 --plot a.png", "draw ghz.qasm --plot a.png"):
        done = run_tnsim(*words(typed))
        assert done.code == ExitCode.MISSING_PACKAGE
        assert "--plot needs matplotlib, which is not installed; python -m pip" in done.err
        assert "'tnsim[plot]'" in done.err


def test_memory_that_runs_out(monkeypatch: pytest.MonkeyPatch) -> None:
    raising(monkeypatch, MemoryError())
    done = run_tnsim(*words(RUN))
    assert done.code == ExitCode.NOTHING_FITS
    assert "memory ran out" in done.err


def test_file_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    raising(monkeypatch, OSError(28, "No space left on device", "out.json"))
    done = run_tnsim(*words(RUN))
    assert done.code == ExitCode.BAD_INPUT
    assert done.err == "tnsim run: out.json: No space left on device\n"


def test_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    raising(monkeypatch, ZeroDivisionError("by accident"))
    done = run_tnsim(*words(RUN))
    assert done.code == ExitCode.DEFECT
    assert "unexpected ZeroDivisionError: by accident" in done.err
    assert "Traceback" not in done.err
    traced = run_tnsim("--traceback", *words(RUN))
    assert traced.code == ExitCode.DEFECT
    assert "Traceback (most recent call last)" in traced.err
    assert traced.err.endswith(done.err)


def test_interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    raising(monkeypatch, KeyboardInterrupt())
    # Other tests' libraries may have left threads of theirs in this process.
    monkeypatch.setattr(threading, "enumerate", lambda: [threading.main_thread()])
    done = run_tnsim(*words(RUN))
    assert (done.code, done.err) == (ExitCode.INTERRUPTED, "tnsim run: interrupted\n")


@pytest.mark.skipif(os.name != "posix", reason="sends a POSIX signal")
def test_interrupt_by_signal(tmp_path: Path) -> None:
    """Ctrl-C while the circuit is being read from a pipe that stays open."""
    # A shell starts its background jobs, such as a whole test run, with the signal ignored.
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from tnsim.cli import main; main(['run', '-', '--expect', 'Z0'], prog_name='tnsim')"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    deadline = time.monotonic() + 60
    while "numpy" not in loaded(process.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    waiting = 0
    while waiting < 10 and time.monotonic() < deadline:
        waiting = waiting + 1 if sleeping(process.pid) else 0
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == ExitCode.INTERRUPTED
    assert (out, err) == ("", "tnsim run: interrupted\n")


def test_interrupt_does_not_wait_for_workers() -> None:
    """A slice that takes an hour on another thread does not hold the process."""
    code = (
        "import threading, time\n"
        "from tnsim.cli import main, running\n"
        "def broken(*_):\n"
        "    threading.Thread(target=time.sleep, args=(3600,)).start()\n"
        "    raise KeyboardInterrupt\n"
        "running._run = broken\n"
        "main(['run', 'ghz.qasm', '--expect', 'Z0', '--param', 'theta=0'], prog_name='tnsim')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert (done.returncode, done.stderr) == (ExitCode.INTERRUPTED, "tnsim run: interrupted\n")
    assert "forecast" in done.stdout


def test_reader_that_went_away() -> None:
    """`tnsim draw | true` ends in silence."""
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "tnsim.cli", "draw", "ghz.qasm"],
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    os.close(write)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def raising(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Let the run itself raise."""

    def broken(*_: Any) -> None:
        raise error

    monkeypatch.setattr(running, "_run", broken)


def sleeping(pid: int) -> bool:
    """Whether a process waits for something, as for input."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "S"
    except OSError:
        return True


def loaded(pid: int) -> str:
    """The shared libraries that a process has loaded, where the system tells."""
    try:
        return Path(f"/proc/{pid}/maps").read_text()
    except OSError:
        return "numpy"
