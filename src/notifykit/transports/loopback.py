"""What stays on this machine, and may therefore travel in clear."""

from __future__ import annotations

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine: ``localhost``, ``127.0.0.0/8`` or ``::1``."""
    try:
        return host.lower() == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
