"""Running the command line in this process: its exit code and both streams."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import NamedTuple

import tnsim
from tnsim.cli import main

GHZ = """OPENQASM 2.0;
include "qelib1.inc";
qreg q[3];
h q[0];
cx q[0],q[1];
rx(theta) q[2];
cx q[1],q[2];
"""


class Done(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


class Terminal(io.TextIOWrapper):
    """A stream in memory with an encoding, as stdout has."""

    def __init__(self, encoding: str = "utf-8") -> None:
        super().__init__(io.BytesIO(), encoding=encoding, write_through=True)

    @property
    def text(self) -> str:
        raw = self.buffer
        assert isinstance(raw, io.BytesIO)
        return raw.getvalue().decode(self.encoding)


def run_tnsim(*arguments: object, encoding: str = "utf-8") -> Done:
    """`tnsim ARGUMENTS`; no exception but SystemExit may leave it."""
    out, err = Terminal(encoding), Terminal(encoding)
    code: object = None
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main([str(argument) for argument in arguments], prog_name="tnsim")
        except SystemExit as end:
            code = end.code
    assert isinstance(code, int)
    return Done(code, out.text, err.text)


def write_inputs(folder: Path) -> None:
    """Circuits and noise models, right and wrong, under short names."""
    files = {
        "ghz.qasm": GHZ,
        "qubit.qasm": GHZ.replace("cx q[1],q[2]", "cx q[1],q[7]"),
        "empty.qasm": "",
        "broken.json": '{"kind": ',
        "other.json": '{"kind": "result", "version": 1}',
        "list.json": "[1, 2]",
        "sum.json": '{"Z0 Z1": 0.5, "X0 X1 X2": -2}',
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    (folder / "bytes.qasm").write_bytes(bytes(range(128, 256)))
    flip = tnsim.noise.bit_flip
    tnsim.NoiseModel().after(flip(0.1), gates="h").save(folder / "flip.json")
    tnsim.NoiseModel().after(flip(0.1), gates="swap").save(folder / "unused.json")
    open_flip = flip(tnsim.Parameter("p"))
    tnsim.NoiseModel().after(open_flip, gates="h").save(folder / "open.json")
