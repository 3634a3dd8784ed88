import asyncio
import gc
import logging
import random
import socket
import traceback
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from notifykit.errors import (
    AuthenticationError,
    ConfigurationError,
    DeliveryError,
    OutcomeUnknownError,
    ProviderHeldError,
    UnavailableError,
)
from notifykit.simulators import Close, Drip, Hang, Junk, SendGridServer, local_certificates
from notifykit.simulators.http import Answer
from notifykit.transports.http import HttpApi
from notifykit.transports.http_values import ApiKey, Response

CANARY = "SG.canary-0123456789abcdef"
MAIL = "/v3/mail/send"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def make_api(url: str, *, timeout: float = 5.0, cafile: str | None = None) -> HttpApi:
    return HttpApi("sendgrid", url, ApiKey.bearer(CANARY), cafile=cafile, timeout=timeout)


@pytest.fixture
async def server() -> AsyncIterator[SendGridServer]:
    async with SendGridServer(CANARY) as server:
        yield server


@pytest.fixture
async def api(server: SendGridServer) -> AsyncIterator[HttpApi]:
    api = make_api(server.url)
    yield api
    await api.aclose()


@pytest.fixture
async def hasty(server: SendGridServer) -> AsyncIterator[HttpApi]:
    api = make_api(server.url, timeout=0.2)
    yield api
    await api.aclose()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class TestWhereNothingCanHaveBeenTaken:
    async def test_a_refused_connection_leaves_the_email_free_for_the_next_provider(self) -> None:
        api = make_api(f"http://127.0.0.1:{free_port()}")

        with pytest.raises(UnavailableError) as caught:
            await api.call("POST", MAIL, json=b"{}")

        assert "connect" == caught.value.stage
        await api.aclose()

    async def test_an_untrusted_certificate_stops_before_the_key_goes_out(self) -> None:
        async with SendGridServer(CANARY, tls=local_certificates().server) as server:
            api = make_api(server.url)

            with pytest.raises(DeliveryError) as caught:
                await api.call("POST", MAIL, json=b"{}")

            assert not isinstance(caught.value, OutcomeUnknownError)
            assert "tls" == caught.value.stage
            assert [] == server.requests
            await api.aclose()

    async def test_a_certificate_for_another_host_stops_before_the_key_goes_out(
        self, tmp_path
    ) -> None:
        certificates = local_certificates("elsewhere.example.com")
        async with SendGridServer(CANARY, tls=certificates.server) as server:
            api = make_api(server.url, cafile=certificates.save(tmp_path))

            with pytest.raises(DeliveryError) as caught:
                await api.call("POST", MAIL, json=b"{}")

            assert not isinstance(caught.value, OutcomeUnknownError)
            assert [] == server.requests
            await api.aclose()

    async def test_a_server_that_never_finishes_the_handshake_took_nothing(self) -> None:
        done = asyncio.Event()

        async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await done.wait()
            writer.close()

        listener = await asyncio.start_server(silent, "127.0.0.1", 0)
        port = listener.sockets[0].getsockname()[1]
        api = make_api(f"https://127.0.0.1:{port}", timeout=0.2)

        with pytest.raises(UnavailableError) as caught:
            await api.call("POST", MAIL, json=b"{}")

        assert "tls" == caught.value.stage
        done.set()
        listener.close()
        await api.aclose()

    async def test_plain_http_behind_an_https_address_took_nothing(self, server) -> None:
        api = make_api(server.url.replace("http://", "https://"), timeout=2.0)

        with pytest.raises(DeliveryError) as caught:
            await api.call("POST", MAIL, json=b"{}")

        assert not isinstance(caught.value, OutcomeUnknownError)
        assert [] == server.requests
        await api.aclose()

    async def test_without_certificates_to_trust_nothing_goes_out(self, server, tmp_path) -> None:
        api = make_api(server.url, cafile=str(tmp_path / "missing.pem"))

        with pytest.raises(ProviderHeldError, match="no trusted CA certificates"):
            await api.call("POST", MAIL, json=b"{}")

        assert [] == server.requests

    @pytest.mark.parametrize("act", [Close(), Hang(), Junk(b"\x00junk", close=True)])
    async def test_a_probe_has_nothing_that_could_be_open(self, server, hasty, act) -> None:
        server.next(act)

        with pytest.raises(UnavailableError):
            await hasty.probe("GET", "/v3/scopes")


