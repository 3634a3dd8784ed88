"""Variables that are named nearly right."""

from __future__ import annotations

import re
from collections.abc import Collection
from difflib import get_close_matches

from notifykit.doctor.letters import in_latin
from notifykit.settings.texts import SAID

# What other libraries and frameworks call it.
ELSEWHERE = {
    "MAIL_PROVIDER": "EMAIL_PROVIDER MAIL_DRIVER MAIL_MAILER MAIL_TRANSPORT EMAIL_BACKEND MAILER",
    "SMTP_SERVER": "SMTP_HOST SMTP_HOSTNAME SMTP_ADDRESS SMTP_URL EMAIL_HOST EMAIL_SERVER MAIL_HOST"
    " MAIL_SERVER MAIL_SMTP MAIL_SMTP_HOST",
    "SMTP_PORT": "EMAIL_PORT MAIL_PORT SMTP_SERVER_PORT MAIL_SMTP_PORT",
    "SMTP_USER": "SMTP_USERNAME SMTP_LOGIN SMTP_EMAIL EMAIL_USER EMAIL_USERNAME EMAIL_LOGIN"
    " EMAIL_HOST_USER EMAIL_ADDRESS MAIL_USER MAIL_USERNAME MAIL_LOGIN",
    "SMTP_PASSWORD": "SMTP_PASS SMTP_PWD SMTP_PASSWD SMTP_APP_PASSWORD SMTP_KEY EMAIL_PASSWORD"
    " EMAIL_PASS EMAIL_PWD EMAIL_APP_PASSWORD EMAIL_HOST_PASSWORD MAIL_PASSWORD MAIL_PASS MAIL_PWD"
    " APP_PASSWORD",
    "SMTP_SECURITY": "SMTP_SSL SMTP_TLS SMTP_SECURE SMTP_USE_TLS SMTP_USE_SSL SMTP_STARTTLS"
    " SMTP_ENCRYPTION EMAIL_USE_TLS EMAIL_USE_SSL MAIL_ENCRYPTION MAIL_USE_TLS MAIL_USE_SSL",
    "GMAIL_USER": "GMAIL_USERNAME GMAIL_LOGIN GMAIL_EMAIL GMAIL_ADDRESS GOOGLE_USER GOOGLE_EMAIL",
    "GMAIL_APP_PASSWORD": "GMAIL_PASSWORD GMAIL_PASS GMAIL_PWD GMAIL_KEY GOOGLE_APP_PASSWORD"
    " GOOGLE_PASSWORD",
    "YANDEX_USER": "YANDEX_USERNAME YANDEX_LOGIN YANDEX_EMAIL YANDEX_MAIL",
    "YANDEX_APP_PASSWORD": "YANDEX_PASSWORD YANDEX_PASS YANDEX_PWD YANDEX_MAIL_PASSWORD",
    "SENDGRID_API_KEY": "SENDGRID_KEY SENDGRID_TOKEN SENDGRID_APIKEY SENDGRID_API_TOKEN"
    " SENDGRID_PASSWORD",
    "MAILGUN_API_KEY": "MAILGUN_KEY MAILGUN_TOKEN MAILGUN_APIKEY MAILGUN_API_TOKEN"
    " MAILGUN_PRIVATE_KEY MAILGUN_SENDING_KEY",
    "MAILGUN_DOMAIN": "MAILGUN_DOMAIN_NAME MAILGUN_SENDING_DOMAIN",
    "SALES_EMAIL": "SALES_MAIL SALES_EMAILS SALES_ADDRESS SALE_EMAIL SALES ORDER_EMAIL ORDERS_EMAIL"
    " EMAIL_TO MAIL_TO TO_EMAIL",
    "MANAGER_EMAIL": "MANAGER_MAIL MANAGER_EMAILS MANAGERS_EMAIL MANAGER_ADDRESS",
    "MAIL_FROM": "EMAIL_FROM FROM_EMAIL SMTP_FROM SMTP_SENDER SMTP_FROM_EMAIL MAIL_SENDER"
    " SENDER_EMAIL MAIL_FROM_ADDRESS MAIL_DEFAULT_SENDER DEFAULT_FROM_EMAIL",
    "DATABASE_URL": "DB_URL DATABASE_URI DB_URI DATABASE_DSN DB_DSN POSTGRES_URL POSTGRESQL_URL"
    " POSTGRES_DSN SQLALCHEMY_DATABASE_URI SQLALCHEMY_DATABASE_URL",
}
_KNOWN = {name: right for right, names in ELSEWHERE.items() for name in names.split()}
_OURS = re.compile("SMTP|MAIL|YANDEX|SENDGRID|NOTIFYKIT|SALES|MANAGER|DATABASE_URL")
_NEAR = 0.88


def disguise(name: str) -> tuple[str, int] | None:
    """Find the name that this one only looks like, and the place of the first wrong letter."""
    meant = in_latin(name).strip()
    if meant == name or meant not in SAID:
        return None
    pairs = zip(name, meant, strict=False)
    return meant, next((place for place, (one, other) in enumerate(pairs, 1) if one != other), 1)


def meant(name: str, present: Collection[str]) -> str | None:
    """
    Say which of our variables somebody means with a name that is none.

    Args:
        name: As it was written.
        present: The names that are set: what has its right name already is not meant again.
    """
    if name in SAID:
        return None
    plain = re.sub("[^A-Z0-9]+", "_", name.upper()).strip("_")
    near = get_close_matches(plain, SAID, n=1, cutoff=_NEAR) if _OURS.search(plain) else []
    right = plain if plain in SAID else _KNOWN.get(plain) or next(iter(near), None)
    return right if right and right not in present else None
