import asyncio
import ssl
from base64 import b64encode

import httpx
import pytest

from notifykit.simulators import (
    HTTP_SCENES,
    Answer,
    Close,
    Hang,
    Late,
    MailgunServer,
    RateLimit,
    SendGridServer,
    local_certificates,
)
from notifykit.simulators.http_talk import Part

BEARER = {"Authorization": "Bearer SG.test"}
BASIC = {"Authorization": f"Basic {b64encode(b'api:key-test').decode()}"}
MAIL = {
    "personalizations": [{"to": [{"email": "a@example.com"}]}],
    "from": {"email": "bot@example.com"},
    "subject": "Заказ",
    "content": [{"type": "text/plain", "value": "Цемент"}],
}
PLAIN = {"type": "text/plain", "value": "Цемент"}
HTML = {"type": "text/html", "value": "<p>Цемент</p>"}
SANDBOX = "mail_settings.sandbox_mode.enable"
SOMEBODY = {"email": "a@example.com"}
EVERYBODY = [{"email": f"{number}@example.com"} for number in range(1_001)]
FORM = {"from": "bot@example.com", "to": "a@example.com", "subject": "Заказ", "text": "Цемент"}


class StillClock:
    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def client():
    async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
        yield client


class TestSendGrid:
    @pytest.fixture
    async def server(self):
        async with SendGridServer() as server:
            yield server

    async def test_it_takes_an_email_as_sendgrid_does(self, server, client) -> None:
        answer = await client.post(f"{server.url}/v3/mail/send", headers=BEARER, json=MAIL)

        assert (202, b"") == (answer.status_code, answer.content)
        assert 22 == len(answer.headers["x-message-id"])
        assert MAIL == server.taken[0].json()

    async def test_the_sandbox_only_looks(self, server, client) -> None:
        mail = MAIL | {"mail_settings": {"sandbox_mode": {"enable": True}}}

        answer = await client.post(f"{server.url}/v3/mail/send", headers=BEARER, json=mail)

        assert 200 == answer.status_code

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"personalizations": []}, "personalizations"),
            ({"personalizations": [{"cc": [{"email": "a@example.com"}]}]}, "personalizations"),
            (
                {"personalizations": [{"to": [{"email": "a@b.c"}], "cc": [{"email": "A@b.c"}]}]},
                "personalizations",
            ),
            ({"from": {}}, "from.email"),
            ({"subject": ""}, "subject"),
            ({"content": []}, "content"),
            ({"content": [{"type": "text/html", "value": ""}]}, "content.0.value"),
            ({"content": [HTML, PLAIN]}, "content"),
            ({"content": [HTML, HTML]}, "content"),
            ({"content": "text"}, "content"),
            ({"subjct": "Заказ"}, "subjct"),
            ({"send_at": True}, "send_at"),
            ({"headers": {"X-Order": None}}, "headers.X-Order"),
            ({"headers": {"To": "a@example.com"}}, "headers"),
            ({"mail_settings": {"sandbox_mode": {"enable": "true"}}}, SANDBOX),
            ({"attachments": [{"content": "?", "filename": "a"}]}, "attachments.0.content"),
            ({"attachments": [{"content": "YQ=="}]}, "attachments.0.filename"),
            ({"categories": ["заказ"] * 11}, "categories"),
            ({"custom_args": {"a": "я" * 5_000}}, "custom_args"),
            ({"reply_to": SOMEBODY, "reply_to_list": [SOMEBODY]}, "reply_to"),
            ({"personalizations": [{"to": [{"email": "nobody"}]}]}, "personalizations"),
            ({"personalizations": [{"to": EVERYBODY}]}, "personalizations"),
        ],
    )
    async def test_it_finds_the_faults_that_sendgrid_finds(
        self, server, client, changes, field
    ) -> None:
        mail = MAIL | changes

        answer = await client.post(f"{server.url}/v3/mail/send", headers=BEARER, json=mail)

        assert 400 == answer.status_code
        assert [field] == [fault["field"] for fault in answer.json()["errors"]]
        assert [] == server.taken

    @pytest.mark.parametrize(
        ("method", "path", "headers", "content", "code"),
        [
            ("POST", "/v3/mail/send", {}, b"{}", 401),
            ("POST", "/v3/mail/send", {"Authorization": "Bearer SG.other"}, b"{}", 401),
            ("GET", "/v3/mail/send", BEARER, b"", 405),
            ("GET", "/elsewhere", BEARER, b"", 404),
            ("POST", "/v3/mail/send", BEARER, b"{}", 415),
            ("POST", "/v3/mail/send", BEARER | {"Content-Type": "application/json"}, b"{", 400),
            ("POST", "/v3/mail/send", BEARER, b"x" * (30 * 1024 * 1024 + 1), 413),
        ],
    )
    async def test_it_refuses_what_sendgrid_refuses(
        self, server, client, method, path, headers, content, code
    ) -> None:
        url = server.url + path

        answer = await client.request(method, url, headers=headers, content=content)

        assert code == answer.status_code
        assert answer.json()["errors"][0]["message"]

    async def test_a_key_without_the_scope_may_not_send(self, server, client) -> None:
        server.scopes = ["stats.read"]

        answer = await client.post(f"{server.url}/v3/mail/send", headers=BEARER, json=MAIL)

        assert (403, "access forbidden") == (
            answer.status_code,
            answer.json()["errors"][0]["message"],
        )


