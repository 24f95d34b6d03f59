"""The command line: `tnsim run`, `plan`, `draw` and `doctor`. No other room imports it."""

from .application import main

__all__ = ["main"]
