"""No secret gets into what is stored, logged or shown."""

import json
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from notifykit.diagnosis import scrub
from notifykit.message import clean_text

CANARY = "Кана рейка+/=&\"'9"
PLAIN = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=40)


def form_of_auth_plain(user: str, secret: str) -> str:
    return b64encode(f"\0{user}\0{secret}".encode()).decode()


@pytest.mark.parametrize(
    "shown",
    [
        CANARY,
        "".join(CANARY.split()),
        CANARY.upper(),
        b64encode(CANARY.encode()).decode(),
        urlsafe_b64encode(CANARY.encode()).decode(),
        quote(CANARY, safe=""),
        quote(CANARY, safe="").lower(),
        quote_plus("".join(CANARY.split())),
        json.dumps(CANARY)[1:-1],
        CANARY.replace(" ", "\r\n "),
    ],
)
def test_every_form_of_a_secret_is_taken_out(shown: str) -> None:
    assert "refused: *** (535)" == scrub(f"refused: {shown} (535)", [CANARY])


@pytest.mark.parametrize("user", ["", "a", "ab", "abc", "bot@example.com"])
def test_the_password_in_an_echoed_login_cannot_be_decoded_any_more(user: str) -> None:
    shown = form_of_auth_plain(user, "canary-password")
    left = scrub(f"535 you said {shown} to me", ["canary-password"])
    kept = left.removeprefix("535 you said ").removesuffix("*** to me")

    assert shown.startswith(kept)
    assert len(kept) * 6 <= len(f"\0{user}\0") * 8  # bits of the user name alone


def test_a_very_short_secret_is_taken_out_as_it_is() -> None:
    assert "you said ***" == scrub("you said q1", ["q1"])


def test_an_app_password_is_found_in_groups_and_without() -> None:
    grouped, joined = "abcd efgh ijkl mnop", "abcdefghijklmnop"

    assert "***" == scrub(joined, [grouped])
    assert "***" == scrub(grouped, [joined])
    assert "***" == scrub("abcd\u00a0efgh\nijkl mnop", [grouped])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("key SG.aB3-x_y.Zz9_- is invalid", "key *** is invalid"),
        ("key-0123456789abcdef0123456789abcdef!", "***!"),
        ("0123456789abcdef0123456789abcdef-01234567-89abcdef", "***"),
        ("Authorization: Bearer canary", "Authorization: Bearer ***"),
        ("authorization: basic YXBpOmNhbmFyeQ==", "authorization: basic ***"),
        ("AUTH PLAIN AGEAY2FuYXJ5 unknown", "AUTH PLAIN *** unknown"),
        ("AUTH LOGIN Y2FuYXJ5", "AUTH LOGIN ***"),
        ("AUTH XOAUTH2 dXNlcj1hAQ==", "AUTH XOAUTH2 ***"),
        ("smtp://bot:canary@mail.example.com", "smtp://***@mail.example.com"),
    ],
)
def test_what_has_the_shape_of_a_secret_is_taken_out_unasked(text: str, expected: str) -> None:
    assert expected == scrub(text)


@pytest.mark.parametrize(
    "text",
    [
        "5.7.8 Username and Password not accepted. https://support.google.com/mail/?p=BadCredentials",
        "Basic authentication is required",
        "AUTH LOGIN PLAIN XOAUTH2",
        "AUTH LOGIN failed",
        "550 5.1.1 <sales@example.com>: user unknown",
        "250 2.0.0 Ok: queued as 1739976850-iqXj0G0Og0U0",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    assert text == scrub(text, ["", " "])


def test_control_characters_and_marks_of_direction_go_and_lines_stay() -> None:
    assert "one\ntwo\nthree" == scrub("o\x00n\u202ee\r\ntwo\u2028three\x1b")


def test_a_long_text_is_cut() -> None:
    assert 2_000 == len(scrub("x" * 10_000))
    assert "x" * 2_000 == scrub("x" * 2_000)


def test_a_secret_across_the_cut_is_gone_and_not_halved() -> None:
    assert "canar" not in scrub("x" * 1_990 + "canary-password", ["canary-password"])


def test_a_text_that_is_nearly_all_secret_shows_no_half_of_it_either() -> None:
    secret = "canary" * 20 + "Z"

    assert "canary" not in scrub(secret * 1_000, [secret])


def test_what_stands_late_in_a_huge_answer_does_not_matter() -> None:
    page = "<p>" + "x" * 1_000_000

    assert scrub(page)[:1_999] == scrub(page + "canary", ["canary"])[:1_999]


@given(before=st.text(), secret=PLAIN, after=st.text(), user=st.text())
@example(before="", secret="aaaaaaaa", after="aaaaaaa", user="")
def test_no_secret_survives_in_any_form(before: str, secret: str, after: str, user: str) -> None:
    assume("*" not in secret)
    forms = (
        secret,
        b64encode(secret.encode()).decode(),
        quote(secret, safe=""),
        form_of_auth_plain(clean_text(user), secret),
    )
    for form in forms:
        left = scrub(f"{before} {form} {after}", [secret])

        assert secret.lower() not in "".join(left.split()).lower()
        assert form.lower() not in left.lower()


@given(st.text(), st.lists(PLAIN, max_size=3))
def test_scrubbing_twice_changes_nothing_more(text: str, secrets: list[str]) -> None:
    assume(not any("*" in secret for secret in secrets))
    once = scrub(text, secrets)

    assert once == scrub(once, secrets)
    assert len(once) <= 2_000
