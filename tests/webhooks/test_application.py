"""Requests, as providers and strangers send them."""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import timedelta

import pytest

from notifykit import Notifier, Status, Submission
from notifykit.errors import ConfigurationError, StorageError
from notifykit.storage import MemoryRepository, SqlRepository
from notifykit.submission import EventKind
from notifykit.webhooks import app, from_env
from webhooks.station import (
    MAILGUN_KEY,
    MakeStation,
    Station,
    ask,
    from_mailgun,
    from_sendgrid,
    mailgun_body,
)


def counts(**changed: int) -> dict[str, int]:
    return {"kept": 0, "repeated": 0, "unknown": 0, "ignored": 0, "malformed": 0, **changed}


async def kinds(station: Station, submission: Submission) -> list[EventKind]:
    return [event.kind for event in await station.repository.events(submission.id)]


async def test_what_sendgrid_tells_is_kept(station: Station, sent: Submission) -> None:
    reply = await station.tell_sendgrid(
        from_sendgrid(sent, "processed"), from_sendgrid(sent, "delivered", response="250 OK")
    )

    assert (200, counts(kept=2)) == (reply.code, reply.json())
    assert [EventKind.ACCEPTED, EventKind.DELIVERED] == await kinds(station, sent)
    assert "delivered" == (await station.found(sent)).delivery


async def test_what_mailgun_tells_is_kept(station: Station, sent: Submission) -> None:
    reply = await station.tell_mailgun(from_mailgun(sent, "delivered"))

    assert (200, counts(kept=1)) == (reply.code, reply.json())
    assert "delivered" == (await station.found(sent)).delivery


async def test_processed_is_not_delivered(station: Station, sent: Submission) -> None:
    await station.tell_sendgrid(from_sendgrid(sent, "processed"))
    await station.tell_mailgun(from_mailgun(sent, "accepted"))

    assert (await station.found(sent)).delivery is None


async def test_the_same_events_again_are_harmless(station: Station, sent: Submission) -> None:
    events = [from_sendgrid(sent, "delivered"), from_sendgrid(sent, "bounce", reason="550 no")]
    await station.tell_sendgrid(*events)
    again = await station.tell_sendgrid(*events, *events)

    assert counts(repeated=4) == again.json()
    assert 2 == len(await kinds(station, sent))
    assert 1 == len(station.alarms)


async def test_an_event_twice_in_one_request_is_kept_once(
    station: Station, sent: Submission
) -> None:
    event = from_sendgrid(sent, "delivered")

    assert counts(kept=1, repeated=1) == (await station.tell_sendgrid(event, event)).json()


async def test_events_about_other_mail_are_acknowledged_and_counted(
    station: Station, sent: Submission
) -> None:
    events = [
        {**from_sendgrid(sent, "delivered"), "submission_id": other} for other in ("x", None, 7)
    ]

    assert counts(unknown=3) == (await station.tell_sendgrid(*events)).json()
    other = from_mailgun(sent, "delivered", message={}, **{"user-variables": {}})
    assert counts(unknown=1) == (await station.tell_mailgun(other)).json()


async def test_a_malformed_event_costs_none_of_the_others(
    station: Station, sent: Submission, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "notifykit")
    reply = await station.tell_sendgrid(
        None, from_sendgrid(sent, "delivered"), [1], {"event": 7}, from_sendgrid(sent, "newname")
    )

    assert (200, counts(kept=1, ignored=1, malformed=3)) == (reply.code, reply.json())
    assert "delivered" == (await station.found(sent)).delivery
    (line,) = [record for record in caplog.records if record.event == "events"]
    assert (logging.WARNING, 3) == (line.levelno, line.malformed)


async def test_an_event_of_mailgun_that_is_none_is_counted(station: Station) -> None:
    for event in (None, [], {"event": None}):
        assert counts(malformed=1) == (await station.tell_mailgun(event)).json()


@pytest.mark.parametrize("name", ["sendgrid", "mailgun"])
async def test_without_our_id_the_message_id_finds_the_submission(
    station: Station, sent: Submission, name: str
) -> None:
    if name == "sendgrid":
        event = from_sendgrid(sent, "delivered", **{"smtp-id": sent.message_id})
        reply = await station.tell_sendgrid({**event, "submission_id": None})
    else:
        reply = await station.tell_mailgun(
            from_mailgun(sent, "delivered", **{"user-variables": {}})
        )

    assert counts(kept=1) == reply.json()
    assert "delivered" == (await station.found(sent)).delivery


