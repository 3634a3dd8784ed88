import asyncio
import logging
import traceback
from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest

from notifykit.errors import (
    AuthenticationError,
    ConfigurationError,
    OutcomeUnknownError,
    ProviderHeldError,
    RejectedError,
    UnavailableError,
)
from notifykit.message import Address, Attachment, Email
from notifykit.simulators import Close, Hang, Junk, MailgunServer
from notifykit.simulators.http import Answer
from notifykit.testing import TransportContract
from notifykit.transports import MailgunTransport
from notifykit.transports.base import Transport
from notifykit.transports.mailgun_form import fields, files

KEY = "key-test"
DOMAIN = "example.com"


def make_email(**changes: object) -> Email:
    values: dict[str, object] = {
        "sender": Address("bot@example.com"),
        "to": (Address("sales@example.com"),),
        "subject": "Заказ",
        "text": "Цемент",
    }
    return Email(**(values | changes))  # type: ignore[arg-type]  # a test names what it changes


@pytest.fixture
async def server():
    async with MailgunServer(KEY, DOMAIN) as server:
        yield server


@pytest.fixture
async def transport(server):
    async with MailgunTransport(KEY, DOMAIN, url=server.url) as transport:
        yield transport


class TestContract(TransportContract):
    @pytest.fixture(autouse=True)
    def _with_server(self, server):
        self._url = server.url

    async def make_transport(self) -> Transport:
        return MailgunTransport(KEY, DOMAIN, url=self._url)


class TestForm:
    def test_every_field_is_in_the_request(self) -> None:
        email = Email(
            sender=Address("bot@example.com", "Бот"),
            to=(Address("sales@example.com", "Sales, Inc."), Address("two@example.com")),
            cc=(Address("boss@example.com", "Шеф"),),
            bcc=(Address("log@example.com"),),
            reply_to=(Address("ivan@example.com", "Иван Петров"), Address("b@example.com")),
            subject="Заказ KMT-4827",
            text="Скидка %recipient.name% 5%",
            html='<img src="cid:logo">',
            attachments=(
                Attachment(filename='Заказ "5".csv', content=b"a;b"),
                Attachment(filename="logo.png", content=b"png", content_id="logo"),
            ),
            headers={"X-Priority": "1", "X-Source": "бот"},
            metadata={"submission_id": "42"},
            message_id="<1@example.com>",
            date=datetime(2026, 11, 22, 12, tzinfo=UTC),
        )

        assert [
            ("from", "Бот <bot@example.com>"),
            ("to", '"Sales, Inc." <sales@example.com>'),
            ("to", "two@example.com"),
            ("cc", "Шеф <boss@example.com>"),
            ("bcc", "log@example.com"),
            ("subject", "Заказ KMT-4827"),
            ("text", "Скидка %recipient.name% 5%"),
            ("html", '<img src="cid:logo">'),
            ("h:Message-Id", "<1@example.com>"),
            ("h:Date", "Sun, 22 Nov 2026 12:00:00 +0000"),
            ("h:Reply-To", "Иван Петров <ivan@example.com>, b@example.com"),
            ("h:X-Priority", "1"),
            ("h:X-Source", "бот"),
            ("v:submission_id", "42"),
            ("o:suppress-headers", "X-Mailgun-Variables"),
            ("o:tracking", "no"),
            ("o:tracking-clicks", "no"),
            ("o:tracking-opens", "no"),
        ] == fields(email)
        assert [
            ("attachment", ("Заказ '5'.csv", b"a;b", "text/csv")),
            ("inline", ("logo", b"png", "image/png")),
        ] == files(email)

    def test_an_address_occurs_once_over_all_lists_in_whatever_case(self) -> None:
        email = make_email(
            to=(Address("Sales@example.com"),),
            cc=(Address("SALES@example.com"), Address("boss@example.com")),
            bcc=(Address("Boss@example.com"),),
        )

        people = [(name, value) for name, value in fields(email) if name in ("to", "cc", "bcc")]
        assert [("to", "Sales@example.com"), ("cc", "boss@example.com")] == people

    def test_blind_recipients_alone_do_not_see_one_another(self) -> None:
        email = make_email(bcc=(Address("a@example.com"), Address("b@example.com"))).via(
            rcpt_to=["a@example.com", "b@example.com"]
        )

        form = fields(email)
        assert ["a@example.com", "b@example.com"] == [v for name, v in form if name == "to"]
        assert '{"a@example.com": {}, "b@example.com": {}}' == dict(form)["recipient-variables"]

    @pytest.mark.parametrize(
        ("name", "sent"),
        [
            ("Иван (ООО «Ромашка»)", "Иван ООО «Ромашка» <a@example.com>"),
            ('ООО "Ромашка", склад', "ООО Ромашка склад <a@example.com>"),
            ("И. Петров", "И. Петров <a@example.com>"),
            ("Ivan Petrov", "Ivan Petrov <a@example.com>"),
            ('Ivan "the" (Great)', '"Ivan \\"the\\" (Great)" <a@example.com>'),
            ("(я)", "я <a@example.com>"),
            ("=?utf-8?b?DQo=?=", "= ?utf-8?b?DQo= ?= <a@example.com>"),
        ],
    )
    def test_names_are_written_so_that_mailgun_shows_them_right(self, name, sent) -> None:
        assert sent == dict(fields(make_email(to=(Address("a@example.com", name),))))["to"]

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"metadata": {"bad key": "1"}}, "metadata"),
            ({"metadata": {"a": "я" * 9_000}}, "16,384 bytes"),
            ({"headers": {"X-Long": "x" * 9_000, "X-More": "x" * 9_000}}, "16,384 bytes"),
            ({"text": "я" * 3_000_000,
              "attachments": (Attachment(filename="a", content=bytes(20 * 1024 * 1024)),)},
             "Mailgun takes"),
        ],
    )  # fmt: skip
    def test_what_it_cannot_carry_is_refused_before_the_wire(self, changes, words) -> None:
        with pytest.raises(RejectedError, match=words):
            fields(make_email(**changes))