class TestWhereTheProviderMayHaveTakenIt:
    @pytest.mark.parametrize("at", ["head", "body"])
    async def test_a_connection_lost_after_the_request_leaves_the_outcome_open(
        self, server, api, at
    ) -> None:
        server.next(Close(accepts=True), at=at)

        with pytest.raises(OutcomeUnknownError) as caught:
            await api.call("POST", MAIL, json=b"{}")

        assert "http" == caught.value.stage

    async def test_a_silent_provider_leaves_the_outcome_open(self, server, hasty) -> None:
        server.next(Hang())

        with pytest.raises(OutcomeUnknownError):
            await hasty.call("POST", MAIL, json=b"{}")

        assert 1 == len(server.requests)

    async def test_an_answer_that_drips_in_cannot_hold_a_send_for_ever(self, server, hasty) -> None:
        server.next(Drip("HTTP/1.1 200 OK\n" + "X-Drip: yes\n" * 1000, pause=0.05))

        async with asyncio.timeout(5):
            with pytest.raises(OutcomeUnknownError):
                await hasty.call("POST", MAIL, json=b"{}")

    async def test_endless_interim_answers_cannot_hold_a_send_for_ever(self, server, hasty) -> None:
        server.next(Drip("HTTP/1.1 102 Processing\n\n" * 1000, pause=0.001))

        async with asyncio.timeout(5):
            with pytest.raises(OutcomeUnknownError):
                await hasty.call("POST", MAIL, json=b"{}")

    async def test_a_body_that_the_server_stops_reading_leaves_the_outcome_open(
        self, server, hasty
    ) -> None:
        server.next(Hang(), at="head")

        with pytest.raises(OutcomeUnknownError):
            await hasty.call("POST", MAIL, json=b"x" * 8_000_000)

    @pytest.mark.parametrize("code", [500, 502, 503, 504])
    async def test_a_gateway_that_fails_leaves_the_outcome_open(self, server, api, code) -> None:
        server.next(Answer(code, "<html><title>x</title><h1>502 Bad Gateway</h1>nginx</html>"))

        with pytest.raises(OutcomeUnknownError) as caught:
            await api.call("POST", MAIL, json=b"{}")

        assert code == caught.value.code
        assert "502 Bad Gateway nginx" == caught.value.message.strip()


class TestWhatAnAnswerMeans:
    async def test_the_status_counts_even_where_the_body_is_cut_short(self, server, api) -> None:
        head = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 1000\r\n\r\nauthorization required"
        server.next(Junk(head, close=True))

        with pytest.raises(AuthenticationError, match="authorization required"):
            await api.call("POST", MAIL, json=b"{}")

    async def test_a_success_counts_even_where_the_body_never_comes(self, server, hasty) -> None:
        server.next(Junk(b"HTTP/1.1 202 Accepted\r\nContent-Length: 9\r\nX-Message-Id: a\r\n\r\n"))

        response = await hasty.call("POST", MAIL, json=b"{}")

        assert (202, "a") == (response.code, response.headers["x-message-id"])

    async def test_a_redirect_is_not_followed(self, server, api) -> None:
        server.next(Answer(307, headers={"Location": f"{server.url}/elsewhere"}))

        with pytest.raises(ProviderHeldError) as caught:
            await api.call("POST", MAIL, json=b"{}")

        assert 307 == caught.value.code
        assert [MAIL] == [request.path for request in server.requests]

    async def test_too_many_requests_says_when_to_come_back(self, server, api) -> None:
        server.next(Answer(429, "too many requests", headers={"Retry-After": "7"}))

        with pytest.raises(UnavailableError) as caught:
            await api.call("POST", MAIL, json=b"{}")

        assert timedelta(seconds=7) == caught.value.retry_after

    async def test_no_more_than_a_megabyte_of_an_answer_is_kept(self, server, api) -> None:
        server.next(Answer(200, "x" * 3_000_000))

        response = await api.call("POST", MAIL, json=b"{}")

        assert 1024 * 1024 == len(response.text)

    async def test_an_answer_that_claims_to_be_zipped_is_not_unpacked(self, server, api) -> None:
        server.next(Answer(200, "not zipped", headers={"Content-Encoding": "gzip"}))

        response = await api.call("POST", MAIL, json=b"{}")

        assert "not zipped" == response.text