@pytest.mark.parametrize("path", ["/sendgrid", "/sendgrid/", "/events/3f9c/sendgrid"])
async def test_it_answers_under_any_prefix(station: Station, sent: Submission, path: str) -> None:
    reply = await station.tell_sendgrid(from_sendgrid(sent, "delivered"), path=path)

    assert 200 == reply.code


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/sendgrid", 405),
        ("HEAD", "/mailgun", 405),
        ("PUT", "/mailgun", 405),
        ("POST", "/", 404),
        ("POST", "/gmail", 404),
        ("POST", "/sendgrid/x", 404),
    ],
)
async def test_anything_but_a_post_to_a_provider_is_refused(
    station: Station, method: str, path: str, code: int
) -> None:
    reply = await ask(station.webhooks, path, b"[]", method=method)

    assert code == reply.code
    assert (b"POST" if code == 405 else None) == reply.headers.get(b"allow")


async def test_what_is_not_signed_is_refused_before_it_is_read(
    station: Station, sent: Submission, caplog: pytest.LogCaptureFixture
) -> None:
    body = json.dumps([from_sendgrid(sent, "bounce")]).encode()
    stale = station.sendgrid.signed(body, station.now - 90_000)
    replies = [
        await ask(station.webhooks, "/sendgrid", body),
        await ask(station.webhooks, "/sendgrid", b"not JSON"),
        await ask(station.webhooks, "/sendgrid", body, stale),
        await ask(station.webhooks, "/mailgun", body.strip(b"[]")),
        await ask(station.webhooks, "/mailgun", mailgun_body({}, station.now, key="other")),
        await ask(station.webhooks, "/mailgun", mailgun_body({}, station.now - 40_000)),
    ]

    assert [403] * 6 == [reply.code for reply in replies]
    assert [] == await kinds(station, sent)
    assert 6 == len([record for record in caplog.records if record.event == "webhook"])


async def test_every_changed_byte_of_a_request_is_refused(
    station: Station, sent: Submission
) -> None:
    body = json.dumps([from_sendgrid(sent, "bounce")]).encode() + b"\r\n"
    headers = station.sendgrid.signed(body, station.now)
    codes = {
        (await ask(station.webhooks, "/sendgrid", changed, headers)).code
        for at, byte in enumerate(body)
        for changed in [body[:at] + bytes([byte ^ 1]) + body[at + 1 :]]
    }

    assert {403} == codes
    assert [] == await kinds(station, sent)


async def test_a_replayed_token_with_another_event_changes_nothing(
    make_station: MakeStation, station: Station, sent: Submission
) -> None:
    first = await station.tell_mailgun(from_mailgun(sent, "delivered"), token="captured")
    forged = from_mailgun(sent, "complained")
    here = await station.tell_mailgun(forged, token="captured")
    elsewhere = await make_station(repository=station.repository)
    there = await elsewhere.tell_mailgun(forged, token="captured")

    assert (200, 406) == (first.code, here.code)
    assert (200, counts(repeated=1)) == (there.code, there.json())
    assert "delivered" == (await station.found(sent)).delivery


async def test_a_replayed_request_of_sendgrid_changes_nothing(
    station: Station, sent: Submission
) -> None:
    body = json.dumps([from_sendgrid(sent, "bounce")]).encode()
    headers = station.sendgrid.signed(body, station.now)
    await ask(station.webhooks, "/sendgrid", body, headers)
    station.clock.advance(hours=2)
    again = await ask(station.webhooks, "/sendgrid", body, headers)

    assert counts(repeated=1) == again.json()
    assert 1 == len(station.alarms)