class TestAnswers:
    async def test_the_receipt_has_our_own_message_id(self, transport) -> None:
        email = make_email(message_id="<our-own@example.com>")

        assert "our-own@example.com" == (await transport.send(email)).message_id

    async def test_it_is_sent_as_a_form_with_files(self, server, transport) -> None:
        email = make_email(attachments=(Attachment(filename="Заказ.csv", content=b"\r\n--a\x00"),))

        await transport.send(email)

        request = server.taken[0]
        assert "/v3/example.com/messages" == request.path
        assert request.headers["content-type"].startswith("multipart/form-data; boundary=")
        assert fields(email) == request.fields()
        assert [("Заказ.csv", b"\r\n--a\x00", "text/csv")] == [
            (file.filename, file.content, file.content_type) for file in request.files()
        ]

    async def test_a_greeting_in_place_of_an_answer_is_a_wrong_address(
        self, server, transport
    ) -> None:
        server.next(Answer(200, "Mailgun Magnificent API"))

        with pytest.raises(ProviderHeldError, match="Magnificent"):
            await transport.send(make_email())

    @pytest.mark.parametrize(
        "answer",
        [
            Answer(200, "OK"),
            Answer(200, {"message": "Queued. Thank you."}),
            Answer(200, {"id": 7}),
            Answer(200, {"id": "<>"}),
            Answer(200, ["id"]),
            Answer(202, {"id": "<1@example.com>"}),
            Junk(b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"id": "<1@exa', close=True),
        ],
    )
    async def test_a_success_in_other_words_leaves_the_outcome_open(
        self, server, transport, answer
    ) -> None:
        server.next(answer)

        with pytest.raises(OutcomeUnknownError):
            await transport.send(make_email())

    @pytest.mark.parametrize(
        ("code", "words", "kind"),
        [
            (401, "Forbidden", AuthenticationError),
            (404, "Domain not found: example.com", ProviderHeldError),
            (403, "Domain example.com is not allowed to send: The domain is unverified",
             ProviderHeldError),
            (400, "to parameter is not a valid address. please check documentation",
             RejectedError),
            (413, "too large", RejectedError),
            (500, "Internal Server Error", OutcomeUnknownError),
        ],
    )  # fmt: skip
    async def test_each_refusal_becomes_the_error_that_fits(
        self, server, transport, code, words, kind
    ) -> None:
        server.next(Answer(code, {"message": words}))

        with pytest.raises(kind) as caught:
            await transport.send(make_email())

        assert words == caught.value.message

    @pytest.mark.parametrize(
        ("when", "seconds"),
        [("120 seconds", 120), ("Sun, 22 Nov 2026 12:01:00 UTC", 60)],
    )
    async def test_the_words_say_when_to_come_back(self, server, transport, when, seconds) -> None:
        words = f"Domain example.com is not allowed to send: limit exceeded, try again after {when}"
        headers = {"Date": "Sun, 22 Nov 2026 12:00:00 GMT"}
        server.next(Answer(429, {"message": words}, headers=headers))

        with pytest.raises(UnavailableError) as caught:
            await transport.send(make_email())

        assert timedelta(seconds=seconds) == caught.value.retry_after

    async def test_a_lost_answer_leaves_the_outcome_open(self, server, transport) -> None:
        server.next(Close(accepts=True))

        with pytest.raises(OutcomeUnknownError):
            await transport.send(make_email())

        assert 1 == len(server.taken)

    async def test_a_provider_that_hangs_is_given_up_when_the_time_is_over(self, server) -> None:
        server.next(Hang())
        async with (
            MailgunTransport(KEY, DOMAIN, url=server.url, timeout=0.2) as hasty,
            asyncio.timeout(5),
        ):
            with pytest.raises(OutcomeUnknownError):
                await hasty.send(make_email())

        assert 1 == len(server.requests)


class TestCheck:
    async def test_a_sending_key_is_proven_by_what_it_hears_is_missing(self) -> None:
        async with (
            MailgunServer(KEY, DOMAIN, sending_only=True) as server,
            MailgunTransport(KEY, DOMAIN, url=server.url) as transport,
        ):
            await transport.check()

        assert [] == server.taken
        assert ["GET", "POST"] == [request.method for request in server.requests]

    async def test_a_wrong_key_does_not_pass(self) -> None:
        async with (
            MailgunServer("other", DOMAIN) as server,
            MailgunTransport(KEY, DOMAIN, url=server.url) as transport,
        ):
            with pytest.raises(AuthenticationError):
                await transport.check()

    @pytest.mark.parametrize("state", ["unverified", "disabled"])
    async def test_a_domain_that_is_not_active_does_not_pass(self, state) -> None:
        async with (
            MailgunServer(KEY, DOMAIN, state=state) as server,
            MailgunTransport(KEY, DOMAIN, url=server.url) as transport,
        ):
            with pytest.raises(ProviderHeldError, match=state):
                await transport.check()

    async def test_a_domain_of_another_region_does_not_pass(self) -> None:
        async with (
            MailgunServer(KEY, "elsewhere.example.com") as server,
            MailgunTransport(KEY, DOMAIN, url=server.url) as transport,
        ):
            with pytest.raises(ProviderHeldError, match="Domain not found"):
                await transport.check()

    async def test_another_server_does_not_pass(self, server, transport) -> None:
        server.next(Answer(200, "It works!"))

        with pytest.raises(ProviderHeldError):
            await transport.check()

    async def test_another_refusal_of_the_probe_does_not_pass(self, server, transport) -> None:
        words = "is not allowed to send: Sandbox subdomains are for test purposes only"
        server.next(Answer(401, "Forbidden"), Answer(400, {"message": words}))

        with pytest.raises(ProviderHeldError, match="Sandbox"):
            await transport.check()

    async def test_a_probe_that_is_taken_after_all_does_not_pass(self, server, transport) -> None:
        server.next(Answer(401, "Forbidden"), Answer(200, "It works!"))

        with pytest.raises(ProviderHeldError):
            await transport.check()


class TestSecrets:
    async def test_neither_form_of_the_key_is_in_a_log_an_error_or_a_repr(
        self, server, transport, caplog
    ) -> None:
        caplog.set_level(logging.DEBUG)
        encoded = b64encode(f"api:{KEY}".encode()).decode()
        server.next(Answer(401, f"no {KEY}, no Basic {encoded}"))

        with pytest.raises(AuthenticationError) as caught:
            await transport.send(make_email())

        shown = "".join(traceback.format_exception(caught.value)) + repr(vars(transport))
        assert f"Basic {encoded}" == server.requests[0].headers["authorization"]
        assert KEY not in shown + caplog.text
        assert encoded not in shown + caplog.text


class TestSettings:
    @pytest.mark.parametrize(
        "domain", ["", "example", "a/b.example.com", "a%2fb.example.com", "..", "a b.c"]
    )
    def test_a_domain_that_cannot_be_one_is_refused(self, domain) -> None:
        with pytest.raises(ConfigurationError, match="the domain must be like"):
            MailgunTransport(KEY, domain)

    def test_a_domain_in_cyrillic_is_written_in_ascii(self) -> None:
        assert "xn--e1afmkfd.xn--p1ai" == MailgunTransport(KEY, "Пример.рф")._domain

    def test_the_region_decides_where_it_goes(self) -> None:
        assert "api.eu.mailgun.net" in repr(MailgunTransport(KEY, DOMAIN, region="eu")._api)
