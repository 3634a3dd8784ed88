"""The command line: ``notifykit``, or ``python -m notifykit``."""

from notifykit.cli.entry import main

__all__ = ["main"]
