import asyncio
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
from notifykit.simulators import Close, Hang, SendGridServer
from notifykit.simulators.http import Answer
from notifykit.testing import TransportContract
from notifykit.transports import SendGridTransport
from notifykit.transports.base import Transport
from notifykit.transports.sendgrid_payload import encoded, payload

KEY = "SG.test"
BIG = Attachment(filename="big.bin", content=bytes(20 * 1024 * 1024))


def make_email(**changes: object) -> Email:
    values: dict[str, object] = {
        "sender": Address("bot@example.com"),
        "to": (Address("sales@example.com"),),
        "subject": "Заказ",
        "text": "Цемент",
    }
    return Email(**(values | changes))  # type: ignore[arg-type]  # a test names what it changes


class TestContract(TransportContract):
    async def make_transport(self) -> Transport:
        server = await self._servers.enter()
        return SendGridTransport(KEY, url=server.url)

    @pytest.fixture(autouse=True)
    async def _with_servers(self):
        async with SendGridServer(KEY) as server:
            self._servers = _Ready(server)
            yield


class _Ready:
    def __init__(self, server: SendGridServer) -> None:
        self._server = server

    async def enter(self) -> SendGridServer:
        return self._server


class TestPayload:
    def test_every_field_is_in_the_request(self) -> None:
        email = Email(
            sender=Address("bot@example.com", "Бот"),
            to=(Address("sales@example.com", "Продажи"), Address("two@example.com")),
            cc=(Address("boss@example.com", "Шеф, главный"),),
            bcc=(Address("log@example.com"),),
            reply_to=(Address("ivan@example.com", "Иван Петров"),),
            subject="Заказ KMT-4827",
            text="Цемент М500",
            html='<img src="cid:logo">',
            attachments=(
                Attachment(filename="Заказ.csv", content=b"a;b"),
                Attachment(filename="logo.png", content=b"png", content_id="logo"),
            ),
            headers={"X-Priority": "1", "X-Source": "бот"},
            metadata={"submission_id": "42"},
            message_id="<1@example.com>",
            date=datetime(2026, 11, 22, tzinfo=UTC),
        )

        assert {
            "personalizations": [
                {
                    "to": [
                        {"email": "sales@example.com", "name": "Продажи"},
                        {"email": "two@example.com"},
                    ],
                    "cc": [{"email": "boss@example.com", "name": '"Шеф, главный"'}],
                    "bcc": [{"email": "log@example.com"}],
                }
            ],
            "from": {"email": "bot@example.com", "name": "Бот"},
            "reply_to": {"email": "ivan@example.com", "name": "Иван Петров"},
            "subject": "Заказ KMT-4827",
            "content": [
                {"type": "text/plain", "value": "Цемент М500"},
                {"type": "text/html", "value": '<img src="cid:logo">'},
            ],
            "headers": {
                "Message-ID": "<1@example.com>",
                "X-Priority": "1",
                "X-Source": "=?utf-8?B?0LHQvtGC?=",
            },
            "tracking_settings": {
                "click_tracking": {"enable": False, "enable_text": False},
                "open_tracking": {"enable": False},
                "subscription_tracking": {"enable": False},
            },
            "custom_args": {"submission_id": "42"},
            "attachments": [
                {
                    "content": "YTti",
                    "filename": "Zakaz.csv",
                    "type": "text/csv",
                    "disposition": "attachment",
                },
                {
                    "content": "cG5n",
                    "filename": "logo.png",
                    "type": "image/png",
                    "disposition": "inline",
                    "content_id": "logo",
                },
            ],
        } == payload(email)

    def test_an_address_occurs_once_over_all_lists_in_whatever_case(self) -> None:
        email = make_email(
            to=(Address("Sales@example.com"), Address("sales@example.com")),
            cc=(Address("SALES@example.com"), Address("boss@example.com")),
            bcc=(Address("Boss@example.com"),),
        )

        block = payload(email)["personalizations"][0]
        assert ["to", "cc"] == list(block)
        assert [{"email": "Sales@example.com"}] == block["to"]
        assert [{"email": "boss@example.com"}] == block["cc"]

    def test_whoever_has_it_already_is_left_out(self) -> None:
        email = make_email(
            to=(Address("had@example.com"),), cc=(Address("waits@example.com"),)
        ).via(rcpt_to=["waits@example.com"])

        assert [{"to": [{"email": "waits@example.com"}]}] == payload(email)["personalizations"]

    def test_blind_recipients_alone_do_not_see_one_another(self) -> None:
        email = make_email(bcc=(Address("a@example.com"), Address("b@example.com"))).via(
            rcpt_to=["a@example.com", "b@example.com"]
        )

        assert [
            {"to": [{"email": "a@example.com"}]},
            {"to": [{"email": "b@example.com"}]},
        ] == payload(email)["personalizations"]

    def test_several_people_to_answer_are_a_list_of_unique_ones(self) -> None:
        people = (Address("a@example.com"), Address("b@example.com"), Address("A@example.com"))

        found = payload(make_email(reply_to=people))

        assert "reply_to" not in found
        assert ["A@example.com", "b@example.com"] == [
            one["email"] for one in found["reply_to_list"]
        ]

    def test_crafted_encoded_words_stay_what_they_look_like(self) -> None:
        crafted = "=?utf-8?b?DQpCY2M6IGFAYg==?="

        found = payload(make_email(subject=crafted, sender=Address("bot@example.com", crafted)))

        assert "=?" not in found["subject"] + found["from"]["name"]

    @pytest.mark.parametrize(
        ("given", "sent"),
        [
            ("Заказ №5.xlsx", "Zakaz No5.xlsx"),
            ("Щебень, съезд.pdf", "Shcheben, sezd.pdf"),
            ("йод ЁЖ.txt", "yod EZh.txt"),
            ("и\u0306од.txt", "yod.txt"),
            ("Façade Größe.txt", "Facade Gro_e.txt"),
            ("中文.txt", "__.txt"),
            ('a"b;c:d.txt', "a_b_c_d.txt"),
            ("plain (1) [2] & co+.txt", "plain (1) [2] & co+.txt"),
        ],
    )
    def test_file_names_are_written_in_latin_letters(self, given, sent) -> None:
        email = make_email(attachments=(Attachment(filename=given, content=b"x"),))

        assert sent == payload(email)["attachments"][0]["filename"]

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"headers": {"X-SG-EID": "1"}}, "X-SG-EID"),
            ({"attachments": (Attachment(filename="empty.txt", content=b""),)}, "empty.txt"),
            ({"metadata": {"a": "я" * 6_000}}, "metadata"),
            ({"text": "я" * 5_000_000, "attachments": (BIG,)}, "bytes, SendGrid takes"),
        ],
    )  # fmt: skip
    def test_what_it_cannot_carry_is_refused_before_the_wire(self, changes, words) -> None:
        with pytest.raises(RejectedError, match=words):
            encoded(make_email(**changes))


