"""What is committed names no machine, no package host and no unfinished work."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SKIPPED = {"build", "dist", "site", "demo", "results", "LICENSE"}
KEPT = {".ci", ".gitignore", ".pre-commit-config.yaml"}
# In pieces, so that this file does not name them either.
FORBIDDEN = {
    "a path of one machine": r"(?<![\w.])/(?:work|root|opt|home|mnt|tmp)/" + r"\w",
    "a package host": r"pypi\." + r"org|python" + r"hosted|download\.py" + r"torch",
    "unfinished work": r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b",
}


def files(folder: Path) -> Iterator[Path]:
    """Every file that is or may be committed."""
    for path in sorted(folder.iterdir()):
        name = path.name
        if name in SKIPPED or name.endswith(("cache__", ".egg-info")) or path.is_symlink():
            continue
        if name.startswith(".") and name not in KEPT:
            continue
        if path.is_dir():
            yield from files(path)
        else:
            yield path


def texts() -> Iterator[tuple[Path, str]]:
    """Every such file that holds text, by its place in the repository."""
    for path in files(ROOT):
        with contextlib.suppress(UnicodeDecodeError):
            yield path.relative_to(ROOT), path.read_text(encoding="utf-8")


def test_no_forbidden_words() -> None:
    seen = 0
    found = []
    for path, text in texts():
        seen += 1
        for what, pattern in FORBIDDEN.items():
            for match in re.finditer(pattern, text):
                line = text.count("\n", 0, match.start()) + 1
                found.append(f"{path}:{line}: {what}: {match[0]}")
    assert seen > 20
    assert not found


def test_files_end_in_one_newline_and_hold_no_tabs() -> None:
    for path, text in texts():
        if path.suffix in {".py", ".md", ".toml", ".yml", ".yaml", ".cff", ".txt"}:
            assert text == text.rstrip("\n") + "\n" or not text, path
            assert "\t" not in text, path
            assert "\r" not in text, path
