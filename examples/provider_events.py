"""
A FastAPI backend that hears from SendGrid and Mailgun what became of its mail.

Run it from the top of the repository::

    pip install fastapi uvicorn
    MAIL_PROVIDER=console SALES_EMAIL=sales@example.com MAILGUN_WEBHOOK_KEY=0123456789abcdef \
        EVENTS_PATH=/events/9f2c4e uvicorn --app-dir examples provider_events:backend

and let the providers post to ``https://…/events/9f2c4e/sendgrid`` and ``…/mailgun``. The path is
a secret of its own: Mailgun's signature does not cover the event itself.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException

from notifykit import Notifier, Settings, webhooks

settings = Settings.from_env()
notifier = Notifier.from_settings(settings)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Deliver in the background for as long as the backend runs."""
    async with notifier:
        yield


backend = FastAPI(lifespan=lifespan)
backend.mount(
    os.environ.get("EVENTS_PATH", "/events"),
    webhooks.app(
        notifier,
        sendgrid_key=settings.sendgrid_webhook_key,
        mailgun_key=settings.mailgun_webhook_key,
    ),
)


@backend.get("/orders/{submission_id}")
async def order(submission_id: str) -> dict[str, str | None]:
    """Say what became of an order."""
    found = await notifier.repository.get(submission_id)
    if found is None:
        raise HTTPException(404)
    return {"status": found.status, "delivery": found.delivery}
