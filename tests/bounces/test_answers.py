"""What an IMAP server answers, as `imaplib` hands it over."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifykit.bounces.answers import Fetched, Folder, fetched, folders, uids


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (
            rb'(\HasNoChildren \Junk) "/" "[Gmail]/Spam"',
            Folder("[Gmail]/Spam", ("\\hasnochildren", "\\junk")),
        ),
        (rb'(\Unmarked \Junk) "|" Spam', Folder("Spam", ("\\unmarked", "\\junk"))),
        (rb"() NIL INBOX", Folder("INBOX", ())),
        (rb'(\Junk) "\\" "a\"b\\c"', Folder('a"b\\c', ("\\junk",))),
        ((rb'(\Junk) "/" {5}', b"Spa m"), Folder("Spa m", ("\\junk",))),
        (b'() "/" "&BCEEPwQwBDw-"', Folder("&BCEEPwQwBDw-", ())),
    ],
)
def test_a_folder_is_read_in_every_spelling(item, expected):
    assert [expected] == list(folders([item]))


@pytest.mark.parametrize(
    "item",
    [
        b"",
        None,
        b"nonsense",
        '() "/" "Спам"'.encode(),
        (b'() "/" {9}', b"a\r\nLOGOUT"),
        b'() "/" "a',
    ],
)
def test_a_folder_that_cannot_be_named_safely_is_left_out(item):
    assert [] == list(folders([item]))


def test_a_mail_is_read_wherever_the_server_puts_its_uid_and_date():
    noon = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    items = [
        (b'1 (UID 5 INTERNALDATE "22-Nov-2026 15:00:00 +0300" BODY[]<0> {3}', b"one"),
        b")",
        b"7 (FLAGS (\\Seen))",
        (b"2 (BODY[]<0> {3}", b"two"),
        b' INTERNALDATE "22-nov-2026 12:00:00 +0000" UID 6)',
        (b'3 (UID 7 INTERNALDATE " 2-Nov-2026 07:00:00 -0500" BODY[] {0}', b""),
        b")",
    ]

    assert [
        Fetched(5, noon, b"one"),
        Fetched(6, noon, b"two"),
        Fetched(7, datetime(2026, 11, 2, 12, 0, tzinfo=UTC), b""),
    ] == list(fetched(items))


@pytest.mark.parametrize(
    "date",
    ["31-Feb-2026 00:00:00 +0000", "01-Xyz-2026 00:00:00 +0000", "01-Jan-0001 00:00:00 +2359"],
)
def test_a_date_that_is_none_is_no_reason_to_fail(date):
    (mail,) = fetched([(f'1 (UID 5 INTERNALDATE "{date}" BODY[] {{1}}'.encode(), b"a"), b")"])

    assert mail.received_at is None


def test_what_has_no_uid_or_no_content_is_no_mail():
    assert [] == list(fetched([None, b"1 (UID 5 FLAGS ())", (b"1 (BODY[] {1}", b"a"), b")"]))


def test_uids_are_numbers_in_ascending_order():
    assert [2, 10, 11] == uids([b"10 2 x", None, b"11"])


@given(st.lists(st.one_of(st.none(), st.binary(), st.tuples(st.binary(), st.binary()))))
def test_no_answer_makes_it_fail(items):
    list(fetched(items)), list(folders(items)), uids(items)
