"""`tnsim convert`."""

from __future__ import annotations

from pathlib import Path

import click

from .example_text import examples
from .request import circuit_argument

__all__ = ["convert"]

# As in formats.py, which is imported when a command runs.
_FORMATS = ["qasm2", "qasm3", "json", "qsim", "stim"]
_EXAMPLES = (
    "tnsim convert old.qasm new.qasm3",
    "tnsim convert circuit.qsim circuit.qasm",
    "tnsim convert old.qasm - --to qasm3 --unroll cx,u",
)


@click.command(short_help="Write a circuit in another format.", epilog=examples(*_EXAMPLES))
@circuit_argument
@click.argument("target", metavar="TARGET", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--from", "source", type=click.Choice(_FORMATS), help="The format that is read.")
@click.option("--to", "kind", type=click.Choice(_FORMATS), help="The format that is written.")
@click.option(
    "--unroll", metavar="GATES", help="Rewrite in these gates first, by commas: cx,u or cx,rz,sx."
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def convert(
    circuit: Path,
    target: Path,
    source: str | None,
    kind: str | None,
    unroll: str | None,
    force: bool,
) -> None:
    """Read a circuit ("-": stdin) and write it to TARGET ("-": stdout).

    The names of the files tell the formats (.qasm is OpenQASM 2 when written, and either version
    when read; .qasm3, .json, .qsim, .stim), or --from and --to do. What a format cannot say is an
    error that names the instruction; nothing is left out.
    """
    from .converting import convert_file

    convert_file(circuit, target, source=source, kind=kind, unroll=unroll, force=force)
