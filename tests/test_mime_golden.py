"""
Whole messages, byte by byte.

A change here means that an email which is already stored would be sent again as other bytes.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from notifykit.message import Address, Attachment, Email
from notifykit.mime import encode

DATE = datetime(2026, 11, 22, 9, 5, 7, tzinfo=UTC)
SALES = Address("sales@example.com", "Отдел продаж")

PLAIN = Email(
    sender=Address("bot@example.com", "Shop bot"),
    to=(Address("sales@example.com"),),
    subject="Order KMT-4827",
    text="Cement M500, 10 bags.\n",
    message_id="<0198-a@example.com>",
    date=DATE,
)
PLAIN_BYTES = """\
From: Shop bot <bot@example.com>
To: <sales@example.com>
Subject: Order KMT-4827
Date: Sun, 22 Nov 2026 09:05:07 +0000
Message-ID: <0198-a@example.com>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 7bit

Cement M500, 10 bags.
"""
ORDER = Email(
    sender=Address("bot@example.com", "Бот"),
    to=(SALES, Address("second@пример.рф", "Petrov, Ivan")),
    cc=(Address("copy@example.com"),),
    bcc=(Address("hidden@example.com"),),
    reply_to=(Address("client@example.com", "Иван Петров"),),
    subject="Заказ KMT-4827 на 10 230,00 ₽, Иван Петров, +7 900 000-00-00",
    text="Цемент М500, 10 меш.\nИтого: 5 125,00 ₽\n",
    html='<p style="margin:0">Total = 5125.00</p>\n'
    + "<p>Cement M500, caf\u00e9, long line</p>" * 3,
    headers={"X-Priority": "1", "X-Note": "из бота"},
    message_id="<0198-b@example.com>",
    date=DATE,
)
ORDER_BYTES = """\
From: =?utf-8?B?0JHQvtGC?= <bot@example.com>
Reply-To: =?utf-8?B?0JjQstCw0L0g0J/QtdGC0YDQvtCy?= <client@example.com>
To: =?utf-8?B?0J7RgtC00LXQuyDQv9GA0L7QtNCw0LY=?= <sales@example.com>,
 "Petrov, Ivan" <second@xn--e1afmkfd.xn--p1ai>
Cc: <copy@example.com>
Subject: =?utf-8?B?0JfQsNC60LDQtyBLTVQtNDgyNyDQvdCwIDEwIDIzMCwwMCDigr0s?=
 =?utf-8?B?INCY0LLQsNC9INCf0LXRgtGA0L7QsiwgKzcgOTAwIDAwMC0wMC0wMA==?=
Date: Sun, 22 Nov 2026 09:05:07 +0000
Message-ID: <0198-b@example.com>
X-Note: =?utf-8?B?0LjQtyDQsdC+0YLQsA==?=
X-Priority: 1
MIME-Version: 1.0
Content-Type: multipart/alternative;
 boundary="=_7fa52aa138df800d092e301d8aa36974"

--=_7fa52aa138df800d092e301d8aa36974
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: base64

0KbQtdC80LXQvdGCINCcNTAwLCAxMCDQvNC10YguDQrQmNGC0L7Qs9C+OiA1IDEyNSwwMCDigr0N
Cg==
--=_7fa52aa138df800d092e301d8aa36974
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: quoted-printable

<p style=3D"margin:0">Total =3D 5125.00</p>
<p>Cement M500, caf=C3=A9, long line</p><p>Cement M500, caf=C3=A9, long li=
ne</p><p>Cement M500, caf=C3=A9, long line</p>
--=_7fa52aa138df800d092e301d8aa36974--
"""
FILES = Email(
    sender=Address("bot@example.com"),
    to=(SALES,),
    subject="=?utf-8?q?not_a_word?=",
    text="From here on\n",
    html='<img src="cid:logo">',
    attachments=(
        Attachment(filename="price list.csv", content=b"code;price\r\n00-0123;512.50\r\n"),
        Attachment(filename="logo.png", content=b"\x89PNG\r\n", content_id="logo"),
        Attachment(filename="Счёт на оплату № 17 от 22 ноября 2026 года.pdf", content=b"%PDF-1.7"),
    ),
    message_id="<0198-c@example.com>",
    date=DATE,
)
FILES_BYTES = """\
From: <bot@example.com>
To: =?utf-8?B?0J7RgtC00LXQuyDQv9GA0L7QtNCw0LY=?= <sales@example.com>
Subject: =?utf-8?B?PT91dGYtOD9xP25vdF9hX3dvcmQ/PQ==?=
Date: Sun, 22 Nov 2026 09:05:07 +0000
Message-ID: <0198-c@example.com>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="=_fbfcd4a56f5d2eba0ea15832195269a8"

--=_fbfcd4a56f5d2eba0ea15832195269a8
Content-Type: multipart/alternative;
 boundary="=_59a4693c4c2196ddd360a42461436377"

--=_59a4693c4c2196ddd360a42461436377
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

=46rom here on
--=_59a4693c4c2196ddd360a42461436377
Content-Type: multipart/related; type="text/html";
 boundary="=_0d6d1fa189b9898ee1066802a0eff248"

--=_0d6d1fa189b9898ee1066802a0eff248
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: 7bit

<img src="cid:logo">
--=_0d6d1fa189b9898ee1066802a0eff248
Content-Type: image/png; name="logo.png"
Content-Disposition: inline; filename="logo.png"
Content-Transfer-Encoding: base64
Content-ID: <logo>

iVBORw0K
--=_0d6d1fa189b9898ee1066802a0eff248--
--=_59a4693c4c2196ddd360a42461436377--
--=_fbfcd4a56f5d2eba0ea15832195269a8
Content-Type: text/csv; name="price list.csv"
Content-Disposition: attachment; filename="price list.csv"
Content-Transfer-Encoding: base64

Y29kZTtwcmljZQ0KMDAtMDEyMzs1MTIuNTANCg==
--=_fbfcd4a56f5d2eba0ea15832195269a8
Content-Type: application/pdf;
 name="=?utf-8?B?0KHRh9GR0YIg0L3QsCDQvtC/0LvQsNGC0YMg4oSWIDE3INC+0YIg?=
 =?utf-8?B?MjIg0L3QvtGP0LHRgNGPIDIwMjYg0LPQvtC00LAucGRm?="
Content-Disposition: attachment;
 filename*0*=utf-8''%D0%A1%D1%87%D1%91%D1%82%20%D0%BD%D0%B0%20%D0%BE%D0%BF;
 filename*1*=%D0%BB%D0%B0%D1%82%D1%83%20%E2%84%96%2017%20%D0%BE;
 filename*2*=%D1%82%2022%20%D0%BD%D0%BE%D1%8F%D0%B1%D1%80%D1%8F%202;
 filename*3*=026%20%D0%B3%D0%BE%D0%B4%D0%B0.pdf
Content-Transfer-Encoding: base64

JVBERi0xLjc=
--=_fbfcd4a56f5d2eba0ea15832195269a8--
"""


@pytest.mark.parametrize(
    ("email", "expected"),
    [(PLAIN, PLAIN_BYTES), (ORDER, ORDER_BYTES), (FILES, FILES_BYTES)],
    ids=["plain", "order", "files"],
)
def test_an_email_is_these_bytes_on_every_python(email: Email, expected: str) -> None:
    assert expected.replace("\n", "\r\n") == encode(email).decode("ascii")
