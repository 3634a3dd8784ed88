"""
A shop around ``procrastinate_job.py``.

Run it from the top of the repository, with mails shown instead of sent::

    pip install notifykit-mail alembic 'psycopg[binary]' procrastinate
    export DATABASE_URL=postgresql://localhost/shop
    export MAIL_PROVIDER=console SALES_EMAIL=sales@example.com

    python examples/procrastinate_shop.py prepare
    python examples/procrastinate_shop.py sell A-17
    python examples/procrastinate_shop.py work
"""

import asyncio
import os
import sys

from procrastinate_job import app, sell, work
from psycopg import AsyncConnection

from notifykit import Contact, Notifier, Order, OrderLine
from notifykit.storage.migrate import migrate

DATABASE_URL = os.environ["DATABASE_URL"]
CREATE = "CREATE TABLE shop_sales (number text PRIMARY KEY, total numeric)"


async def prepare() -> None:
    """Make the tables of the shop, of Procrastinate and of notifykit."""
    await migrate(DATABASE_URL)
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
    async with await AsyncConnection.connect(DATABASE_URL) as connection:
        await connection.execute(CREATE)


async def sell_cement(number: str) -> None:
    """Do what a request to the shop would."""
    order = Order(
        number=number,
        customer=Contact(name="Иван Петров", phone="+7 900 000-00-00"),
        lines=[OrderLine(code="00-0123", title="Цемент М500", quantity="10", price="512.50")],
    )
    notifier = Notifier.from_env()
    async with app.open_async(), await AsyncConnection.connect(DATABASE_URL) as connection:
        submission = await sell(connection, notifier, order)
    await notifier.aclose()
    print(f"{submission.reference}: {submission.status}")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["prepare"]:
            asyncio.run(prepare())
        case ["sell", number]:
            asyncio.run(sell_cement(number))
        case ["work"]:
            asyncio.run(work())
        case ["work", "--once"]:
            asyncio.run(work(wait=False))
        case _:
            sys.exit(__doc__)
