"""`python -m tnsim.cli` is `tnsim`."""

from .application import main

main(prog_name="tnsim")
