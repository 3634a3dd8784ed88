"""No password or key gets out, however a server misbehaves and whoever looks."""

import asyncio
import gc
import logging
import ssl
import traceback
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from urllib.parse import quote

import pytest
from pydantic import SecretStr
from sqlalchemy.engine import make_url

from notifykit import Address, Email, Notifier, Settings
from notifykit.bounces.reader import Reader
from notifykit.errors import ConfigurationError, DeliveryError, NotifykitError
from notifykit.settings.mailboxes import Mailbox
from notifykit.simulators import local_certificates
from notifykit.storage import SqlRepository
from notifykit.transports import MailgunTransport, SendGridTransport, SmtpTransport
from notifykit.transports.relays import Relay, Security

CANARY = "Kanarejka-7f3a9c+x"
USER = "bot@example.com"
FORMS = (
    "Kanarejka",
    quote(CANARY, safe=""),
    *(b64encode(f"{before}{CANARY}".encode()).decode() for before in ("", f"\0{USER}\0", "api:")),
)
EMAIL = Email(
    sender=Address(USER), to=(Address("sales@example.com"),), subject="Заказ", text="Заказ"
)

Said = Callable[[bytes], bytes]


def escaped_in(text: str) -> list[str]:
    return [form for form in FORMS if form in text]


def everything_about(error: BaseException) -> str:
    """Give all that a log, a debugger or a service for errors could show of an error."""
    told: list[str] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        if (one := waiting.pop()) is not None:
            report = traceback.TracebackException.from_exception(one, capture_locals=True)
            told += [*report.format(), repr(one), repr(one.args)]
            told += [repr(vars(one))] if isinstance(one, NotifykitError) else []
            waiting += [one.__cause__, one.__context__]
    return "\n".join(told)


@pytest.fixture
def all_logs(caplog) -> Iterator[Callable[[], str]]:
    # asyncio's own debug messages too.
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpcore").setLevel(logging.INFO)  # prints what the server said, by design
    yield lambda: caplog.text + repr([vars(record) for record in caplog.records])
    logging.getLogger("httpcore").setLevel(logging.NOTSET)


@asynccontextmanager
async def serving(
    talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[int]:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1]


LOGINS: dict[str, Said] = {
    "refused": lambda heard: b"535 5.7.8 what is " + heard + b"?\r\n",
    "over two lines": lambda heard: b"535-" + heard[:24] + b"\r\n535 " + heard[24:] + b"\r\n",
    "no reply": lambda heard: heard + b"\r\n",
    "strange code": lambda heard: b"999 " + heard + b"\r\n",
    "wants more": lambda heard: b"354 " + heard + b"\r\n",
    "half an answer": lambda heard: b"535-" + heard + b"\r\n",
    "too long": lambda heard: b"535 " + heard + b"x" * 9_000 + b"\r\n",
    "hangs up": lambda heard: b"",
}


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
@pytest.mark.parametrize("answer", LOGINS)
async def test_a_login_by_smtp_leaves_no_trace(answer: str, mechanism: str, all_logs) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        await reader.readline()
        writer.write(f"250-hello\r\n250 AUTH {mechanism}\r\n".encode())
        heard = await reader.readline()
        for asked in (b"334 VXNlcm5hbWU6\r\n", b"334 UGFzc3dvcmQ6\r\n") * (mechanism == "LOGIN"):
            writer.write(asked)
            heard = await reader.readline()
        writer.write(LOGINS[answer](heard.rstrip()))

    asyncio.get_running_loop().set_debug(True)
    async with serving(talk) as port:
        relay = Relay("smtp", "127.0.0.1", port, Security.NONE)
        transport = SmtpTransport(relay, user=USER, password=CANARY, timeout=1)
        with pytest.raises(DeliveryError) as caught:
            await transport.check()
        await transport.aclose()

    assert "auth" == caught.value.stage
    assert [] == escaped_in(everything_about(caught.value))
    assert [] == escaped_in(all_logs() + repr(vars(transport)))


