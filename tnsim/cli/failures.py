"""Errors as users of a shell meet them: one message on stderr and an exit code."""

from __future__ import annotations

import os
import sys
import threading
from typing import IO, Any

import click

from tnsim.base.errors import BudgetError, TnsimError

from .exit_codes import ExitCode

__all__ = [
    "BadInput",
    "Defect",
    "Failure",
    "Interrupted",
    "MissingPackage",
    "NothingFits",
    "failure_of",
    "require",
]


class Failure(click.ClickException):
    """Ends the process with `exit_code`, after its message was written to stderr."""

    command = "tnsim"

    def show(self, file: IO[Any] | None = None) -> None:
        """Write "command: message"."""
        click.echo(f"{self.command}: {self.message}", file=file, err=file is None)


class Defect(Failure):
    """What should not have happened."""

    exit_code = int(ExitCode.DEFECT)


class BadInput(Failure):
    """Something given is wrong."""

    exit_code = int(ExitCode.BAD_INPUT)


class NothingFits(Failure):
    """There is not enough memory."""

    exit_code = int(ExitCode.NOTHING_FITS)


class MissingPackage(Failure):
    """An optional package is not there."""

    exit_code = int(ExitCode.MISSING_PACKAGE)


class Interrupted(Failure):
    """Ctrl-C."""

    exit_code = int(ExitCode.INTERRUPTED)

    def show(self, file: IO[Any] | None = None) -> None:
        """Write the message; where workers are still in a slice, end without them."""
        super().show(file)
        others = set(threading.enumerate()) - {threading.main_thread()}
        if any(not thread.daemon for thread in others):
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(self.exit_code)


def failure_of(error: BaseException) -> Failure:
    """The failure that stands for an exception raised by a command.

    >>> failure_of(TnsimError("no such qubit")).exit_code
    2
    >>> failure_of(BudgetError("give more")).exit_code
    3
    """
    match error:
        case Failure():
            return error
        case KeyboardInterrupt():
            return Interrupted("interrupted")
        case BudgetError():
            return NothingFits(_as_options(str(error)))
        case TnsimError():
            return BadInput(str(error))
        case MemoryError():
            return NothingFits(
                "memory ran out before the budget was reached; give a smaller --memory"
            )
        case OSError() if error.filename is not None:
            return BadInput(f"{error.filename}: {error.strerror}")
    kind = type(error).__name__
    return Defect(
        f"unexpected {kind}: {error}; this is a defect, please report it with the output of "
        "the same command after `tnsim --traceback`"
    )


def require(package: str, purpose: str, extra: str) -> None:
    """`Failure` unless `package` can be imported; `extra` is the group that installs it."""
    from importlib.util import find_spec

    if find_spec(package) is None:
        raise MissingPackage(
            f"{purpose} needs {package}, which is not installed; "
            f"python -m pip install 'tnsim[{extra}]' adds it"
        )


def _as_options(message: str) -> str:
    """A message about arguments of `compile` in the words of the command line."""
    return (
        message.replace("`memory`", "--memory").replace("dtype='", "--dtype ").replace("64'", "64")
    )