class TestAnswers:
    @pytest.fixture
    async def server(self):
        async with SendGridServer(KEY) as server:
            yield server

    @pytest.fixture
    async def transport(self, server):
        async with SendGridTransport(KEY, url=server.url) as transport:
            yield transport

    async def test_the_receipt_has_the_id_that_events_begin_with(self, server, transport) -> None:
        server.next(Answer(202, headers={"X-Message-Id": "LRzXl_NHStOGhQ4kofSm_A"}))

        receipt = await transport.send(make_email())

        assert "LRzXl_NHStOGhQ4kofSm_A" == receipt.message_id

    async def test_the_sandbox_is_a_success_without_an_id(self, server, transport) -> None:
        server.next(Answer(200))

        assert (await transport.send(make_email())).message_id is None

    async def test_an_id_that_cannot_be_one_is_not_kept(self, server, transport) -> None:
        server.next(Answer(202, headers={"X-Message-Id": "a" * 300}))

        assert (await transport.send(make_email())).message_id is None

    @pytest.mark.parametrize("answer", [Answer(200, "<h1>Welcome</h1>"), Answer(204)])
    async def test_a_success_in_other_words_leaves_the_outcome_open(
        self, server, transport, answer
    ) -> None:
        server.next(answer)

        with pytest.raises(OutcomeUnknownError) as caught:
            await transport.send(make_email())

        assert answer.code == caught.value.code
        assert "network.answer-lost" == caught.value.diagnosis.id

    @pytest.mark.parametrize(
        ("code", "message", "kind"),
        [
            (401, "The provided authorization grant is invalid, expired, or revoked",
             AuthenticationError),
            (401, "Maximum credits exceeded", ProviderHeldError),
            (403, "The from address does not match a verified Sender Identity", ProviderHeldError),
            (404, "not found", ProviderHeldError),
            (400, "The subject is required.", RejectedError),
            (413, "content too large", RejectedError),
            (429, "too many requests", UnavailableError),
            (500, "Internal Server Error", OutcomeUnknownError),
        ],
    )  # fmt: skip
    async def test_each_refusal_becomes_the_error_that_fits(
        self, server, transport, code, message, kind
    ) -> None:
        fault = {"message": message, "field": "null", "help": None}
        server.next(Answer(code, {"errors": [fault]}))

        with pytest.raises(kind) as caught:
            await transport.send(make_email())

        assert message == caught.value.message
        assert code == caught.value.code

    async def test_the_reset_of_the_rate_limit_is_when_to_come_back(
        self, server, transport
    ) -> None:
        headers = {"X-RateLimit-Reset": "1600000060", "Date": "Sun, 13 Sep 2020 12:26:40 GMT"}
        server.next(Answer(429, "too many requests", headers=headers))

        with pytest.raises(UnavailableError) as caught:
            await transport.send(make_email())

        assert timedelta(seconds=60) == caught.value.retry_after

    async def test_a_lost_answer_leaves_the_outcome_open(self, server, transport) -> None:
        server.next(Close(accepts=True))

        with pytest.raises(OutcomeUnknownError):
            await transport.send(make_email())

        assert 1 == len(server.taken)

    async def test_a_provider_that_hangs_is_given_up_when_the_time_is_over(self, server) -> None:
        server.next(Hang())
        async with SendGridTransport(KEY, url=server.url, timeout=0.2) as hasty, asyncio.timeout(5):
            with pytest.raises(OutcomeUnknownError):
                await hasty.send(make_email())

        assert 1 == len(server.requests)

    async def test_its_own_sender_is_used(self, server) -> None:
        sender = Address("shop@example.com", "Магазин")
        async with SendGridTransport(KEY, url=server.url, sender=sender) as transport:
            await transport.send(make_email())

        assert {"email": "shop@example.com", "name": "Магазин"} == server.taken[0].json()["from"]


