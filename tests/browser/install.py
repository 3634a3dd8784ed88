"""
Sees to it that a browser is on this machine, for ``make test-browser``.

On Debian and Ubuntu, as root, the package is installed. Anybody else is told what to install.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

PACKAGE = "chromium"


def main() -> None:
    """Install Chromium where it is missing."""
    if os.environ.get("CHROMIUM") or shutil.which(PACKAGE):
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        sys.exit(
            f"test-browser needs a browser: install {PACKAGE}, or set CHROMIUM to the path of one"
        )
    sys.stdout.write(f"installing {PACKAGE}\n")
    sys.stdout.flush()
    _apt("update")
    _apt("install", "--yes", "--no-install-recommends", PACKAGE)


def _apt(*arguments: str) -> None:
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(
        ["apt-get", "-qq", *arguments], check=True, env=environ, stdout=subprocess.DEVNULL
    )


if __name__ == "__main__":
    main()