def the_key(heard: bytes) -> bytes:
    return next(line for line in heard.split(b"\r\n") if line.lower().startswith(b"authorization"))


def with_body(body: bytes, status: bytes) -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)


ANSWERS: dict[str, Said] = {
    "refused": lambda heard: with_body(heard, b"401 no"),
    "refused in JSON": lambda heard: with_body(
        b'{"message": "%s", "errors": [{"message": "%s"}]}' % (the_key(heard), the_key(heard)),
        b"401 no",
    ),
    "not understood": lambda heard: with_body(heard, b"200 OK"),
    "redirected": lambda heard: (
        b"HTTP/1.1 302 there\r\nLocation: http://127.0.0.1/?%s\r\nContent-Length: 0\r\n\r\n"
        % the_key(heard)
    ),
    "no HTTP": lambda heard: the_key(heard) + b"\r\n\r\n",
    "no status": lambda heard: b"HTTP/1.1 " + the_key(heard) + b"\r\n\r\n",
    "no header": lambda heard: b"HTTP/1.1 200 OK\r\n" + the_key(heard)[13:] + b"\r\n\r\n",
    "hangs up": lambda heard: b"",
}


@pytest.mark.parametrize("provider", ["sendgrid", "mailgun"])
@pytest.mark.parametrize("answer", ANSWERS)
async def test_a_key_of_an_api_leaves_no_trace(answer: str, provider: str, all_logs) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(ANSWERS[answer](await reader.readuntil(b"\r\n\r\n")))

    asyncio.get_running_loop().set_debug(True)
    async with serving(talk) as port:
        url = f"http://127.0.0.1:{port}"
        transport = (
            SendGridTransport(CANARY, url=url, timeout=1)
            if provider == "sendgrid"
            else MailgunTransport(CANARY, "mg.example.com", url=url, timeout=1)
        )
        failed = []
        for work in (transport.send(EMAIL), transport.check()):
            with pytest.raises(DeliveryError) as caught:
                await work
            failed.append(caught.value)
        await transport.aclose()

    assert [[], []] == [escaped_in(everything_about(error)) for error in failed]
    assert [] == escaped_in(all_logs() + repr(vars(transport)))


@pytest.mark.parametrize("capability", ["AUTH=PLAIN", "IDLE"])
@pytest.mark.parametrize(
    "answer", [b"%b NO what is %b?", b"%b BAD %b", b"* BYE %b %b", b"what? %b %b"]
)
async def test_a_login_by_imap_leaves_no_trace(
    answer: bytes, capability: str, tmp_path, all_logs
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"* OK [CAPABILITY IMAP4rev1 {capability}] hello\r\n".encode())
        while line := await reader.readline():
            tag, command = line.split()[:2]
            if command == b"CAPABILITY":
                writer.write(f"* CAPABILITY IMAP4rev1 {capability}\r\n".encode())
                writer.write(tag + b" OK done\r\n")
            elif command == b"AUTHENTICATE":
                writer.write(b"+ \r\n")
                line = await reader.readline()
            if escaped_in(line.decode()):
                writer.write(answer % (tag, line.rstrip()) + b"\r\n")
                logins.append("one")
                break

    logins: list[str] = []
    certificates = local_certificates()
    async with serving(talk, certificates.server) as port:
        mailbox = Mailbox(
            sent_by="imap",
            known_as="imap",
            host="127.0.0.1",
            port=port,
            user=USER,
            password=SecretStr(CANARY),
            cafile=certificates.save(tmp_path),
        )
        with pytest.raises(DeliveryError) as caught:
            await Reader(mailbox).look(EMAIL.date, {})

    assert ["one"] == logins
    assert [] == escaped_in(everything_about(caught.value))
    assert [] == escaped_in(all_logs() + repr(mailbox))


