"""The ASGI application that takes events in."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from pydantic import SecretStr

from notifykit.errors import StorageError
from notifykit.notifier import Notifier
from notifykit.settings import Settings
from notifykit.webhooks import mailgun, sendgrid
from notifykit.webhooks.asgi import Gone, Headers, Receive, Scope, Send, answer, body_of
from notifykit.webhooks.keeping import Keeper, Tally
from notifykit.webhooks.reading import Batch, parsed
from notifykit.webhooks.refusals import Refused
from notifykit.webhooks.signatures import MailgunSignature, SendGridSignature

# SendGrid puts up to 768 KB into one request, and its shortest events have some 200 bytes.
MAX_EVENTS = 5_000

# For as long as the providers try again, and then some.
_SENDGRID_TRIES = timedelta(hours=24, minutes=15)
_MAILGUN_TRIES = timedelta(hours=8, minutes=15)


class Webhooks:
    """
    Takes events of SendGrid at ``…/sendgrid`` and of Mailgun at ``…/mailgun``, by POST.

    Nothing is believed before its signature was checked on the body as it came. Then everything
    that can be read is kept, once, however often it is told; what is about other programs' mail is
    acknowledged and counted.

    Answers: 200 with the counts as JSON; 400 where it is no event; 403 where it is not signed,
    wrongly or too long ago; 404 and 405; 406 for a token of Mailgun that was used; 413 beyond 1 MB
    or 5,000 events; 503 where the repository is out of reach or no key is set, so that the
    provider tries again.

    Made by `app` and `from_env`.
    """

    def __init__(
        self,
        notifier: Notifier,
        *,
        sendgrid: SendGridSignature | None,
        mailgun: MailgunSignature | None,
        owns_notifier: bool = False,
    ) -> None:
        self._notifier = notifier
        self._sendgrid = sendgrid
        self._mailgun = mailgun
        self._owns_notifier = owns_notifier
        self._keeper = Keeper(notifier)
        self._journal = notifier.worker.delivery.journal
        self._clock = notifier.options.clock
        self._routes = {"sendgrid": self._from_sendgrid, "mailgun": self._from_mailgun}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or start and stop."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close"})
        else:
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Whatever it is mounted under stands before the last part, or was taken off.
        provider = scope["path"].rstrip("/").rpartition("/")[2]
        try:
            tally = await self._taken(provider, scope, receive)
        except Gone:
            return
        except Refused as refused:
            if provider in self._routes:
                self._refuse(provider, refused)
            await answer(send, refused.code, {"error": refused.why})
        else:
            level = logging.WARNING if tally.malformed else logging.INFO
            self._journal.write(level, "events", provider=provider, **tally.counts())
            await answer(send, HTTPStatus.OK, tally.counts())

    async def _taken(self, provider: str, scope: Scope, receive: Receive) -> Tally:
        route = self._routes.get(provider)
        if route is None:
            raise Refused(HTTPStatus.NOT_FOUND, "events come to …/sendgrid or …/mailgun")
        if scope["method"] != "POST":
            raise Refused(HTTPStatus.METHOD_NOT_ALLOWED, "events come by POST")
        headers = dict(scope["headers"])
        return await route(headers, await body_of(headers, receive))

    async def _from_sendgrid(self, headers: Headers, body: bytes) -> Tally:
        if self._sendgrid is None:
            raise _no_key("SENDGRID_WEBHOOK_KEY")
        now = self._clock()
        self._sendgrid.verify(headers, body, now)
        events = _json(body)
        if not isinstance(events, list):
            raise Refused(HTTPStatus.BAD_REQUEST, "the body is no list of events")
        if len(events) > MAX_EVENTS:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"more than {MAX_EVENTS:,} events")
        return await self._keep(Batch.read(events, lambda fields: sendgrid.note(fields, now)))

    async def _from_mailgun(self, headers: Headers, body: bytes) -> Tally:
        if self._mailgun is None:
            raise _no_key("MAILGUN_WEBHOOK_KEY")
        now = self._clock()
        # The signature stands in the body; nothing but it is looked at before it is proven.
        payload = _json(body)
        if not isinstance(payload, dict):
            raise Refused(HTTPStatus.BAD_REQUEST, "the body is no object")
        signed = self._mailgun.verify(payload, now)
        event = payload.get("event-data")
        batch = Batch.read([event], lambda fields: mailgun.note(fields, signed.token, now))
        tally = await self._keep(batch)
        self._mailgun.remember(signed, now)
        return tally

    async def _keep(self, batch: Batch) -> Tally:
        try:
            return await self._keeper.keep(batch)
        except StorageError as error:
            self._journal.write(logging.ERROR, "storage", error=str(error))
            raise Refused(
                HTTPStatus.SERVICE_UNAVAILABLE, "the events could not be kept; try again"
            ) from error

    def _refuse(self, provider: str, refused: Refused) -> None:
        ours = refused.code >= HTTPStatus.INTERNAL_SERVER_ERROR
        level = logging.ERROR if ours else logging.WARNING
        self._journal.write(level, "webhook", provider=provider, error=refused.why)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.shutdown" and self._owns_notifier:
                await self._notifier.aclose()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return


def app(
    notifier: Notifier,
    *,
    sendgrid_key: str | SecretStr | None = None,
    mailgun_key: str | SecretStr | None = None,
    max_age: timedelta | None = None,
) -> Webhooks:
    """
    Make the application; mount it anywhere, behind HTTPS.

    ::

        backend.mount("/events/3f9c…", webhooks.app(notifier, mailgun_key="…"))

    Args:
        notifier: Whose submissions the events are about. It stays yours to close.
        sendgrid_key: SendGrid's verification key; without it nothing of SendGrid is taken.
        mailgun_key: Mailgun's HTTP webhook signing key; without it nothing of Mailgun is taken.
        max_age: Of a signature. Left out: for as long as the provider tries again (SendGrid 24
            hours, Mailgun 8), because nobody says whether a repeated request is signed anew; what
            is told twice in that time is kept once.

    Raises:
        ConfigurationError: A key is none; or for SendGrid's, ``notifykit-mail[webhooks]`` is not
            installed.
    """
    return Webhooks(
        notifier,
        sendgrid=_sendgrid(sendgrid_key, max_age or _SENDGRID_TRIES),
        mailgun=_mailgun(mailgun_key, max_age or _MAILGUN_TRIES),
    )


def from_env(environ: Mapping[str, str] | None = None) -> Webhooks:
    """
    Make the application and its notifier from environment variables, to stand alone.

    ::

        uvicorn --factory notifykit.webhooks:from_env

    It delivers nothing; that is for the bot or `notifykit worker` to do, on the same database.

    Args:
        environ: In place of the process's own environment. ``SENDGRID_WEBHOOK_KEY`` and
            ``MAILGUN_WEBHOOK_KEY`` are the keys.

    Raises:
        ConfigurationError: Names everything that is missing or malformed at once.
    """
    settings = Settings.from_env(environ)
    return Webhooks(
        Notifier.from_settings(settings),
        sendgrid=_sendgrid(settings.sendgrid_webhook_key, _SENDGRID_TRIES),
        mailgun=_mailgun(settings.mailgun_webhook_key, _MAILGUN_TRIES),
        owns_notifier=True,
    )


def _sendgrid(key: str | SecretStr | None, max_age: timedelta) -> SendGridSignature | None:
    return SendGridSignature(key, max_age=max_age) if key else None


def _mailgun(key: str | SecretStr | None, max_age: timedelta) -> MailgunSignature | None:
    return MailgunSignature(key, max_age=max_age) if key else None


def _json(body: bytes) -> Any:
    try:
        return parsed(body)
    except ValueError as error:
        raise Refused(HTTPStatus.BAD_REQUEST, "the body is no JSON") from error


def _no_key(variable: str) -> Refused:
    return Refused(HTTPStatus.SERVICE_UNAVAILABLE, f"{variable} is not set")
