"""Write the generated pages of docs/reference from the code, or say which are stale.

python tools/write_reference.py           write them
python tools/write_reference.py --check   print the differences; exit 1 where there are any
"""

from __future__ import annotations

import argparse
import difflib
import inspect
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

FOLDER = Path(__file__).parents[1] / "docs" / "reference"
ROOMS = ("noise", "lattices", "interop", "contraction")
NOTE = "<!-- Written by tools/write_reference.py; `make reference` writes it again. -->\n"


def main() -> int:
    """Write or check every page."""
    parser = argparse.ArgumentParser(description=inspect.getdoc(sys.modules[__name__]))
    parser.add_argument(
        "--check", action="store_true", help="change nothing; exit 1 on a stale page"
    )
    check = parser.parse_args().check
    stale = 0
    for name, write in PAGES.items():
        path = FOLDER / name
        text = NOTE + "\n" + write()
        old = path.read_text() if path.exists() else ""
        if old == text:
            continue
        stale += 1
        if check:
            lines = difflib.unified_diff(
                old.splitlines(),
                text.splitlines(),
                f"{name} on disk",
                f"{name} from the code",
                lineterm="",
            )
            print("\n".join(lines))
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            print(f"wrote docs/reference/{name}")
    if check and stale:
        print(f"{stale} stale: run `make reference` and commit what changed")
    return 1 if check and stale else 0


def api_page() -> str:
    """Every public name with its signature and the first paragraph of its docstring."""
    import tnsim

    parts = ["# Public names\n", "Names not listed here may change in any version.\n"]
    parts += ["## tnsim\n", *names_of(tnsim, skip=ROOMS)]
    for room in ROOMS:
        module = getattr(tnsim, room)
        parts += [f"## tnsim.{room}\n", first_paragraph(module) + "\n", *names_of(module)]
    return "\n".join(parts)


def names_of(module: ModuleType, skip: tuple[str, ...] = ()) -> Iterator[str]:
    """A section for each public name of a module."""
    for name in module.__all__:
        if name in skip:
            continue
        found = getattr(module, name)
        yield f"### {name}\n"
        if inspect.isclass(found):
            yield f"```py\nclass {name}{signature(found)}\n```\n"
            yield first_paragraph(found) + "\n"
            members = [line for line in members_of(found) if line]
            if members:
                yield "\n".join(members) + "\n"
        elif callable(found):
            yield f"```py\n{name}{signature(found)}\n```\n"
            yield first_paragraph(found) + "\n"
        else:
            yield f"A constant or type: `{type(found).__name__}`.\n"


def members_of(kind: type) -> Iterator[str]:
    """A line for each public method and property that a class defines."""
    for name, member in sorted(inspect.getmembers_static(kind)):
        if name.startswith("_") or hasattr(Exception, name) or hasattr(tuple, name):
            continue
        found = getattr(kind, name)
        if isinstance(member, property):
            yield f"- `.{name}`: {first_line(member)}"
        elif callable(found):
            yield f"- `.{name}{signature(found, bound=True)}`: {first_line(found)}"


def signature(found: Callable[..., object], *, bound: bool = False) -> str:
    """A call's parameters as they are written, without addresses and quotes."""
    try:
        shown = inspect.signature(found)
    except (TypeError, ValueError):
        return "(...)"
    parameters = list(shown.parameters.values())
    if bound and parameters and parameters[0].name in {"self", "cls"}:
        shown = shown.replace(parameters=parameters[1:])
    text = re.sub(r" at 0x[0-9a-f]+", "", str(shown))
    return text.replace("'", "").replace(" -> None", "")


def first_paragraph(found: object) -> str:
    """The first paragraph of a docstring on one line."""
    text = inspect.getdoc(found) or ""
    return escaped(" ".join(text.split("\n\n")[0].split()))


def first_line(found: object) -> str:
    """The first line of a docstring."""
    return escaped((inspect.getdoc(found) or "").split("\n")[0])


def escaped(text: str) -> str:
    """Text that Markdown leaves as it is: kets are no tags and products no emphasis."""
    pieces = re.split(r"(`[^`]*`)", text)
    plain = [piece.replace("<", "&lt;").replace("*", "\\*") for piece in pieces[::2]]
    return "".join(part for pair in zip(plain, [*pieces[1::2], ""], strict=True) for part in pair)


def cli_page() -> str:
    """The help text of every command."""
    import click

    from tnsim.cli import main as command
    from tnsim.cli import report_json

    parts = ["# Command line\n"]
    for path, found in commands_of("tnsim", command):
        context = click.Context(found, info_name=path, terminal_width=90, max_content_width=90)
        parts.append(f"## {path}\n\n```text\n{found.get_help(context)}\n```\n")
    first, grammar, rest = (inspect.getdoc(report_json) or "").split("\n\n")
    parts.append(f"## Reports\n\n{first}\n\n```text\n{inspect.cleandoc(grammar)}\n```\n\n{rest}\n")
    return "\n".join(parts)


def commands_of(path: str, command: object) -> Iterator[tuple[str, object]]:
    """A command and the commands under it, each with its path."""
    yield path, command
    for name, found in sorted(getattr(command, "commands", {}).items()):
        yield from commands_of(f"{path} {name}", found)


def gates_page() -> str:
    """The gate table."""
    from tnsim.circuit.gates import GATES
    from tnsim.circuit.operations import Operation

    rows = [
        "# Gates\n",
        "Angles come first, then qubits: `circuit.cu(theta, phi, lam, gamma, control, target)`.",
        "*Nonzero* counts the entries of the Pauli-transfer matrix that can differ from zero at",
        "some angle, of 16ⁿ in all: the fewer, the smaller the networks",
        "([Known zeros](../explanation/known_zeros.md)).\n",
        "| gate | qubits | angles | inverse | diagonal | nonzero |",
        "|---|---|---|---|---|---|",
    ]
    for name, gate in GATES.items():
        key = f"gate:{name}"
        operation = Operation(name, gate.num_qubits, gate.num_params, "unitary", key, gate=gate)
        nonzero = int(operation.transfer_form.support.sum())
        diagonal = "yes" if gate.is_diagonal else ""
        inverse = gate.inverse.name
        rows.append(
            f"| `{name}` | {gate.num_qubits} | {gate.num_params} | `{inverse}` | {diagonal} "
            f"| {nonzero} of {16**gate.num_qubits} |"
        )
    return "\n".join(rows) + "\n"


def channels_page() -> str:
    """Every function of tnsim.noise that makes a channel."""
    from tnsim import noise

    parts = [
        "# Channels\n",
        "Each is a function of `tnsim.noise` that returns a `Channel`. Strengths may be numbers,",
        "`Parameter`s or affine expressions of them.\n",
    ]
    for name in noise.__all__:
        found = getattr(noise, name)
        if inspect.isfunction(found) and inspect.signature(found).return_annotation == "Channel":
            parts.append(f"## {name}\n\n```py\n{name}{signature(found)}\n```\n")
            parts.append(first_paragraph(found) + "\n")
    return "\n".join(parts)


PAGES: dict[str, Callable[[], str]] = {
    "api.md": api_page,
    "channels.md": channels_page,
    "gates.md": gates_page,
    "cli.md": cli_page,
}


if __name__ == "__main__":
    sys.exit(main())