class TestCheck:
    async def test_a_key_without_the_right_to_send_does_not_pass(self) -> None:
        async with (
            SendGridServer(KEY, scopes=["stats.read"]) as server,
            SendGridTransport(KEY, url=server.url) as transport,
        ):
            with pytest.raises(ProviderHeldError, match=r"mail\.send"):
                await transport.check()

    async def test_a_wrong_key_does_not_pass(self) -> None:
        async with (
            SendGridServer("SG.other") as server,
            SendGridTransport(KEY, url=server.url) as transport,
        ):
            with pytest.raises(AuthenticationError):
                await transport.check()

    async def test_another_server_does_not_pass(self) -> None:
        async with SendGridServer(KEY) as server:
            server.next(Answer(200, "It works!"))
            async with SendGridTransport(KEY, url=server.url) as transport:
                with pytest.raises(ProviderHeldError):
                    await transport.check()

    async def test_it_sends_nothing(self) -> None:
        async with (
            SendGridServer(KEY) as server,
            SendGridTransport(KEY, url=server.url) as transport,
        ):
            await transport.check()

        assert [("GET", "/v3/scopes")] == [(one.method, one.path) for one in server.requests]


class TestSettings:
    def test_the_region_decides_where_it_goes(self) -> None:
        assert "api.sendgrid.com" in repr(SendGridTransport(KEY)._api)
        assert "api.eu.sendgrid.com" in repr(SendGridTransport(KEY, region="EU")._api)

    def test_an_unknown_region_is_refused(self) -> None:
        with pytest.raises(ConfigurationError, match="us or eu"):
            SendGridTransport(KEY, region="ru")