ENVIRON = {
    "MAIL_PROVIDER": "gmail,yandex,sendgrid,mailgun",
    "GMAIL_USER": USER,
    "GMAIL_APP_PASSWORD": CANARY,
    "YANDEX_USER": USER,
    "YANDEX_APP_PASSWORD": CANARY,
    "SENDGRID_API_KEY": CANARY,
    "MAILGUN_API_KEY": CANARY,
    "MAILGUN_DOMAIN": "mg.example.com",
    "MAILGUN_WEBHOOK_KEY": CANARY,
    "NOTIFYKIT_DASHBOARD_PASSWORD": CANARY,
    "DATABASE_URL": f"postgresql://user:{quote(CANARY, safe='')}@127.0.0.1:1/shop",
    "IMAP_USER": USER,
    "IMAP_PASSWORD": CANARY,
    "MAIL_FROM": USER,
    "SALES_EMAIL": "sales@example.com",
}


async def test_nothing_that_lives_in_the_process_shows_a_secret_when_it_is_printed() -> None:
    from notifykit import dashboard, webhooks  # noqa: PLC0415 - of extras

    async with Notifier.from_env(ENVIRON) as notifier:
        kept = [dashboard.from_env(notifier, ENVIRON), webhooks.from_env(ENVIRON)]
        with pytest.raises(NotifykitError):
            await notifier.repository.get("1")
        ours = [
            one for one in gc.get_objects() if str(type(one).__module__).startswith("notifykit")
        ]
        shown = {type(one).__qualname__: repr(one) for one in ours}
        texts = {type(one).__qualname__: str(one) for one in ours}
        await kept[1]._notifier.aclose()

    assert {"SmtpTransport", "Login", "ApiKey", "Webhooks", "Desk", "SqlRepository"} <= set(shown)
    assert [] == [name for name, text in (shown | texts).items() if escaped_in(text)]


def test_settings_keep_their_secrets_when_they_are_written_out() -> None:
    settings = Settings.from_env(ENVIRON)
    written = (repr(settings), str(settings), f"{settings}", settings.model_dump_json())

    assert [] == escaped_in("".join(written) + repr(settings.model_dump()))
    assert [] == escaped_in(repr(vars(settings)))


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg"])
@pytest.mark.parametrize(
    "login",
    [
        f"user:{CANARY}",
        f"user:p@{CANARY}",
        f"user:p@s/{CANARY}",
        f"user:p:{CANARY}",
        f"user:p?x={CANARY}",
        f"user:p#{CANARY}",
        f"user:p%{CANARY}",
        f"user:[{CANARY}",
        f"user:s/{CANARY}:1/x",
    ],
)
async def test_a_database_is_called_by_no_part_of_its_password(login: str, scheme: str) -> None:
    url = f"{scheme}://{login}@127.0.0.1:1/shop"
    told: list[str] = []
    try:
        repository = SqlRepository(url)
    except ConfigurationError as error:
        told += [str(error), repr(error.__cause__), repr(error.__context__)]
    else:
        with pytest.raises(NotifykitError) as caught:
            await repository.holds("bot")
        told += [str(caught.value), repr(repository)]
        await repository.aclose()

    assert told
    assert [] == escaped_in("".join(told))


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg"])
async def test_a_database_that_is_away_leaves_no_trace_of_its_password(scheme: str) -> None:
    repository = SqlRepository(f"{scheme}://user:{quote(CANARY, safe='')}@127.0.0.1:1/shop")
    with pytest.raises(NotifykitError) as caught:
        await repository.holds("bot")
    await repository.aclose()

    assert isinstance(caught.value.__cause__, Exception)
    assert [] == escaped_in(everything_about(caught.value))


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg"])
async def test_a_refused_login_at_a_database_leaves_no_trace(
    scheme: str, postgres_url: str
) -> None:
    stranger = make_url(postgres_url).set(
        drivername=scheme, username="nobody-of-this-name", password=CANARY
    )
    repository = SqlRepository(stranger.render_as_string(hide_password=False))
    with pytest.raises(NotifykitError) as caught:
        await repository.holds("bot")
    await repository.aclose()
    del stranger

    assert [] == escaped_in(everything_about(caught.value))