async def test_without_a_key_nothing_is_taken_and_the_log_names_the_variable(
    station: Station, sent: Submission, caplog: pytest.LogCaptureFixture
) -> None:
    keyless = app(station.notifier)
    body = json.dumps([from_sendgrid(sent, "delivered")]).encode()
    one = await ask(keyless, "/sendgrid", body, station.sendgrid.signed(body, station.now))
    event = from_mailgun(sent, "delivered")
    two = await ask(keyless, "/mailgun", mailgun_body(event, station.now))

    assert (503, 503) == (one.code, two.code)
    assert [] == await kinds(station, sent)
    errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert ["SENDGRID_WEBHOOK_KEY" in errors[0], "MAILGUN_WEBHOOK_KEY" in errors[1]] == [True] * 2


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"{}", b"1", b"[" * 200_000])
async def test_a_signed_body_that_is_no_list_of_events_is_refused(
    station: Station, body: bytes
) -> None:
    reply = await ask(
        station.webhooks, "/sendgrid", body, station.sendgrid.signed(body, station.now)
    )

    assert 400 == reply.code


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"1", b'{"signature":' * 80_000])
async def test_a_body_that_mailgun_cannot_have_sent_is_refused(
    station: Station, body: bytes
) -> None:
    assert 400 == (await ask(station.webhooks, "/mailgun", body)).code


async def test_as_many_events_as_sendgrid_puts_into_one_request_are_kept(
    station: Station, sent: Submission
) -> None:
    event = {**from_sendgrid(sent, "open"), "smtp-id": "<14c5d75ce93.dfd.64b469@example.com>"}
    many = [{**event, "sg_event_id": f"{number:032}"} for number in range(2_500)]
    most = 768 * 1024

    assert 0.9 * most < len(json.dumps(many)) < most
    assert counts(kept=2_500) == (await station.tell_sendgrid(*many)).json()


async def test_more_than_a_megabyte_or_five_thousand_events_are_refused(
    station: Station, sent: Submission
) -> None:
    heavy = b"[" + b" " * (1024 * 1024 - 1) + b"]"
    announced = {**station.sendgrid.signed(heavy, station.now), "Content-Length": str(len(heavy))}

    assert 413 == (await ask(station.webhooks, "/sendgrid", heavy, announced)).code
    for much in ("1048577", "9" * 5_000, "0" * 20 + "2000000"):
        small = {**announced, "Content-Length": much}
        assert 413 == (await ask(station.webhooks, "/sendgrid", b"[]", small)).code
    del announced["Content-Length"]
    assert 413 == (await ask(station.webhooks, "/sendgrid", heavy, announced)).code
    assert 413 == (await station.tell_sendgrid(*[{}] * 5_001)).code
    assert counts(malformed=5_000) == (await station.tell_sendgrid(*[{}] * 5_000)).json()
    assert [] == await kinds(station, sent)


async def test_a_body_in_small_chunks_is_put_together(station: Station, sent: Submission) -> None:
    body = json.dumps([from_sendgrid(sent, "delivered")]).encode()
    headers = station.sendgrid.signed(body, station.now)

    assert 200 == (await ask(station.webhooks, "/sendgrid", body, headers, chunk=7)).code


async def test_a_client_that_hangs_up_is_not_answered(station: Station) -> None:
    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        raise AssertionError(message)

    scope = {"type": "http", "method": "POST", "path": "/sendgrid", "headers": []}
    await station.webhooks(scope, receive, send)


class Away(MemoryRepository):
    """A store that is out of reach for some events."""

    def __init__(self, clock) -> None:
        super().__init__(clock=clock)
        self.refuses: set[str | None] = set()

    async def record(self, event):
        if event.recipient in self.refuses:
            raise StorageError("the database is away")
        return await super().record(event)


async def test_while_the_store_is_away_the_provider_is_asked_to_try_again(
    make_station: MakeStation, clock, order
) -> None:
    store = Away(clock)
    station = await make_station(repository=store)
    sent = await station.notifier.send(order)
    events = [
        from_sendgrid(sent, "delivered", email="one@example.com"),
        from_sendgrid(sent, "delivered", email="two@example.com"),
    ]
    store.refuses = {"one@example.com"}
    down = await station.tell_sendgrid(*events)
    store.refuses = set()
    up = await station.tell_sendgrid(*events)

    assert (503, 200) == (down.code, up.code)
    assert counts(kept=1, repeated=1) == up.json()


