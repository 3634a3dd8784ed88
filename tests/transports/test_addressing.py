from notifykit.message import Address, Email, Envelope
from notifykit.transports.addressing import Recipients, literal, recipients

A, B, C = (Address(f"{name}@example.com", name.upper()) for name in "abc")


def make_email(**changes: object) -> Email:
    values: dict[str, object] = {
        "sender": Address("bot@example.com"),
        "to": (A,),
        "subject": "Заказ",
        "text": "Цемент",
    }
    return Email(**(values | changes))  # type: ignore[arg-type]  # a test names what it changes


def test_everybody_stays_in_their_list() -> None:
    assert Recipients((A,), (B,), (C,)) == recipients(make_email(cc=(B,), bcc=(C,)))


def test_the_first_list_that_has_an_address_keeps_it() -> None:
    again = Address("A@example.com")

    assert Recipients((A,), (), (C,)) == recipients(make_email(cc=(again,), bcc=(again, C)))


def test_copies_become_recipients_where_nobody_else_waits() -> None:
    email = make_email(cc=(B,), bcc=(C,)).via(rcpt_to=["b@example.com", "c@example.com"])

    assert Recipients((B,), (), (C,)) == recipients(email)


def test_blind_recipients_stay_blind_where_nobody_else_waits() -> None:
    email = make_email(bcc=(B, C)).via(rcpt_to=["b@example.com", "c@example.com"])

    assert Recipients((), (), (B, C)) == recipients(email)


def test_whoever_is_only_in_the_envelope_is_a_blind_recipient() -> None:
    envelope = Envelope("bot@example.com", ("a@example.com", "log@example.com"))

    assert Recipients((A,), (), (Address("log@example.com"),)) == recipients(
        make_email(envelope=envelope)
    )


def test_text_cannot_pose_as_an_encoded_word() -> None:
    assert "= ?utf-8?q?x?= a=b?" == literal("=?utf-8?q?x?= a=b?")
