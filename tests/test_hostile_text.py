"""Whatever a stranger writes, and however much of it, nobody waits for it to be understood."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from notifykit import figures
from notifykit.address import Address
from notifykit.bounces.answers import folders
from notifykit.bounces.report import may_report, parse
from notifykit.cleaning import clean_line, clean_text
from notifykit.contacts import dialled, dialling_url, phone_number, telegram_url
from notifykit.diagnosis import Reply, error_for
from notifykit.errors import InvalidEmailError
from notifykit.ids import normal_reference
from notifykit.storage.persons import Person
from notifykit.transports.http_values import Response
from notifykit.words import terms, words_of

LENGTH = 100_000
NOW = datetime(2026, 11, 22, tzinfo=UTC)
SHAPES = (
    *(" ", "\n", "\t", "-", ".", "0", "a", "@", "<", '"', "\\", "(", ",", ";", "=", "\u2010", "5."),
    *(
        "a@",
        "a.",
        "1 ",
        "<a",
        "=?",
        '"\\',
        "8 ",
        "+7",
        "try in ",
        "<style",
        "basic ",
        "SG.",
        "a://",
    ),
    *("4.1.1 ", "451-", "\n ", "--", "a: ", "to: ", "<a@", "message-id: <", 'boundary="', "t.me/"),
)
PHONE = Person.known_by("+7 900 000-00-00")
PEOPLE = (PHONE, *map(Person.known_by, ("+49 170 0000000", "a.b@example.com", "@ivan_petrov")))


def address(text: str) -> None:
    with pytest.raises(InvalidEmailError):
        Address(text)


def phone(text: str) -> None:
    number = f"1{text}x"
    dialled(number)
    dialling_url(f"{number}#1")


def refusal(text: str) -> None:
    reply = Reply(provider="gmail", stage="data", code=451, text=text)
    error_for(reply, now=NOW)


def mail(text: str) -> None:
    head = "From: mailer-daemon@example.com\nContent-Type: text/plain\n\nundelivered\n"
    parse(f"{head}{text}".encode(), received_at=NOW)
    parse(f"Content-Type: multipart/report; {text}\n\n{text}".encode(), received_at=NOW)
    may_report(f"From: mailer-daemon@example.com\n{text}".encode())


READERS: dict[str, Callable[[str], object]] = {
    "address": address,
    "bounce": mail,
    "cleaning": lambda text: (clean_line(text), clean_text(text)),
    "erase": lambda text: [person.is_in({"comment": text}) for person in PEOPLE],
    "figures": lambda text: figures.quantity(text, "шт"),
    "folders": lambda text: list(folders([f"(\\a) {text}".encode(), f'() "/" "{text}'.encode()])),
    "phone": phone,
    "reference": normal_reference,
    "refusal": refusal,
    "response": lambda text: Response(500, {}, text).words(),
    "search": terms,
    "telegram": telegram_url,
    "words": lambda text: words_of("A-1", {"name": text, "phone": f"1{text}x", "telegram": text}),
}


@pytest.mark.parametrize("reader", READERS)
def test_no_text_keeps_anybody_waiting(reader: str) -> None:
    slow = []
    for shape in SHAPES:
        began = time.process_time()
        READERS[reader](shape * (LENGTH // len(shape)))
        if (took := time.process_time() - began) > 0.5:
            slow.append((shape, round(took, 2)))

    assert [] == slow


def test_a_phone_is_found_whatever_stands_before_it() -> None:
    numbers = ("8 (900) 000-00-00", "+7-900-000-00-00", "9000000000", "7 900 0000000")

    assert [True] * 4 == [PHONE.is_in(f"позвоните - {number}, вечером") for number in numbers]


def test_an_extension_is_known_with_and_without_space_before_it() -> None:
    typed = ("+7 900 000-00-00 доб. 12", "+7 900 000-00-00доб12", "+79000000000 , # 12")

    assert {"tel:+79000000000;ext=12"} == {dialling_url(phone_number(one)) for one in typed[:2]}
    assert "+79000000000" == dialled(typed[2])
