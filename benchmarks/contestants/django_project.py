"""The smallest Django project for an app that queues mails."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import django
from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage
from django.core.management import call_command
from sqlalchemy.engine import make_url

NOWHERE = f"{__name__}.Nowhere"
ENCODED = f"{__name__}.Encoded"


class Nowhere(BaseEmailBackend):
    """Takes everything and does nothing with it."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Take them."""
        return len(email_messages)


class Encoded(BaseEmailBackend):
    """Makes the bytes, as Django's SMTP backend does, and forgets them."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Take them."""
        for message in email_messages:
            message.message().as_bytes(linesep="\r\n")
        return len(email_messages)


def set_up(url: str, app: str, **more: Any) -> None:
    """Set Django up with one app."""
    place = make_url(url)
    settings.configure(
        INSTALLED_APPS=["django.contrib.contenttypes", app],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": place.database,
                "USER": place.username,
                "PASSWORD": place.password,
                "HOST": place.host,
                "PORT": place.port,
                "CONN_MAX_AGE": None,
            }
        },
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
        LOGGING_CONFIG=None,
        USE_TZ=True,
        **more,
    )
    django.setup()


def migrate() -> None:
    """Make the tables."""
    call_command("migrate", verbosity=0)