class TestConnections:
    async def test_one_connection_serves_one_call_after_another(self, server, api) -> None:
        for _ in range(3):
            await api.probe("GET", "/v3/scopes")

        assert 1 == server.connections

    async def test_calls_at_the_same_time_do_not_wait_for_each_other(self, server, api) -> None:
        answers = await asyncio.gather(*(api.probe("GET", "/v3/scopes") for _ in range(10)))

        assert [200] * 10 == [answer.code for answer in answers]

    async def test_a_connection_that_the_provider_closed_is_not_used_again(
        self, server, api
    ) -> None:
        server.next(Junk(OK, close=True))
        await api.probe("GET", "/v3/scopes")
        await server.wait_until_idle()

        await api.probe("GET", "/v3/scopes")

        assert 2 == server.connections

    async def test_it_opens_again_after_it_was_closed(self, server, api) -> None:
        await api.probe("GET", "/v3/scopes")
        await api.aclose()
        await api.aclose()

        assert 200 == (await api.probe("GET", "/v3/scopes")).code

    async def test_a_cancelled_call_does_not_spoil_the_next(self, server, api) -> None:
        server.next(Hang())
        call = asyncio.create_task(api.call("POST", MAIL, json=b"{}"))
        await server.wait_for_requests(1)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

        assert 200 == (await api.probe("GET", "/v3/scopes")).code

    async def test_proxies_of_the_environment_do_not_get_the_key(
        self, server, api, monkeypatch
    ) -> None:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")

        assert 200 == (await api.probe("GET", "/v3/scopes")).code

    @pytest.mark.filterwarnings(
        # The first loop is gone with its connection still open: that is the case in question.
        "ignore::pytest.PytestUnraisableExceptionWarning"
    )
    def test_it_goes_on_in_another_event_loop(self) -> None:
        async def ask(api: HttpApi | None, server: SendGridServer) -> HttpApi:
            async with server:
                api = api or make_api(server.url)
                api._url = server.url
                await api.probe("GET", "/v3/scopes")
                return api

        api = asyncio.run(ask(None, SendGridServer(CANARY)))

        async def ask_again() -> None:
            await ask(api, SendGridServer(CANARY))
            await api.aclose()

        asyncio.run(ask_again())
        gc.collect()


class TestTheAddress:
    @pytest.mark.parametrize(
        "url",
        [
            "http://api.example.com",
            "http://10.0.0.1",
            "http://127.0.0.1.example.com",
            f"https://user:{CANARY}@api.example.com",
            f"https://api.example.com?key={CANARY}",
            f"https://api.example.com#{CANARY}",
            "api.example.com",
            "ftp://api.example.com",
            "https://",
            "https://[::1",
            "",
        ],
    )
    def test_an_address_that_cannot_be_right_is_refused_without_being_shown(self, url) -> None:
        with pytest.raises(ConfigurationError) as caught:
            make_api(url)

        assert "sendgrid: the API's address must" in str(caught.value)
        assert "api.example.com" not in str(caught.value)
        assert CANARY not in str(caught.value)

    @pytest.mark.parametrize(
        "url", ["http://localhost:8080", "http://127.0.0.1", "http://[::1]:80", "https://a.example"]
    )
    def test_clear_text_is_for_this_machine_only(self, url) -> None:
        assert make_api(url)

    @pytest.mark.parametrize("tail", ["", "/", "/v3", "/v3/"])
    def test_the_version_may_stand_in_the_address_or_not(self, tail) -> None:
        assert "https://a.example" in repr(make_api(f"https://a.example{tail}"))
        assert "v3" not in repr(make_api(f"https://a.example{tail}"))


