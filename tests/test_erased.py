"""Whoever is forgotten is nowhere: in no table, in no file, in no log of SQLite."""

import json
import os
import sqlite3
import stat
import time
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from notifykit import Contact, Notifier, Order, OrderLine
from notifykit.storage import SqlRepository, retention
from notifykit.storage.persons import Person
from notifykit.submission import Event, EventKind, Hold
from notifykit.testing import FakeTransport

CLIENT = "kanarejka@example.com"
PHONE = "+7 912 345-67-89"
SPELLINGS = (
    *("kanarejka", "Канарейкин", "канарейкин", "345-67-89", "9123456789"),
    *("kanarejkaexamplecom", "77001177", "Канареечная"),
)
ORDER = Order(
    customer=Contact(name="Канарейкин", phone=PHONE, email=CLIENT, telegram="@kanarejka"),
    lines=[OrderLine(code="00-0123", title="Цемент", quantity=1)],
    conversation="tg:77001177",
    comment="Канареечная, 1",
)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/notifykit.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
async def notifier(url: str) -> AsyncIterator[Notifier]:
    """A bot that has the database open while somebody else forgets."""
    repository = SqlRepository(url)
    sender, sales = "bot@example.com", ["sales@example.com"]
    async with Notifier(
        FakeTransport(), sender=sender, sales=sales, repository=repository
    ) as notifier:
        yield notifier
    await repository.aclose()


async def sent_and_bounced(notifier: Notifier, contact: str = CLIENT) -> str:
    """Leave something about the client wherever something can be left."""
    sent = await notifier.send(ORDER, to=["sales@example.com", CLIENT])
    repository = notifier.repository
    bounce = Event(
        id="1",
        submission_id=sent.id,
        provider="fake",
        kind=EventKind.BOUNCED,
        recipient=CLIENT,
        text=f"550 {CLIENT}: unknown",
        occurred_at=sent.created_at,
    )
    await repository.record(bounce)
    hold = Hold(source="default", provider="other", reason=f"552 {contact} is full")
    await repository.hold(hold, lasting=timedelta(hours=1))
    await notifier.resend(sent.id, by="Анна")
    return sent.id


async def everything(repository: SqlRepository) -> str:
    """Give all tables whole, whatever they are called."""

    def read(connection):
        names = inspect(connection).get_table_names()
        return {
            name: [list(row) for row in connection.execute(text(f'SELECT * FROM "{name}"'))]
            for name in names
        }

    return json.dumps(await repository._read(read), ensure_ascii=False, default=str)


def found(text: str) -> list[str]:
    return [spelling for spelling in SPELLINGS if spelling in text]


@pytest.mark.parametrize("contact", [PHONE, CLIENT, "@kanarejka"])
async def test_no_table_names_the_client_any_more(
    notifier: Notifier, url: str, contact: str
) -> None:
    await sent_and_bounced(notifier, contact)
    before = found(await everything(notifier.repository))
    erased = await retention.erase(url, contact)

    assert sorted(SPELLINGS) == sorted(before)
    assert (1, ()) == (erased.submissions, erased.skipped)
    assert [] == found(await everything(notifier.repository))


@pytest.mark.parametrize("how", ["erased", "purged"])
async def test_no_hash_of_what_was_said_is_left(notifier: Notifier, url: str, how: str) -> None:
    id_ = await sent_and_bounced(notifier)
    hashes = [(await notifier.repository.get(id_)).sha256]
    hashes += [one.sha256 for one in (await notifier.repository.get(id_)).attempts if one.sha256]
    if how == "erased":
        await retention.erase(url, PHONE)
    else:
        await retention.purge(url, older_than=timedelta(0))
    left = await everything(notifier.repository)

    assert 2 <= len(list(filter(None, hashes)))
    assert [] == [one for one in hashes if one in left]