class TestMailgun:
    @pytest.fixture
    async def server(self):
        async with MailgunServer() as server:
            yield server

    async def test_it_takes_an_email_as_mailgun_does(self, server, client) -> None:
        url = f"{server.url}/v3/example.com/messages"
        form = FORM | {"h:Message-Id": "<1@example.com>"}

        answer = await client.post(url, headers=BASIC, data=form)

        assert {"id": "<1@example.com>", "message": "Queued. Thank you."} == answer.json()
        assert form == dict(server.taken[0].fields())

    async def test_it_reads_files_as_they_were_sent(self, server, client) -> None:
        url = f"{server.url}/v3/example.com/messages"
        files = [("attachment", ("Заказ.csv", b"a\r\n\r\nb", "text/csv"))]

        await client.post(url, headers=BASIC, data=FORM, files=files)

        assert [Part("attachment", b"a\r\n\r\nb", "Заказ.csv", "text/csv")] == (
            server.taken[0].files()
        )

    @pytest.mark.parametrize(
        ("missing", "words"),
        [
            ("from", "from parameter is missing"),
            ("to", "to parameter is missing"),
            ("text", "Need at least one of"),
        ],
    )
    async def test_it_says_what_is_missing(self, server, client, missing, words) -> None:
        form = {name: value for name, value in FORM.items() if name != missing}

        answer = await client.post(
            f"{server.url}/v3/example.com/messages", headers=BASIC, data=form
        )

        assert 400 == answer.status_code
        assert words in answer.json()["message"]
        assert [] == server.taken

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"to": [f"{number}@example.com" for number in range(1_001)]}, "Too many recipients"),
            ({"v:note": "я" * 9_000}, "limited to 16KB"),
            ({"h:X Order": "1"}, "'h:X Order' is not a parameter"),
            ({"o:tags": "заказ"}, "'o:tags' is not a parameter"),
            ({"o:tracking": "maybe"}, "o:tracking must be one of"),
        ],
    )
    async def test_it_refuses_what_its_description_does_not_allow(
        self, server, client, changes, words
    ) -> None:
        answer = await client.post(
            f"{server.url}/v3/example.com/messages", headers=BASIC, data=FORM | changes
        )

        assert 400 == answer.status_code
        assert words in answer.json()["message"]
        assert [] == server.taken

    async def test_a_wrong_key_is_forbidden_in_one_plain_word(self, server, client) -> None:
        answer = await client.post(f"{server.url}/v3/example.com/messages", data=FORM)

        assert (401, "Forbidden") == (answer.status_code, answer.text)

    async def test_a_wrong_path_is_greeted(self, server, client) -> None:
        answer = await client.post(f"{server.url}/example.com/messages", headers=BASIC, data=FORM)

        assert (200, "Mailgun Magnificent API") == (answer.status_code, answer.text)

    async def test_a_domain_that_is_not_active_may_not_send(self, server, client) -> None:
        server.state = "unverified"

        answer = await client.post(
            f"{server.url}/v3/example.com/messages", headers=BASIC, data=FORM
        )

        assert 403 == answer.status_code
        assert "is not allowed to send: The domain is unverified" in answer.json()["message"]

    async def test_a_sending_key_may_not_ask_for_the_state(self, server, client) -> None:
        url = f"{server.url}/v4/domains/example.com"

        assert "active" == (await client.get(url, headers=BASIC)).json()["domain"]["state"]
        server.sending_only = True
        assert 401 == (await client.get(url, headers=BASIC)).status_code


