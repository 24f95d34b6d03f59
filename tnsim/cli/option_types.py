"""What options take: sizes, settings of parameters, files to be written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tnsim.base.errors import TnsimError

if TYPE_CHECKING:
    from .parameter_values import Setting

    # Generic for type checkers, and at run time only in new versions of click.
    ParamType = click.ParamType[Any]
else:
    ParamType = click.ParamType

__all__ = ["ByteSize", "NewFile", "Picture", "SettingType"]

PICTURES = (".png", ".pdf", ".svg")


class ByteSize(ParamType):
    """A number of bytes such as 2GB or 512MiB."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The bytes."""
        from tnsim.base.budgets import parse_bytes

        try:
            return parse_bytes(int(value) if str(value).isdecimal() else value)
        except TnsimError as error:
            self.fail(str(error), param, ctx)


class SettingType(ParamType):
    """NAME=VALUES, as `parameter_values` reads it."""

    name = "setting"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Setting:
        """The setting."""
        from .parameter_values import read_setting

        try:
            return read_setting(value)
        except TnsimError as error:
            self.fail(str(error), param, ctx)


class NewFile(ParamType):
    """A file that can be written, seen before anything is computed."""

    name = "file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path."""
        path = Path(value)
        if path.is_dir():
            self.fail(f"{value} is a folder; name a file in it", param, ctx)
        if not path.parent.is_dir():
            self.fail(f"there is no folder {path.parent}; make it first", param, ctx)
        if not os.access(path.parent, os.W_OK):
            self.fail(f"nothing may be written into {path.parent}", param, ctx)
        return path


class Picture(NewFile):
    """A picture that can be written: PNG, PDF or SVG by its ending."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path."""
        path = super().convert(value, param, ctx)
        if path.suffix.lower() not in PICTURES:
            self.fail(f"a picture must end in {', '.join(PICTURES)} (got {value!r})", param, ctx)
        return path
