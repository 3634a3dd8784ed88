"""Keeps emails as files instead of sending them."""

from __future__ import annotations

import asyncio
import os
import tempfile
from contextlib import suppress
from datetime import UTC
from pathlib import Path

from notifykit.errors import UnavailableError
from notifykit.ids import uuid7
from notifykit.message import Email
from notifykit.mime import encode
from notifykit.submission import Receipt
from notifykit.transports.base import Transport


class FileTransport(Transport):
    """
    Writes each email into a folder as ``<date>-<id>.eml``, which any mail program opens.

    A file is there whole or not at all, and never in the place of another: sending twice makes two.
    As in any mail, blind recipients are not in the file.

    Args:
        directory: The folder; made where it is missing.
    """

    name = "file"

    def __init__(self, directory: str | Path) -> None:
        self._directory = Path(directory)

    async def send(self, email: Email) -> Receipt:
        filename = f"{email.date.astimezone(UTC):%Y%m%dT%H%M%SZ}-{uuid7()}.eml"
        await self._unless_disk_fails(filename, email)
        return Receipt(self.name, filename, email.envelope.rcpt_to)

    async def check(self) -> None:
        """Write into the folder and take it back."""
        await self._unless_disk_fails(None, None)

    async def _unless_disk_fails(self, filename: str | None, email: Email | None) -> None:
        try:
            await asyncio.to_thread(_write, self._directory, filename, email)
        except OSError as error:
            text = f"cannot write into {self._directory}: {error.strerror or error}"
            raise UnavailableError(text, provider=self.name) from error


def _write(directory: Path, filename: str | None, email: Email | None) -> None:
    content = encode(email) if email else b""
    directory.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=directory)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if filename:
            Path(temporary).rename(directory / filename)
    finally:
        # Gone by then where it has its name; nothing after that may turn a success into a failure.
        with suppress(OSError):
            Path(temporary).unlink()
