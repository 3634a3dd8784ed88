"""Whose a mail domain is."""

from __future__ import annotations


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


YANDEX = _names("yandex.ru yandex.com yandex.by yandex.kz ya.ru narod.ru")
GMAIL = _names("gmail.com googlemail.com")
# Everybody may have an address there, and nobody but the service may send from it.
FREE_MAIL = (
    YANDEX
    | GMAIL
    | _names(
        """
        mail.ru bk.ru inbox.ru list.ru internet.ru vk.com xmail.ru rambler.ru lenta.ru
        autorambler.ru ro.ru outlook.com hotmail.com live.com msn.com yahoo.com icloud.com
        me.com proton.me protonmail.com aol.com gmx.de gmx.com ukr.net tut.by mail.kz
        """
    )
)

# Of the public suffix list, what mails of our users end with; others have one part.
_TWO_PARTS = _names(
    """
    com.ru net.ru org.ru pp.ru msk.ru spb.ru msk.su spb.su co.uk org.uk com.ua com.by com.kz
    com.tr com.ge com.am co.il com.br com.cn com.au co.jp co.in xn--c1avg.xn--p1ai
    """
)


def domain_of(address: str) -> str:
    """Give what stands behind the @."""
    return address.rpartition("@")[2].lower()


def organisation(domain: str) -> str:
    """Give the domain that somebody registered, such as example.com of mg.example.com."""
    parts = domain.lower().rstrip(".").split(".")
    kept = 3 if ".".join(parts[-2:]) in _TWO_PARTS else 2
    return ".".join(parts[-kept:])


def same_mailbox(one: str, other: str) -> bool:
    """Say whether two addresses are one mailbox, as Gmail and Yandex see it."""
    return _mailbox(one) == _mailbox(other)


def _mailbox(address: str) -> tuple[str, str]:
    local, _, domain = address.lower().rpartition("@")
    local = (local or address.lower()).partition("+")[0]
    if domain in GMAIL:
        return local.replace(".", ""), "gmail.com"
    if domain in YANDEX or not domain or "@" not in address:
        return local.replace(".", "-"), "yandex.ru"
    return local, domain
