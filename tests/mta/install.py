"""
Sees to it that Postfix and Dovecot are on this machine, for ``make test-mta``.

On Debian and Ubuntu, as root, the packages are installed; nothing is started, and Postfix gets no
configuration. Anybody else is told what to install.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mta.mailserver import missing

PACKAGES = ["postfix", "dovecot-core"]
POLICY = Path("/usr/sbin/policy-rc.d")
CHOICE = "postfix postfix/main_mailer_type select No configuration"


def main() -> None:
    if missing() is None:
        return
    if os.geteuid() != 0:
        sys.exit(f"test-mta starts a Postfix and needs root, and {' '.join(PACKAGES)}")
    if shutil.which("apt-get") is None:
        sys.exit(f"test-mta needs these packages: {' '.join(PACKAGES)}")
    sys.stdout.write(f"installing {' '.join(PACKAGES)}\n")
    sys.stdout.flush()
    with _nothing_started():
        subprocess.run(["debconf-set-selections"], input=CHOICE, text=True, check=True)
        _apt("update")
        _apt("install", "--yes", "--no-install-recommends", *PACKAGES)
    if reason := missing():
        sys.exit(reason)


def _apt(*arguments: str) -> None:
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(
        ["apt-get", "-qq", *arguments], check=True, env=environ, stdout=subprocess.DEVNULL
    )


@contextmanager
def _nothing_started() -> Iterator[None]:
    """Forbid that packages start their services (invoke-rc.d, "policy-rc.d")."""
    if POLICY.exists():  # a container's own, which forbids it already
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n", "utf-8")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()


if __name__ == "__main__":
    main()
