"""
Sees to it that Postfix and Dovecot are on this machine, for ``make test-mta``.

On Debian and Ubuntu, as root, the packages are installed, and Postfix gets no configuration.
Anybody else is told what to install.
"""

from __future__ import annotations

import subprocess
import sys

from mta.mailserver import missing
from packages import can_install, install

PACKAGES = ["postfix", "dovecot-core"]
CHOICE = "postfix postfix/main_mailer_type select No configuration"


def main() -> None:
    """Install what is missing."""
    if missing() is None:
        return
    if not can_install():
        sys.exit(f"test-mta starts a Postfix and needs root, and {' '.join(PACKAGES)}")
    subprocess.run(["debconf-set-selections"], input=CHOICE, text=True, check=True)
    install(*PACKAGES)
    if reason := missing():
        sys.exit(reason)


if __name__ == "__main__":
    main()
