"""Puts packages of Debian or Ubuntu onto this machine, for the targets of make that need them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

POLICY = Path("/usr/sbin/policy-rc.d")


def can_install() -> bool:
    """Tell whether this is root on Debian or Ubuntu."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(*packages: str) -> None:
    """Install them, and say so. Nothing is started, and nothing merely recommended comes along."""
    sys.stdout.write(f"installing {' '.join(packages)}\n")
    sys.stdout.flush()
    with _nothing_started():
        _apt("update")
        _apt("install", "--yes", "--no-install-recommends", *packages)


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
