"""Reports as servers write them, one file for each form; all about one mail."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

MESSAGE_ID = "<0192f0c1-7a2b-7c3d-8e4f-5a6b7c8d9e0f@example.com>"
SAMPLES = Path(__file__).with_name("samples")
RECEIVED_AT = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)


def sample(name: str) -> bytes:
    """Give a sample as it comes over the wire."""
    return (SAMPLES / f"{name}.eml").read_bytes().replace(b"\n", b"\r\n")
