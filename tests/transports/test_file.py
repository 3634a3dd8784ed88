import asyncio
import os
import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from notifykit.errors import UnavailableError
from notifykit.message import Address, Email
from notifykit.mime import encode
from notifykit.testing import TransportContract
from notifykit.transports import FileTransport
from notifykit.transports.base import Transport

EMAIL = Email(
    sender=Address("bot@example.com", "Бот"),
    to=(Address("sales@example.com"),),
    subject="Заказ",
    text="Цемент",
    date=datetime(2026, 11, 22, 12, 30, tzinfo=UTC),
)


class TestContract(TransportContract):
    @pytest.fixture(autouse=True)
    def _with_folder(self, tmp_path):
        self._folder = tmp_path

    async def make_transport(self) -> Transport:
        return FileTransport(self._folder)


async def test_the_file_is_the_email_as_smtp_would_send_it(tmp_path) -> None:
    receipt = await FileTransport(tmp_path / "made" / "by itself").send(EMAIL)

    (written,) = (tmp_path / "made" / "by itself").iterdir()
    assert written.name == receipt.message_id
    assert re.fullmatch(r"20261122T123000Z-[0-9a-f-]{36}\.eml", written.name)
    assert encode(EMAIL) == written.read_bytes()
    assert "Заказ" == message_from_bytes(written.read_bytes(), policy=policy.default)["Subject"]


async def test_sending_twice_makes_two_files(tmp_path) -> None:
    transport = FileTransport(tmp_path)

    await asyncio.gather(*(transport.send(EMAIL) for _ in range(20)))

    assert 20 == len(list(tmp_path.glob("*.eml")))
    assert [] == list(tmp_path.glob(".*"))


async def test_a_folder_that_cannot_be_made_took_nothing(tmp_path) -> None:
    (tmp_path / "taken").write_text("a file")

    with pytest.raises(UnavailableError, match=r"cannot write into .*taken"):
        await FileTransport(tmp_path / "taken").send(EMAIL)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
async def test_a_full_disk_took_nothing_and_leaves_nothing(tmp_path, monkeypatch) -> None:
    def into_a_full_disk(descriptor: int, mode: str):
        os.close(descriptor)
        return Path("/dev/full").open(mode)

    # The operating system's refusal is a real one; only the file is another.
    monkeypatch.setattr("notifykit.transports.file.os.fdopen", into_a_full_disk)

    with pytest.raises(UnavailableError, match="No space left on device"):
        await FileTransport(tmp_path).send(EMAIL)

    assert [] == list(tmp_path.iterdir())


async def test_a_check_leaves_nothing_behind(tmp_path) -> None:
    await FileTransport(tmp_path).check()

    assert [] == list(tmp_path.iterdir())


async def test_a_check_finds_a_folder_that_cannot_be_written_to(tmp_path) -> None:
    (tmp_path / "taken").write_text("a file")

    with pytest.raises(UnavailableError):
        await FileTransport(tmp_path / "taken").check()


async def test_others_on_the_machine_cannot_read_the_orders(tmp_path) -> None:
    receipt = await FileTransport(tmp_path).send(EMAIL)

    assert 0o600 == (tmp_path / (receipt.message_id or "")).stat().st_mode & 0o777