class TestLimits:
    async def test_sendgrid_says_when_it_takes_more(self, client) -> None:
        clock = StillClock(100.0)
        limit = RateLimit(1, seconds=60, clock=clock)
        async with SendGridServer(limit=limit) as server:
            url = f"{server.url}/v3/mail/send"
            answers = [await client.post(url, headers=BEARER, json=MAIL) for _ in range(2)]
            clock.now = 160.0
            answers.append(await client.post(url, headers=BEARER, json=MAIL))

        assert [202, 429, 202] == [answer.status_code for answer in answers]
        assert ("1", "0", "160") == tuple(
            answers[1].headers[f"x-ratelimit-{name}"] for name in ("limit", "remaining", "reset")
        )
        assert 2 == len(server.taken)

    async def test_mailgun_says_it_in_words(self, client) -> None:
        async with MailgunServer(limit=RateLimit(0, seconds=60, clock=lambda: 0.0)) as server:
            url = f"{server.url}/v3/example.com/messages"
            answer = await client.post(url, headers=BASIC, data=FORM)

        assert 429 == answer.status_code
        assert answer.json()["message"].endswith("try again after Thu, 01 Jan 1970 00:01:00 GMT")

    async def test_what_is_refused_anyway_does_not_count(self, client) -> None:
        async with SendGridServer(limit=RateLimit(1, seconds=60)) as server:
            url = f"{server.url}/v3/mail/send"
            codes = [
                (await client.post(url, headers=BEARER, json=mail)).status_code
                for mail in ({}, MAIL, MAIL)
            ]

        assert [400, 202, 429] == codes


class TestMisbehaviour:
    async def test_each_act_is_for_one_request(self, client) -> None:
        async with SendGridServer() as server:
            server.next(Answer(429, headers={"Retry-After": "7"}), Answer(502, "<h1>nginx</h1>"))
            url = f"{server.url}/v3/scopes"

            answers = [await client.get(url, headers=BEARER) for _ in range(3)]

            assert [429, 502, 200] == [answer.status_code for answer in answers]

    async def test_it_can_answer_late_what_it_always_answers(self, client) -> None:
        async with SendGridServer() as server:
            server.next(Late(0.01))
            answer = await client.post(f"{server.url}/v3/mail/send", headers=BEARER, json=MAIL)

        assert 202 == answer.status_code
        assert 1 == len(server.taken)

    @pytest.mark.parametrize("scene", HTTP_SCENES)
    async def test_every_scene_is_played_for_as_many_requests_as_it_is_told(
        self, client, scene
    ) -> None:
        async with SendGridServer() as server:
            server.play(scene, times=2)
            answers = [await client.get(f"{server.url}/v3/scopes", headers=BEARER) for _ in "abc"]

        code = HTTP_SCENES[scene].act.code
        assert [code, code, 200] == [answer.status_code for answer in answers]

    @pytest.mark.parametrize(("at", "read"), [("connect", 0), ("head", 0), ("body", 1)])
    async def test_it_hangs_up_where_it_is_told_to(self, client, at, read) -> None:
        async with SendGridServer() as server:
            server.next(Close(), at=at)

            with pytest.raises(httpx.TransportError):
                await client.post(f"{server.url}/v3/mail/send", headers=BEARER, json=MAIL)

            assert read == len(server.requests)

    @pytest.mark.parametrize(("act", "taken"), [(Close(accepts=True), 1), (Close(), 0)])
    async def test_it_keeps_what_it_took_before_hanging_up(self, client, act, taken) -> None:
        async with SendGridServer() as server:
            server.next(act)

            with pytest.raises(httpx.TransportError):
                await client.post(f"{server.url}/v3/mail/send", headers=BEARER, json=MAIL)

            assert taken == len(server.taken)

    async def test_it_stops_while_a_client_still_waits(self, client) -> None:
        async with SendGridServer() as server:
            server.next(Hang())
            with pytest.raises(httpx.ReadTimeout):
                await client.get(f"{server.url}/v3/scopes", timeout=0.1)

    @pytest.mark.parametrize("length", ["1000", "many", "-1"])
    async def test_it_gives_up_a_request_that_never_becomes_whole(self, length) -> None:
        async with SendGridServer() as server:
            port = int(server.url.rpartition(":")[2])
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"POST / HTTP/1.1\r\nContent-Length: {length}\r\n\r\nabc".encode())
            writer.write_eof()

            assert b"" == await reader.read()
            assert [] == server.requests
            writer.close()
            await writer.wait_closed()

    async def test_it_speaks_tls(self, tmp_path) -> None:
        certificates = local_certificates()
        context = ssl.create_default_context(cafile=certificates.save(tmp_path))
        async with (
            SendGridServer(tls=certificates.server) as server,
            httpx.AsyncClient(verify=context, trust_env=False) as client,
        ):
            assert server.url.startswith("https://")
            assert 200 == (await client.get(f"{server.url}/v3/scopes", headers=BEARER)).status_code
