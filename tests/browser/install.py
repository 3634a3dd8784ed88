"""
Sees to it that a browser is on this machine, for ``make test-browser``.

On Debian and Ubuntu, as root, the package is installed. Anybody else is told what to install.
"""

from __future__ import annotations

import os
import shutil
import sys

from packages import can_install, install

PACKAGE = "chromium"


def main() -> None:
    """Install Chromium where it is missing."""
    if os.environ.get("CHROMIUM") or shutil.which(PACKAGE):
        return
    if not can_install():
        sys.exit(
            f"test-browser needs a browser: install {PACKAGE}, or set CHROMIUM to the path of one"
        )
    install(PACKAGE)


if __name__ == "__main__":
    main()
