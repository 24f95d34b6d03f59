"""Every example of README.md and docs/ runs, in order, one namespace and one folder a page.

A ```python block is executed; where a ```text block follows it directly, that is what it prints.
After a ```txt block's name its numbers, with their units, may differ: times and sizes do. In a
```console block each line `$ tnsim ...` is run and the lines under it are its output, numbers as
in txt. Everywhere `...` stands for anything, and white space is not compared.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?(?: (?:[kMGT]?B|ms|s|min|h)\b)?")
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, text, first line, and what must be printed (None: unsaid)."""

    language: str
    text: str
    line: int
    output: str | None
    loose: bool


def blocks(page: str) -> list[Block]:
    """The blocks of a page that can be run."""
    fences = list(FENCE.finditer(page))
    found = []
    for index, fence in enumerate(fences):
        following = fences[index + 1] if index + 1 < len(fences) else None
        joined = following is not None and not page[fence.end() : following.start()].strip()
        kind = following[1] if following and joined else ""
        output = following[2] if following and kind in {"text", "txt"} else None
        if fence[1] in {"python", "console"}:
            line = page.count("\n", 0, fence.start()) + 2
            found.append(Block(fence[1], fence[2], line, output, loose=kind == "txt"))
    return found


def commands(text: str) -> list[tuple[str, str]]:
    """Each `$ command` of a console block with the output under it."""
    found: list[tuple[str, str]] = []
    for line in text.replace("\\\n", " ").splitlines(keepends=True):
        if line.startswith("$ "):
            found.append((line[2:].strip(), ""))
        elif found:
            found[-1] = (found[-1][0], found[-1][1] + line)
    return found


def same(wanted: str, got: str, *, loose: bool) -> bool:
    if loose:
        wanted, got = NUMBER.sub("#", wanted), NUMBER.sub("#", got)
    return doctest.OutputChecker().check_output(wanted, got, FLAGS)


def run_command(command: str, folder: Path) -> str:
    words = shlex.split(command)
    main = "import sys; from tnsim.cli import main; sys.argv[0] = 'tnsim'; main()"
    done = subprocess.run(
        [sys.executable, "-c", main, *words[1:]],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    namespace: dict[str, object] = {"__name__": "__main__"}
    for block in blocks(page.read_text()):
        where = f"{page.relative_to(ROOT)}, line {block.line}"
        if block.language == "console":
            for command, wanted in commands(block.text):
                if command.startswith("tnsim "):
                    got = run_command(command, tmp_path)
                    assert not wanted or same(wanted, got, loose=True), f"{where}: {command}\n{got}"
            continue
        printed = io.StringIO()
        code = compile("\n" * (block.line - 1) + block.text, str(page), "exec")
        with contextlib.redirect_stdout(printed):
            exec(code, namespace)
        if block.output is not None:
            assert same(block.output, printed.getvalue(), loose=block.loose), (
                f"{where}\n{printed.getvalue()}"
            )


def test_a_wrong_output_is_seen() -> None:
    page = "```python\nprint(1.25)\n```\n\n```text\n1.2...\n```\n"
    [block] = blocks(page)
    assert block.output is not None
    assert same(block.output, "1.25\n", loose=block.loose)
    assert not same(block.output, "1.35\n", loose=block.loose)


def test_loose_numbers_are_still_numbers() -> None:
    assert same("peak 22.7 kB, 1e+05 steps", "peak 1.20 MB, 20 steps", loose=True)
    assert not same("peak 22.7 kB", "peak", loose=True)
    assert not same("pauli 1", "sandwich 1", loose=True)


def test_every_local_link_leads_somewhere() -> None:
    lost = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in PAGES
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text())
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert not lost
