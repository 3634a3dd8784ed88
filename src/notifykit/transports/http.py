"""
Talks HTTP to a provider. The one module that knows httpx, and the one that makes its errors ours.

What an error means hangs on one question: can the provider have the whole request? Until the first
byte of the body is written it cannot, whatever went wrong, and the email is free for the next
provider. From then on only an answer can say so: even a failed write may have put everything into
the socket. That an answer came is enough; a body cut short costs no more than its words.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import httpx

from notifykit.diagnosis import Reply, error_for, find, network_reply, scrub
from notifykit.diagnosis.scrubbing import without_past
from notifykit.errors import (
    ConfigurationError,
    DeliveryError,
    OutcomeUnknownError,
    RejectedError,
    UnavailableError,
)
from notifykit.transports.base import before_content, reached
from notifykit.transports.http_values import ApiKey, Response
from notifykit.transports.loopback import is_loopback
from notifykit.transports.waiting import date_in, retry_after

Field = tuple[str, str]
File = tuple[str, tuple[str, bytes, str]]

TIMEOUT = 30.0
_CONNECT = 10.0  # the next provider is waiting
_MAX_ANSWER = 1024 * 1024

# A connection that the provider closes at the very moment of our request leaves the outcome open,
# and none of its answers can settle it. Front ends close idle connections after a minute or so, so
# ours are given up long before that.
_LIMITS = httpx.Limits(max_connections=50, max_keepalive_connections=10, keepalive_expiry=5.0)


@dataclass(slots=True)
class _Wire:
    """How far a request got; from the stage ``http`` on, the provider may have all of it."""

    stage: str = "connect"
    code: int = 0
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytearray = field(default_factory=bytearray, repr=False)

    async def trace(self, event: str, _info: Mapping[str, Any]) -> None:
        """Follow httpcore (its ``trace`` extension)."""
        if event.endswith("connect_tcp.complete"):
            reached("connect")
        elif event.endswith("start_tls.started"):
            self.stage = "tls"
        elif event.endswith("start_tls.complete"):
            reached("tls")
        elif event.endswith("send_request_body.started"):
            await before_content()
            self.stage = "http"

    def response(self) -> Response:
        text = self.body[:_MAX_ANSWER].decode("utf-8", "replace")
        return Response(
            self.code, {name.lower(): self.headers[name] for name in self.headers}, text
        )


class HttpApi:
    """
    The HTTP side of a provider: one client, and every failure as one of our errors.

    TLS is checked against the system's certificates, redirects are not followed (a POST would
    become a GET, and the key would go elsewhere), proxy variables of the environment are ignored.
    The key never stands in a URL: httpx logs those.

    Args:
        provider: Names the rows of the table of diagnoses.
        url: Where it is; ``http`` only to this machine, as the key would travel in clear.
        key: The API key.
        cafile: Trust these certificates (PEM) in place of the system's.
        timeout: Seconds for each step: writing, waiting for the answer, and connecting, which has
            no more than 10. All of them together get twice that, so that an answer that drips in
            cannot hold a send for ever.

    Raises:
        ConfigurationError: No key could safely go to this address.
    """

    def __init__(
        self,
        provider: str,
        url: str,
        key: ApiKey,
        *,
        cafile: str | None = None,
        timeout: float = TIMEOUT,
    ) -> None:
        self.provider = provider
        self._url = _base_url(provider, url)
        self._key = key
        self._cafile = cafile
        self._timeout = timeout
        self._client: httpx.AsyncClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def __repr__(self) -> str:
        return f"HttpApi({self.provider!r}, {self._url!r})"

    @property
    def endpoint(self) -> tuple[str, int]:
        """The host and port of the address."""
        url = httpx.URL(self._url)
        return url.host, url.port or (443 if url.scheme == "https" else 80)

    async def call(
        self,
        method: str,
        path: str,
        *,
        json: bytes | None = None,
        form: Iterable[Field] = (),
        files: Iterable[File] = (),
    ) -> Response:
        """
        Ask, and return an answer of success.

        Args:
            method: ``GET`` or ``POST``.
            path: Below the provider's address.
            json: A finished body of JSON.
            form: Fields of a multipart form (RFC 7578), in their order.
            files: Its files: field, then name, content and type.

        Raises:
            DeliveryError: Any of its kinds, by the table of diagnoses.
        """
        wire = _Wire()
        failed: DeliveryError | None = None
        try:
            async with asyncio.timeout(2 * self._timeout):
                client = await self._opened()
                request = client.build_request(
                    method,
                    self._url + path,
                    content=json,
                    files=[*map(_part, form), *files] or None,
                    headers={"Content-Type": "application/json"} if json is not None else None,
                    extensions={"trace": wire.trace},
                )
                await _exchange(client, request, wire)
        except DeliveryError as error:
            failed = error
        except Exception as error:  # noqa: BLE001 - of whatever kind, it becomes one of ours
            if not wire.code:
                failed = self._broken(error, wire)
        if failed is not None:
            raise without_past(failed)
        response = wire.response()
        reached("http", date_in(response.headers))
        if not 200 <= response.code < 300:  # noqa: PLR2004 - RFC 9110, section 15.3
            raise self.refusal(response)
        return response

    async def probe(self, method: str, path: str, form: Iterable[Field] = ()) -> Response:
        """
        Ask something that can send nothing: like `call`, but a lost answer leaves nothing open.

        Raises:
            DeliveryError: Any of its kinds but `OutcomeUnknownError`.
        """
        try:
            return await self.call(method, path, form=form)
        except OutcomeUnknownError as error:
            raise _as(UnavailableError, error) from error

    def refusal(self, response: Response) -> DeliveryError:
        """Make the error that an answer stands for."""
        # The provider's own clock is what its times are measured from: ours may be wrong.
        now = date_in(response.headers) or datetime.now(UTC)
        reply = self._reply(response, response.words())
        return error_for(reply, retry_after=retry_after(response.headers, now), now=now)

    def unreadable(self, response: Response) -> OutcomeUnknownError:
        """Make the error for an answer of success that is not how this provider says so."""
        words = response.words()[:200] or "no word"
        reply = self._reply(response, f"an answer of success that cannot be read: {words}")
        return OutcomeUnknownError(
            reply.text,
            provider=self.provider,
            stage="http",
            code=response.code,
            diagnosis=find("network.answer-lost"),
        )

    async def aclose(self) -> None:
        """Close the connections; the next call opens new ones."""
        client, self._client = self._client, None
        if client is not None and self._loop is asyncio.get_running_loop():
            await client.aclose()

    async def _opened(self) -> httpx.AsyncClient:
        loop = asyncio.get_running_loop()
        if self._client is not None and self._loop is loop:
            return self._client
        # Reading all certificates takes tens of milliseconds that the event loop does not have,
        # and httpcore writes into the context: it is made in a thread and belongs to this client.
        context = await asyncio.to_thread(ssl.create_default_context, cafile=self._cafile)
        if self._client is None or self._loop is not loop:
            self._loop = loop
            self._client = httpx.AsyncClient(
                verify=context,
                timeout=httpx.Timeout(self._timeout, connect=min(self._timeout, _CONNECT)),
                limits=_LIMITS,
                trust_env=False,
                headers={
                    "Authorization": self._key.authorization,
                    "User-Agent": "notifykit",
                    "Accept": "application/json",
                    # A megabyte of zipped nothing would unpack into a gigabyte.
                    "Accept-Encoding": "identity",
                },
            )
        return self._client

    def _reply(self, response: Response, text: str) -> Reply:
        text = scrub(text, self._key.secrets)
        return Reply(provider=self.provider, stage="http", code=response.code, text=text)

    def _broken(self, error: Exception, wire: _Wire) -> DeliveryError:
        heard = network_reply(self.provider, wire.stage, error)
        reply = replace(heard, text=scrub(heard.text, self._key.secrets))
        broken = error_for(reply)
        return _as(OutcomeUnknownError, broken) if wire.stage == "http" else broken


async def _exchange(client: httpx.AsyncClient, request: httpx.Request, wire: _Wire) -> None:
    answer = await client.send(request, stream=True, follow_redirects=False)
    wire.code, wire.headers = answer.status_code, answer.headers
    try:
        async for chunk in answer.aiter_raw():
            wire.body += chunk
            if len(wire.body) >= _MAX_ANSWER:
                break
    finally:
        await answer.aclose()


def _part(pair: Field) -> tuple[str, tuple[None, bytes]]:
    name, value = pair
    return name, (None, value.encode())


def _as(kind: type[DeliveryError], error: DeliveryError) -> DeliveryError:
    return kind(
        error.message,
        provider=error.provider,
        stage=error.stage,
        code=error.code,
        diagnosis=error.diagnosis,
        retry_after=error.retry_after,
    )


def _base_url(provider: str, url: str) -> str:
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, TypeError):
        parsed = httpx.URL("")
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise ConfigurationError(f"{provider}: the API's address must be like https://example.com")
    if parsed.userinfo or parsed.query or parsed.fragment:
        raise ConfigurationError(f"{provider}: the API's address must end with its path")
    if parsed.scheme == "http" and not is_loopback(parsed.host):
        raise ConfigurationError(
            f"{provider}: the API's address must begin with https://, or the key travels in clear"
        )
    return str(parsed).rstrip("/").removesuffix("/v3")


def regional(provider: str, urls: Mapping[str, str], region: str) -> str:
    """
    Find the address of a region.

    Raises:
        ConfigurationError: The provider has no such region.
    """
    if region.lower() not in urls:
        raise ConfigurationError(f"{provider}: the region must be {' or '.join(urls)}")
    return urls[region.lower()]


def cannot_carry(provider: str, what: str) -> RejectedError:
    """Make the error for what a provider has no way to send; raised before the wire is touched."""
    return RejectedError(f"not sent: {what}", provider=provider)