async def test_a_hold_stays_and_its_words_go(notifier: Notifier, url: str) -> None:
    await sent_and_bounced(notifier)
    stays = Hold(source="default", provider="fake", reason="535 5.7.8 not accepted")
    await notifier.repository.hold(stays, lasting=timedelta(hours=1))
    await retention.erase(url, CLIENT, dry_run=True)
    counted = {one.provider: one.reason for one in await notifier.repository.holds("default")}
    await retention.erase(url, CLIENT)
    after = {one.provider: one.reason for one in await notifier.repository.holds("default")}

    assert {"fake": stays.reason, "other": f"552 {CLIENT} is full"} == counted
    assert {"fake": stays.reason, "other": ""} == after


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("how", ["erased", "purged"])
async def test_no_file_of_sqlite_names_the_client_while_the_bot_runs(
    notifier: Notifier, url: str, how: str, tmp_path: Path
) -> None:
    await sent_and_bounced(notifier, PHONE)
    before = _in_files(tmp_path)
    if how == "erased":
        await retention.erase(url, PHONE)
    else:
        await retention.purge(url, older_than=timedelta(0))
        await notifier.repository.release("default", "other")
        await retention.purge(url, older_than=timedelta(0))
    after = _in_files(tmp_path)
    await notifier.enqueue(ORDER.model_copy(update={"number": "A-17"}))

    assert before
    assert {} == after
    assert _in_files(tmp_path)


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_somebody_who_reads_for_long_holds_forgetting_up_for_seconds_only(
    notifier: Notifier, url: str, tmp_path: Path
) -> None:
    await sent_and_bounced(notifier)
    with closing(sqlite3.connect(tmp_path / "notifykit.db")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM order_submissions").fetchall()
        began = time.monotonic()
        erased = await retention.erase(url, PHONE)
        took = time.monotonic() - began
    patience = await notifier.repository._write(
        lambda connection: connection.exec_driver_sql("PRAGMA busy_timeout").scalar()
    )

    assert 1 == erased.submissions
    assert took < 10
    assert 30_000 == patience


def _files(folder: Path) -> list[Path]:
    return [file for file in folder.iterdir() if file.is_file()]


def _in_files(folder: Path) -> dict[str, list[str]]:
    told = {file.name: file.read_bytes() for file in _files(folder)}
    here = {
        name: [one for one in SPELLINGS if one.encode() in content]
        for name, content in told.items()
    }
    return {name: spellings for name, spellings in here.items() if spellings}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
async def test_nobody_else_on_the_machine_may_read_a_new_file(tmp_path: Path) -> None:
    repository = SqlRepository(f"sqlite:///{tmp_path}/notifykit.db")
    await repository.holds("default")
    rights = {file.name: stat.S_IMODE(file.stat().st_mode) for file in _files(tmp_path)}
    await repository.aclose()

    assert {0o600} == set(rights.values())
    assert "notifykit.db" in rights


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
async def test_the_rights_of_a_file_that_is_there_stay(tmp_path: Path) -> None:
    file = tmp_path / "notifykit.db"
    file.touch(0o664)
    file.chmod(0o664)
    repository = SqlRepository(f"sqlite:///{file}")
    await repository.holds("default")
    await repository.aclose()

    assert 0o664 == stat.S_IMODE(file.stat().st_mode)


@pytest.mark.parametrize(
    "written",
    [
        "8 (912) 345-67-89",
        "8\u2212912\u2212345\u221267\u221289",
        "+７ ９１２ ３４５ ６７ ８９",
        "+7\u00ad912\u00ad345\u00ad67\u00ad89",
        "8/912/345/67/89",
        "8_912_345_67_89",
        "+7 912 345·67·89",
        "٩١٢٣٤٥٦٧٨٩",
        "+7\u202f912\u00a0345\u200967\u200289",
    ],
)
def test_a_phone_is_found_in_whatever_letters_it_was_typed(written: str) -> None:
    assert Person.known_by(PHONE).is_in({"customer": {"phone": written}})
    assert Person.known_by(PHONE).is_in({"comment": f"звоните {written}, вечером"})
    assert "phone:+79123456789" == Person.known_by(written).contact
    assert not Person.known_by("+7 912 345-67-88").is_in({"phone": written})


@pytest.mark.parametrize(
    "written",
    [
        *("@ivan_p", "https://t.me/Ivan_P", "tg://resolve?domain=ivan_p", "ivan_p.t.me"),
        *("https://t.me/s/ivan_p", "＠ivan_p"),
    ],
)
def test_a_telegram_name_is_found_in_every_kind_of_link(written: str) -> None:
    known = Person.known_by("@ivan_p")

    assert known.is_in({"comment": f"пишите: {written}"})
    assert not Person.known_by("@ivan").is_in({"comment": f"пишите: {written}"})
