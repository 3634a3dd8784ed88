"""A kind of one's own: a model and three templates make a whole mail."""

from email import message_from_bytes, policy
from pathlib import Path

TEMPLATES = Path(__file__).parents[2] / "examples" / "custom_notification" / "templates"
VARIABLES = {
    "MAIL_PROVIDER": "file",
    "SALES_EMAIL": "sales@example.com",
    "MANAGER_EMAIL": "manager@example.com",
    "NOTIFYKIT_TEMPLATES": str(TEMPLATES),
}


async def test_a_refund_reaches_the_managers_with_text_and_page(run, tmp_path):
    printed = await run("custom_notification/refund.py", **VARIABLES)

    (file,) = (tmp_path / "outbox").glob("*.eml")
    mail = message_from_bytes(file.read_bytes(), policy=policy.default)
    text = mail.get_body(["plain"]).get_content()
    page = mail.get_body(["html"]).get_content()
    assert "SENT" in printed
    assert "manager@example.com" == mail["To"]
    assert "Возврат по заказу A-17: 5 125,00 руб." == mail["Subject"].replace("\u00a0", " ")
    assert "Мешки пришли порванными" in text
    assert "Мешки пришли порванными" in page
    assert "tel:+79000000000" in page


async def test_the_same_refund_within_a_day_is_not_sent_twice(run, tmp_path):
    first = await run("custom_notification/refund.py", **VARIABLES)
    second = await run("custom_notification/refund.py", **VARIABLES)

    assert first == second
    assert 1 == len(list((tmp_path / "outbox").glob("*.eml")))


def test_the_same_refund_in_other_words_is_the_same(load):
    refund = load("custom_notification/refund.py").Refund
    asked = {"order_number": "A-17", "customer": {"phone": "+7 900 000-00-00"}}

    one = refund(amount="5125.00", reason="Порваны", **asked)
    two = refund(amount="5125", reason="Мешки порваны", **asked)
    other = refund(amount="512.50", reason="Порваны", **asked)

    assert one.identity() == two.identity() != other.identity()
