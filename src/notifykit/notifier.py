"""The front door: give it a notification, and it answers with what became of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from notifykit.alarms import AlarmHook, Watch
from notifykit.checking import CheckResult, Look, checked
from notifykit.deciding import Decisions
from notifykit.delivery import Clock, Delivery, this_process, utc_now
from notifykit.drafts import Drafts, Wishes, addresses, audiences
from notifykit.errors import ConfigurationError, LimitExceededError, NotifykitError
from notifykit.journal import Journal
from notifykit.limits import Limits, accept, shares_of_new
from notifykit.message import Address, Attachment
from notifykit.notifications import Notification
from notifykit.pacing import Pace
from notifykit.rendering.base import Renderer
from notifykit.settling import RetryPolicy
from notifykit.storage.base import SubmissionRepository
from notifykit.submission import Lease, Status, Submission
from notifykit.transports.base import Transport
from notifykit.worker import Worker

if TYPE_CHECKING:
    from notifykit.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """
    How a notifier behaves.

    Attributes:
        source: The bot's name; several bots may share one database.
        locale: ``ru`` or ``en``, for the log lines and the stock templates.
        retry: When a submission is tried again.
        on_alarm: Told of what no server has taken for too long; a function or a coroutine function.
        lease: How long a submission belongs to the process that works on it, without a sign of
            life; then another one may take it up.
        grace: How long closing waits for sends that are under way.
        limits: What may be accepted and sent in how much time; ``None``: as much as comes.
        clock: Tells the time; aware.
    """

    source: str = "default"
    locale: str = "ru"
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    on_alarm: AlarmHook | None = None
    lease: timedelta = timedelta(minutes=5)
    grace: timedelta = timedelta(seconds=30)
    limits: Limits | None = field(default_factory=Limits)
    clock: Clock = utc_now


class Notifier(Decisions):
    """
    Takes notifications over: renders, keeps and delivers them.

    What `send` and `enqueue` return was kept durably before they returned. Inside ``async with``
    what is due is delivered in the background; without it, `send` makes one round and nobody comes
    back to what is left, until a notifier is opened on the same repository. Opening raises
    `ConfigurationError` where templates of one's own cannot be used.

    Args:
        transports: Asked in this order; the next one only when the one before provably did not take
            the email.
        sender: From, where a transport has no address of its own.
        sales: Who gets orders and kinds of your own.
        managers: Who gets calls for a manager; ``None``: like ``sales``.
        repository: Where submissions are kept; in memory where left out.
        renderer: Makes mails; the stock templates where left out.
        options: See `Options`.

    Raises:
        ConfigurationError: No transport, nobody to send to, or two transports of one name.
        InvalidEmailError: An address is none.
    """

    def __init__(
        self,
        *transports: Transport,
        sender: Address | str,
        sales: Iterable[Address | str],
        managers: Iterable[Address | str] | None = None,
        repository: SubmissionRepository | None = None,
        renderer: Renderer | None = None,
        options: Options | None = None,
    ) -> None:
        self.options = options or Options()
        self.transports = transports
        self.repository = repository or _in_memory(self.options)
        self.renderer = renderer or _stock_templates(self.options)
        self._drafts = Drafts(
            self.renderer,
            sender=addresses([sender])[0],
            audiences=audiences(sales, managers),
            source=self.options.source,
            clock=self.options.clock,
        )
        self._journal = Journal(self.options.locale)
        self.worker = Worker(self._delivery(), source=self.options.source)
        self._background: asyncio.Task[None] | None = None

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """
        Make a notifier from environment variables.

        Args:
            environ: In place of the process's own environment.

        Raises:
            ConfigurationError: Names everything that is missing or malformed at once.
        """
        from notifykit.settings import Settings  # noqa: PLC0415 - only this way in needs it

        return cls.from_settings(Settings.from_env(environ))

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Make a notifier from settings that were read before."""
        return cls(
            *settings.transports(),
            sender=settings.sender,
            sales=settings.sales,
            managers=settings.managers,
            repository=settings.repository(),
            renderer=settings.renderer(),
            options=Options(source=settings.source, locale=settings.locale, limits=settings.limits),
        )

    async def send(
        self,
        notification: Notification,
        *,
        to: Iterable[Address | str] = (),
        attachments: Iterable[Attachment] = (),
        idempotency_key: str | None = None,
        force: bool = False,
    ) -> Submission:
        """
        Keep the notification durably and make the first round of delivery now.

        It does not raise for delivery trouble: read the submission's ``status``, or call
        `Submission.raise_for_status`. The same content again returns the first submission with
        ``repeated`` set and sends nothing. A caller that is cancelled does not cut the send off.

        Args:
            notification: What is to be told.
            to: In place of the settings' recipients.
            attachments: Files to go along.
            idempotency_key: In place of the one made from the content; up to 200 characters.
            force: Make it a new submission, whatever was sent before.

        Raises:
            RenderError: A template does not fit; nothing was kept.
            InvalidEmailError: Beyond a limit, or an address that nobody can take; nothing was kept.
            LimitExceededError: It is new, and its conversation or one of its recipients has had too
                many lately, whatever ``force`` and ``idempotency_key`` say; nothing was kept.
            StorageError: The repository did not keep it.
        """
        wishes = Wishes(
            to=addresses(to),
            attachments=tuple(attachments),
            idempotency_key=idempotency_key,
            force=force,
        )
        return await self.worker.see_through(self._send(notification, wishes))

    async def enqueue(
        self,
        notification: Notification,
        *,
        to: Iterable[Address | str] = (),
        attachments: Iterable[Attachment] = (),
        idempotency_key: str | None = None,
        force: bool = False,
        within: Any = None,
    ) -> Submission:
        """
        Keep the notification durably and return at once; a worker delivers it.

        The other arguments and errors are those of `send`.

        Args:
            within: Put it into a transaction that the host application has begun and will end: a
                rollback means no mail, a commit exactly one. Until then nobody else sees it. What
                can be passed, `SqlRepository.within` says.

        Raises:
            ConfigurationError: No transaction of ``within`` can be joined; nothing was kept.
        """
        wishes = Wishes(
            to=addresses(to),
            attachments=tuple(attachments),
            idempotency_key=idempotency_key,
            force=force,
        )
        if within is not None:
            return await self._accept(notification, wishes, self._joined(within))
        return await self.worker.see_through(self._enqueue(notification, wishes))

    async def deliver(self, id: str) -> Submission | None:  # noqa: A002 - the attribute has this name
        """
        Make one round with a submission that is due, for jobs of Celery, taskiq or Procrastinate.

        Safe to call at any time and any number of times: what is not due, done, another bot's or
        in somebody else's hands is left alone. What a process that died had in its hands is due
        when the lease is over.

        Returns:
            What is kept now; ``None`` where no submission has this id.

        Raises:
            StorageError: The repository is out of reach.
        """
        submission = await self.repository.get(id)
        if submission is None or submission.due_at is None:
            return submission
        # Of what is new and of leases the store's clock decides, which need not be ours.
        waits = submission.status is not Status.SENDING and submission.attempts
        if waits and submission.due_at > self.options.clock():
            return submission
        return await self.worker.see_through(self._take_up(submission))

    async def check(self, look: Look | None = None) -> list[CheckResult]:
        """
        Connect and log in at every provider, all at once, and send nothing.

        Where it goes well, a hold for a refused login is lifted, if the repository can be reached.

        Args:
            look: In place of `Transport.check`; it raises what that would raise.
        """
        look = look or (lambda transport: transport.check())
        checking = (checked(transport, look) for transport in self.transports)
        results = await asyncio.gather(*checking)
        with suppress(NotifykitError):
            await self._release_mended(
                {result.provider for result in results if result.error is None}
            )
        return results

    async def aclose(self) -> None:
        """Stop the background, wait for sends under way, let go of connections. Safe twice."""
        background, self._background = self._background, None
        loop = asyncio.get_running_loop()
        end = loop.time() + self.options.grace.total_seconds()
        async with AsyncExitStack() as closing:
            # Each is closed whatever the others raise; the last one pushed is the first.
            closing.push_async_callback(self.repository.aclose)
            for transport in self.transports:
                closing.push_async_callback(transport.aclose)
            closing.push_async_callback(self._drain, end)
            if background is not None:
                await self._end(background)

    async def __aenter__(self) -> Self:
        if self._background is None:
            await self._check_templates()
        if self._background is None:
            self.worker.go_on()
            self._background = asyncio.create_task(self._deliver_what_is_due())
            self._background.add_done_callback(self._ended)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def _check_templates(self) -> None:
        # Told now, not when the first order is lost over it.
        if check := getattr(self.renderer, "check", None):
            await asyncio.to_thread(check)

    def _delivery(self) -> Delivery:
        names = [transport.name for transport in self.transports]
        if not names:
            raise ConfigurationError("a notifier needs at least one transport")
        if len(set(names)) < len(names):
            raise ConfigurationError(f"two transports of one name: {', '.join(sorted(names))}")
        delivery = Delivery(
            self.transports,
            self.repository,
            policy=self.options.retry,
            journal=self._journal,
            lease=Lease(owner=this_process(), duration=self.options.lease),
            clock=self.options.clock,
        )
        delivery.pace = Pace(self.options.limits, self.repository, clock=self.options.clock)
        return delivery

    async def _accept(
        self, notification: Notification, wishes: Wishes, store: Any = None, **terms: Lease
    ) -> Submission:
        draft = await self._drafts.draft(notification, wishes)
        own_key = wishes.force or wishes.idempotency_key is not None
        window = None if own_key else notification.repeats_within()
        shares = shares_of_new(self.options.limits, draft, notification.conversation)
        store = store or self.repository
        try:
            adding = partial(store.add, **terms)
            kept = await accept(store, draft, shares, add=adding, window=window)
        except LimitExceededError as error:
            self._journal.write(logging.ERROR, "exceeded", error=str(error), limit=error.limit)
            raise
        if kept.repeated:
            self._journal.repeated(kept)
        return kept

    def _joined(self, host: Any) -> Any:
        within = getattr(self.repository, "within", None)
        if within is None:
            kind = type(self.repository).__name__
            raise ConfigurationError(
                f"{kind} cannot join a transaction of the application; SqlRepository can: set "
                "DATABASE_URL to the application's own database"
            )
        return within(host)

    async def _send(self, notification: Notification, wishes: Wishes) -> Submission:
        kept = await self._accept(notification, wishes, lease=self.worker.delivery.lease)
        return kept if kept.repeated else await self.worker.deliver(kept)

    async def _enqueue(self, notification: Notification, wishes: Wishes) -> Submission:
        kept = await self._accept(notification, wishes)
        self.worker.wake()
        return kept

    def _ended(self, background: asyncio.Task[None]) -> None:
        if not background.cancelled() and (error := background.exception()):
            self._journal.write(logging.CRITICAL, "crashed", error=type(error).__name__)

    async def _drain(self, end: float) -> None:
        left = max(0.0, end - asyncio.get_running_loop().time())
        await self.worker.drain(timedelta(seconds=left))
        self.worker.go_on()

    async def _end(self, background: asyncio.Task[None]) -> None:
        self.worker.stop()
        await asyncio.wait({background}, timeout=self.options.grace.total_seconds())
        background.cancel()
        await asyncio.wait({background})

    async def _deliver_what_is_due(self) -> None:
        # Variables that were changed are read by a new process only: it may try once.
        with suppress(Exception):  # a database that is away is the worker's to tell
            await self._release_mended({transport.name for transport in self.transports})
        watch = Watch(self.worker.delivery, self.options.source, hook=self.options.on_alarm)
        watching = asyncio.create_task(watch.run())
        try:
            await self.worker.run()
        finally:
            watching.cancel()


def _in_memory(options: Options) -> SubmissionRepository:
    from notifykit.storage import MemoryRepository  # noqa: PLC0415 - only where none was given

    return MemoryRepository(clock=options.clock)


def _stock_templates(options: Options) -> Renderer:
    from notifykit.rendering import TemplateRenderer  # noqa: PLC0415 - only where none was given

    return TemplateRenderer(locale=options.locale)
