"""
Sees to it that PgBouncer is on this machine, for ``make test-pooler``.

On Debian and Ubuntu, as root, the package is installed. Anybody else is told what to install.
"""

from __future__ import annotations

import os
import shutil
import sys

from packages import can_install, install

PACKAGE = "pgbouncer"


def found() -> str | None:
    """Find the program, also where only root looks."""
    return shutil.which(PACKAGE, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")


def main() -> None:
    """Install PgBouncer where it is missing."""
    if found():
        return
    if not can_install():
        sys.exit(f"test-pooler needs this package: {PACKAGE}")
    install(PACKAGE)


if __name__ == "__main__":
    main()