class TestSecrets:
    async def test_the_key_is_in_no_log_no_error_and_no_repr(self, server, api, caplog) -> None:
        caplog.set_level(logging.DEBUG)
        server.next(
            Answer(401, f"you sent Bearer {CANARY}, did you not"),
            Answer(500, {"message": CANARY}),
            Answer(202, headers={"X-Echo": "none"}),
            Close(),
        )
        shown = [repr(api), str(vars(api)["_key"])]
        for _ in range(4):
            try:
                await api.call("POST", MAIL, json=b"{}")
            except DeliveryError as error:
                shown += [str(error), repr(error), str(error.diagnosis)]
                shown += traceback.format_exception(error)

        assert 4 == len(server.requests)
        assert f"Bearer {CANARY}" == server.requests[0].headers["authorization"]
        assert CANARY not in "\n".join(shown) + caplog.text
        assert "httpx" in {record.name for record in caplog.records}

    @pytest.mark.parametrize("key", ["", "  ", "SG.а", "SG.a b", "SG.a\nX-Evil: 1", "SG.a\x00"])
    def test_a_key_that_cannot_be_one_is_refused_without_being_shown(self, key) -> None:
        with pytest.raises(ConfigurationError) as caught:
            ApiKey.bearer(key)

        assert not key.strip() or key not in str(caught.value)


JUNK = [
    b"",
    b"\r\n",
    b"220 smtp.example.com ESMTP\r\n",
    b"HTTP/1.1",
    b"HTTP/1.1 200",
    b"HTTP/9.9 200 OK\r\n\r\n",
    b"HTTP/1.1 999 Odd\r\n\r\n",
    b"HTTP/1.1 000 Odd\r\n\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
    b"HTTP/1.1 204 None\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nzz",
    b"HTTP/1.1 429 Wait\r\nRetry-After: \xff\xfe\r\nDate: \xd0\x96\r\n\r\n",
    b"HTTP/1.1 429 Wait\r\nX-RateLimit-Reset: 99999999999\r\nRetry-After: 9"
    + b"9" * 400
    + b"\r\n\r\n",
    b"HTTP/1.1 401 No\r\nSet-Cookie: \xff=\xff; domain=\x01\r\n\r\n\xff\xfe",
    b"HTTP/1.1 301 No\r\nLocation: http://[::1\r\n\r\n",
    b"HTTP/1.1 400 No\r\n\r\n" + b"[" * 100_000,
    b'HTTP/1.1 400 No\r\n\r\n{"errors": [1, null, {"message": {"a": "\\ud800"}}, []]}',
    b'HTTP/1.1 400 No\r\n\r\n{"errors": "text", "message": 7}',
    b"HTTP/1.1 400 No\r\n\r\n" + b"9" * 10_000,
    b"HTTP/1.1 400 No\r\n" + b"X: y\r\n" * 50_000 + b"\r\n",
    b"HTTP/1.1 400 " + b"a" * 300_000,
    b"HTTP/1.1 400 No\r\n\r\n" + b"<" * 200_000,
]


async def answer_or_error(api: HttpApi) -> Response | DeliveryError:
    try:
        return await api.call("POST", MAIL, json=b"{}")
    except DeliveryError as error:
        return error


class TestJunk:
    @pytest.mark.parametrize("data", JUNK)
    async def test_junk_is_an_answer_or_an_error_of_ours(self, server, hasty, data) -> None:
        server.next(Junk(data, close=True))

        heard = await answer_or_error(hasty)

        assert str(heard).encode()

    async def test_random_bytes_are_an_error_of_ours(self, server, hasty) -> None:
        chance = random.Random(42)
        starts = [
            b"",
            b"HTTP/1.1 ",
            b"HTTP/1.1 200 OK\r\n",
            b"HTTP/1.1 403 No\r\nContent-Length: 9\r\n",
        ]
        for _ in range(200):
            data = chance.choice(starts) + chance.randbytes(chance.randrange(80))
            server.next(Junk(data, close=True))
            await answer_or_error(hasty)

        assert 200 == len(server.requests)
