"""
How long an email takes to become bytes, against the standard library.

``python -m benchmarks.mime``. Compare the ratios, which come from one run, and not the times.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.headerregistry import Address as HeaderAddress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import partial
from random import Random

from notifykit.message import Address, Attachment, Email
from notifykit.mime import encode
from notifykit.mime.headers import message_headers
from notifykit.mime.parts import tree, write

ROUNDS = 9
SECONDS = 0.2  # of each round
HTML_SIZE = 26 * 1024

ROW = (
    '<tr><td style="padding:4px 8px">00-{0:04}</td>'
    '<td style="padding:4px 8px">Цемент М500 Д0, мешок 50 кг, Новороссийск</td>'
    '<td style="padding:4px 8px">10 меш.</td><td>5 125,00 ₽</td></tr>\n'
)
LINE = "00-{0:04} Цемент М500 Д0, мешок 50 кг, Новороссийск  10 меш.  5 125,00 ₽\n"


def order_email(*files: Attachment) -> Email:
    """Make an order mail of 26 KB of Cyrillic HTML and its text."""
    count = HTML_SIZE // len(ROW.encode())
    return Email(
        sender=Address("bot@example.com", "Бот"),
        to=(Address("sales@example.com", "Отдел продаж"), Address("second@example.com")),
        reply_to=(Address("client@example.com", "Иван Петров"),),
        subject="Заказ KMT-4827 на 10 230,00 ₽, Иван Петров",
        text="".join(LINE.format(number) for number in range(count)),
        html=f"<table>{''.join(ROW.format(number) for number in range(count))}</table>",
        attachments=files,
        date=datetime(2026, 11, 22, tzinfo=UTC),
        message_id="<0198@example.com>",
    )


def with_standard_library(email: Email) -> bytes:
    """Write the same email with `email.message`."""
    message = EmailMessage(policy=SMTP)
    message["From"] = _header_address(email.sender)
    message["Reply-To"] = [_header_address(each) for each in email.reply_to]
    message["To"] = [_header_address(each) for each in email.to]
    message["Subject"] = email.subject
    message["Date"] = format_datetime(email.date)
    message["Message-ID"] = email.message_id
    message.set_content(email.text)
    message.add_alternative(email.html, subtype="html")
    for file in email.attachments:
        kind, _, subtype = file.content_type.partition("/")
        message.add_attachment(file.content, maintype=kind, subtype=subtype, filename=file.filename)
    return message.as_bytes(policy=SMTP)


def without_comparison(email: Email) -> bytes:
    """Write it as `encode` does, and do not read it again."""
    pieces = [message_headers(email).encode("ascii"), *write(tree(email), email.message_id)]
    return b"".join([piece if isinstance(piece, bytes) else piece.lines for piece in pieces])


def _header_address(address: Address) -> HeaderAddress:
    return HeaderAddress(address.name, addr_spec=address.email)


def _fastest(run: Callable[[], object]) -> float:
    """Give the milliseconds of one run in the best round: the others were disturbed."""
    best = float("inf")
    for _ in range(ROUNDS):
        start, count = time.perf_counter(), 0
        while time.perf_counter() - start < SECONDS:
            run()
            count += 1
        best = min(best, (time.perf_counter() - start) / count)
    return best * 1_000


def main() -> None:
    """Print the table."""
    pdf = Attachment(filename="Счёт № 17.pdf", content=Random(17).randbytes(1024 * 1024))
    print(f"{'email':<28}{'writer':<28}{'ms':>9}{'stdlib / it':>14}")
    for name, email in (
        ("26 KB HTML and text", order_email()),
        ("the same, PDF of 1 MB", order_email(pdf)),
    ):
        standard = _fastest(partial(with_standard_library, email))
        writers = {"encode, not compared": without_comparison, "encode": encode}
        print(f"{name:<28}{'email.message':<28}{standard:9.2f}{1:14.1f}")
        for writer, write_it in writers.items():
            found = _fastest(partial(write_it, email))
            print(f"{name:<28}{writer:<28}{found:9.2f}{standard / found:14.1f}")


if __name__ == "__main__":
    main()
