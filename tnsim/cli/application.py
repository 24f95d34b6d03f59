"""The command `tnsim`: its subcommands, and how every error ends."""

from __future__ import annotations

import errno
import traceback
from typing import Any

import click

from tnsim import __version__

from .doctor_command import doctor
from .draw_command import draw
from .exit_codes import ExitCode
from .failures import BadInput, failure_of
from .info_command import info
from .plan_command import plan
from .run_command import run

__all__ = ["main"]

_CODES = "\n".join(f"{int(code):>4}  {code.meaning}" for code in ExitCode)
_EPILOG = f"""\b
Exit codes:
{_CODES}
"""


class _Application(click.Group):
    """A group whose commands end with one message and an exit code, never with a traceback."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.UsageError as error:
            raise _in_one_line(error) from error

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.exceptions.Exit, click.Abort):
            raise
        except click.UsageError as error:
            raise _in_one_line(error) from error
        except (Exception, KeyboardInterrupt) as error:
            if isinstance(error, OSError) and error.errno == errno.EPIPE:
                raise  # click ends in silence when the reader of stdout went away
            if ctx.params["traceback"]:
                traceback.print_exception(error)
            failure = failure_of(error)
            failure.command = f"{ctx.info_name} {ctx.invoked_subcommand}"
            raise failure from error


def _in_one_line(error: click.UsageError) -> click.ClickException:
    """The message of click without the usage that it writes before it."""
    if isinstance(error, getattr(click.exceptions, "NoArgsIsHelpError", ())):
        return error
    path = "tnsim" if error.ctx is None else error.ctx.command_path
    failure = BadInput(f"{error.format_message().rstrip('.')}; see {path} --help")
    failure.command = path
    return failure


@click.group(
    cls=_Application,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_EPILOG,
)
@click.version_option(__version__, prog_name="tnsim")
@click.option("--traceback", is_flag=True, help="Show where an error arose.")
def main(traceback: bool) -> None:
    """Answers about noisy quantum circuits inside a memory budget, with their errors.

    Answers go to stdout, messages and progress to stderr.
    """


for _command in (run, plan, info, draw, doctor):
    main.add_command(_command)