async def test_a_token_whose_event_was_not_kept_is_good_for_the_next_try(
    make_station: MakeStation, clock, order
) -> None:
    store = Away(clock)
    station = await make_station(repository=store)
    sent = await station.notifier.send(order)
    store.refuses = set(sent.recipients)
    event = from_mailgun(sent, "failed", severity="permanent")
    down = await station.tell_mailgun(event, token="one")
    store.refuses = set()
    up = await station.tell_mailgun(event, token="one")

    assert (503, 200) == (down.code, up.code)
    assert "bounced" == (await station.found(sent)).delivery


async def test_of_many_requests_at_once_with_the_same_events_each_is_kept_once(
    station: Station, sent: Submission
) -> None:
    events = [from_sendgrid(sent, "delivered") for _ in range(20)]
    replies = await asyncio.gather(*(station.tell_sendgrid(*events) for _ in range(5)))

    assert 20 == sum(reply.json()["kept"] for reply in replies)
    assert 80 == sum(reply.json()["repeated"] for reply in replies)


async def test_a_shorter_age_can_be_asked_for(station: Station, sent: Submission) -> None:
    strict = app(
        station.notifier,
        sendgrid_key=station.sendgrid.key,
        mailgun_key=MAILGUN_KEY,
        max_age=timedelta(minutes=5),
    )
    body = json.dumps([from_sendgrid(sent, "delivered")]).encode()
    old = station.sendgrid.signed(body, station.now - 301)

    assert 403 == (await ask(strict, "/sendgrid", body, old)).code
    late = mailgun_body(from_mailgun(sent, "delivered"), station.now - 301)
    assert 403 == (await ask(strict, "/mailgun", late)).code


def environment(tmp_path, **more: str) -> dict[str, str]:
    return {
        "MAIL_PROVIDER": "console",
        "SALES_EMAIL": "sales@example.com",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'notifykit.db'}",
        "MAILGUN_WEBHOOK_KEY": MAILGUN_KEY,
        **more,
    }


async def test_one_made_from_the_environment_stands_alone_and_closes_its_notifier(
    tmp_path, order, clock
) -> None:
    environ = environment(tmp_path)
    async with Notifier.from_env(environ) as notifier:
        sent = await notifier.enqueue(order)
    alone = from_env(environ)
    messages = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    said: list[str] = []

    async def receive():
        return messages.pop(0)

    async def send(message):
        said.append(message["type"])
        if message["type"] == "lifespan.startup.complete":
            now = int(alone._clock().timestamp())
            told = await ask(alone, "/mailgun", mailgun_body(from_mailgun(sent, "opened"), now))
            assert counts(kept=1) == told.json()

    await alone({"type": "lifespan"}, receive, send)

    assert ["lifespan.startup.complete", "lifespan.shutdown.complete"] == said


def test_a_wrong_key_in_the_environment_is_told_by_its_name(tmp_path) -> None:
    with pytest.raises(ConfigurationError, match="SENDGRID_WEBHOOK_KEY"):
        from_env(environment(tmp_path, SENDGRID_WEBHOOK_KEY="SG.not-a-public-key"))


async def test_a_websocket_is_closed(station: Station) -> None:
    said = []

    async def send(message):
        said.append(message["type"])

    await station.webhooks({"type": "websocket", "path": "/sendgrid"}, None, send)

    assert ["websocket.close"] == said


async def test_an_event_never_changes_the_status_of_what_was_sent(
    station: Station, sent: Submission
) -> None:
    for name in ("bounce", "dropped", "spamreport"):
        await station.tell_sendgrid(from_sendgrid(sent, name, reason="550 5.1.1 unknown"))
    found = await station.found(sent)

    assert (Status.SENT, "complained") == (found.status, found.delivery)
    assert (sent.fence, sent.attempts) == (found.fence, found.attempts)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/notifykit.db"
    return request.getfixturevalue("postgres_url")


async def test_a_thousand_events_are_kept_in_a_database_and_once(
    make_station: MakeStation, clock, order, url: str
) -> None:
    station = await make_station(repository=SqlRepository(url, clock=clock))
    sent = await station.notifier.send(order)
    names = ("processed", "deferred", "delivered", "bounce")
    events = [from_sendgrid(sent, names[number % 4]) for number in range(1_000)]
    first, again = [await station.tell_sendgrid(*events) for _ in range(2)]

    assert (counts(kept=1_000), counts(repeated=1_000)) == (first.json(), again.json())
    assert ("bounced", 250) == ((await station.found(sent)).delivery, len(station.alarms))
