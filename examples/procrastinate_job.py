"""
Orders delivered by jobs of Procrastinate, accepted in the application's own transaction.

The sale, the mail and the job that delivers it are committed together or not at all, and nothing
but the jobs has to run. See ``procrastinate_shop.py`` for a program around it.
"""

import os
from datetime import UTC, datetime, timedelta

from procrastinate import App, JobContext, PsycopgConnector, RetryStrategy
from psycopg import AsyncConnection

from notifykit import Notifier, Order, Submission

app = App(connector=PsycopgConnector(conninfo=os.environ["DATABASE_URL"]))


async def sell(connection: AsyncConnection, notifier: Notifier, order: Order) -> Submission:
    """Keep a sale and tell the sales team: in one transaction, which the caller commits."""
    sale = (order.number, order.total)
    await connection.execute("INSERT INTO shop_sales VALUES (%s, %s)", sale)
    submission = await notifier.enqueue(order, within=connection)
    job = deliver.configure(connection=connection)
    await job.defer_async(submission_id=submission.id)
    return submission


@app.task(name="deliver", pass_context=True, retry=RetryStrategy(wait=10))
async def deliver(context: JobContext, *, submission_id: str) -> None:
    """Make one round; where the mail is still open, come back when it is due."""
    notifier: Notifier = context.additional_context["notifier"]
    submission = await notifier.deliver(submission_id)
    if submission is not None and submission.due_at is not None:
        # While every provider is left alone it is due all the time.
        soon = datetime.now(UTC) + timedelta(seconds=3)
        later = deliver.configure(schedule_at=max(submission.due_at, soon))
        await later.defer_async(submission_id=submission_id)


@app.periodic(cron="* * * * *")
@app.task(name="catch_up", pass_context=True)
async def catch_up(context: JobContext, timestamp: int) -> None:
    """Deliver what a process that was killed had in its hands."""
    await context.additional_context["notifier"].worker.run_once()


async def work(*, wait: bool = True) -> None:
    """Run the jobs until stopped, or until none is left."""
    notifier = Notifier.from_env()
    async with app.open_async():
        await app.run_worker_async(wait=wait, additional_context={"notifier": notifier})
    await notifier.aclose()
