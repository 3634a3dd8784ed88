"""
The dashboard inside a FastAPI backend, for whoever has logged in there.

Run it from the top of the repository, and open http://localhost:8000/admin/mail/::

    pip install fastapi uvicorn
    MAIL_PROVIDER=console SALES_EMAIL=sales@example.com \
        uvicorn --app-dir examples fastapi_dashboard:app

A real backend asks its own session who the visitor is; here it is a header that a proxy sets.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.requests import Request

from notifykit import Notifier, dashboard

notifier = Notifier.from_env()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Deliver in the background for as long as the backend runs."""
    async with notifier:
        yield


async def visitor(request: Request) -> str | None:
    """Say who looks; the name is recorded with what they decide. Nobody: refused."""
    return request.headers.get("X-Staff")


app = FastAPI(lifespan=lifespan)
app.mount("/admin/mail", dashboard.from_env(notifier, auth=visitor))
