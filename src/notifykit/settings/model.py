"""Every variable, what it is for, and how it is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Generic, Self, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
)

from notifykit.errors import ConfigurationError
from notifykit.limits import Limits
from notifykit.message import Address
from notifykit.settings import kinds
from notifykit.settings.databases import fault
from notifykit.settings.environment import read_environment
from notifykit.settings.providers import plan
from notifykit.settings.texts import SAID, WRONG, language, told

if TYPE_CHECKING:
    from notifykit.rendering.base import Renderer
    from notifykit.storage.base import SubmissionRepository
    from notifykit.transports.base import Transport

_MAKES_THE_CHAIN = {"MAIL_PROVIDER", "SMTP_SERVER"}


def _var(name: str, default: Any = None) -> Any:
    return Field(default, alias=name, description=SAID[name]["en"])


T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading(Generic[T]):
    """
    What was read.

    Attributes:
        settings: With the defaults in the place of what is wrong.
        problems: By variable, what is missing or malformed; never a value.
    """

    settings: T
    problems: Mapping[str, str]


class Settings(BaseModel):
    """
    What the environment says. Secrets are never shown.

    Make it with `from_env`; the fields are the variables.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    chain: kinds.Chain = _var("MAIL_PROVIDER", ())
    smtp_user: kinds.Login | None = _var("SMTP_USER")
    smtp_password: kinds.Password = _var("SMTP_PASSWORD")
    smtp_server: kinds.ServerName | None = _var("SMTP_SERVER")
    smtp_port: Annotated[int, Field(ge=1, le=65_535)] | None = _var("SMTP_PORT")
    smtp_security: kinds.Protection = _var("SMTP_SECURITY")
    sales: kinds.Mailboxes = _var("SALES_EMAIL", ())
    manager_email: kinds.Mailboxes = _var("MANAGER_EMAIL", ())
    mail_from: kinds.Mailbox | None = _var("MAIL_FROM")
    gmail_user: kinds.Login | None = _var("GMAIL_USER")
    gmail_app_password: kinds.Password = _var("GMAIL_APP_PASSWORD")
    gmail_from: kinds.Mailbox | None = _var("GMAIL_FROM")
    yandex_user: kinds.Login | None = _var("YANDEX_USER")
    yandex_app_password: kinds.Password = _var("YANDEX_APP_PASSWORD")
    yandex_from: kinds.Mailbox | None = _var("YANDEX_FROM")
    sendgrid_api_key: kinds.Key = _var("SENDGRID_API_KEY")
    sendgrid_region: kinds.Region = _var("SENDGRID_REGION", "us")
    sendgrid_api_url: kinds.Url | None = _var("SENDGRID_API_URL")
    sendgrid_from: kinds.Mailbox | None = _var("SENDGRID_FROM")
    sendgrid_webhook_key: kinds.Key = _var("SENDGRID_WEBHOOK_KEY")
    mailgun_api_key: kinds.Key = _var("MAILGUN_API_KEY")
    mailgun_domain: kinds.Domain | None = _var("MAILGUN_DOMAIN")
    mailgun_region: kinds.Region = _var("MAILGUN_REGION", "us")
    mailgun_api_url: kinds.Url | None = _var("MAILGUN_API_URL")
    mailgun_from: kinds.Mailbox | None = _var("MAILGUN_FROM")
    mailgun_webhook_key: kinds.Key = _var("MAILGUN_WEBHOOK_KEY")
    imap_server: kinds.ServerName | None = _var("IMAP_SERVER")
    imap_port: Annotated[int, Field(ge=1, le=65_535)] | None = _var("IMAP_PORT")
    imap_user: kinds.Login | None = _var("IMAP_USER")
    imap_password: kinds.Password = _var("IMAP_PASSWORD")
    ssl_cert_file: kinds.Certificates | None = _var("SSL_CERT_FILE")
    host_database_url: SecretStr | None = _var("DATABASE_URL")
    own_database_url: SecretStr | None = _var("NOTIFYKIT_DATABASE_URL")
    source: Annotated[str, StringConstraints(pattern=r"^[\w.:-]{1,64}$")] = _var(
        "NOTIFYKIT_SOURCE", "default"
    )
    limits: kinds.Allowed = _var("NOTIFYKIT_LIMITS", Limits())
    locale: kinds.Locale = _var("NOTIFYKIT_LOCALE", "ru")
    timezone: kinds.Zone = _var("NOTIFYKIT_TIMEZONE", "Europe/Moscow")
    templates: kinds.Folder | None = _var("NOTIFYKIT_TEMPLATES")
    brand_name: Annotated[str, StringConstraints(max_length=128)] = _var("NOTIFYKIT_BRAND_NAME", "")
    brand_color: Annotated[str, StringConstraints(pattern=r"^#[0-9A-Fa-f]{6}$")] = _var(
        "NOTIFYKIT_BRAND_COLOR", "#26a65b"
    )
    outbox_dir: Path = _var("NOTIFYKIT_OUTBOX_DIR", Path("outbox"))
    dashboard_password: kinds.DoorPassword = _var("NOTIFYKIT_DASHBOARD_PASSWORD")
    dashboard_hosts: kinds.HostNames = _var("NOTIFYKIT_DASHBOARD_HOSTS", ())

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """
        Read the environment.

        Args:
            environ: In place of the process's own. Variables that are empty count as not set.

        Raises:
            ConfigurationError: Names every variable that is missing or malformed, what each one is
                for, and no value.
        """
        reading = cls.read(environ)
        if reading.problems:
            raise ConfigurationError(*reading.problems.values())
        return reading.settings

    @classmethod
    def read(cls, environ: Mapping[str, str] | None = None) -> Reading[Self]:
        """Read what can be read; whatever is wrong is told, not raised. See `from_env`."""
        values = read_environment(process=environ).values
        given = {name: value for name, value in values.items() if name in SAID and value.strip()}
        problems: dict[str, str] = {}
        try:
            settings = cls.model_validate(_trimmed(given))
        except ValidationError as error:
            problems = _malformed(error)
            rest = {name: value for name, value in given.items() if name not in problems}
            settings = cls.model_validate(_trimmed(rest))
        # What a chain needs can only be said of a chain that can be read.
        guessed = _MAKES_THE_CHAIN & problems.keys()
        for name, kind in plan(settings).problems.items():
            if not guessed or name == "SALES_EMAIL":
                problems.setdefault(name, kind)
        if settings.database_variable and (
            wrong := fault(settings.database_url.get_secret_value())
        ):
            problems.setdefault(settings.database_variable, wrong)
        locale = language(values)
        lines = {name: told(name, kind, locale) for name, kind in problems.items()}
        return Reading(settings=settings, problems=lines)

    @property
    def sender(self) -> Address:
        """From, where a provider has no address of its own."""
        return plan(self).sender

    @property
    def managers(self) -> tuple[Address, ...]:
        """Who gets calls for a manager."""
        return self.manager_email or self.sales

    @property
    def database_url(self) -> SecretStr:
        """Where submissions are kept."""
        default = SecretStr("sqlite:///notifykit.db")
        return self.own_database_url or self.host_database_url or default

    @property
    def database_variable(self) -> str | None:
        """The variable that says where submissions are kept; ``None``: none does."""
        if self.own_database_url:
            return "NOTIFYKIT_DATABASE_URL"
        return "DATABASE_URL" if self.host_database_url else None

    def transports(self) -> tuple[Transport, ...]:
        """Build the chain."""
        return tuple(way.build() for way in plan(self).ways)

    def repository(self) -> SubmissionRepository:
        """
        Build the repository; it connects at its first use.

        Raises:
            ConfigurationError: The URL is wrong or its driver is not installed.
        """
        from notifykit.storage.sql import SqlRepository  # noqa: PLC0415 - brings sqlalchemy along

        try:
            return SqlRepository(self.database_url)
        except ConfigurationError as error:
            if not self.own_database_url:
                raise
            own = str(error).replace("DATABASE_URL", "NOTIFYKIT_DATABASE_URL")
            raise ConfigurationError(own) from error

    def renderer(self) -> Renderer:
        """Build the renderer."""
        from notifykit.rendering import Brand, TemplateRenderer  # noqa: PLC0415 - brings jinja2 along

        return TemplateRenderer(
            templates=self.templates,
            locale=self.locale,
            timezone=self.timezone,
            brand=Brand(name=self.brand_name, color=self.brand_color),
        )


def _trimmed(values: Mapping[str, str]) -> dict[str, str]:
    # Passwords may begin or end with a space; nothing else does.
    return {
        name: value if name.endswith("PASSWORD") else value.strip()
        for name, value in values.items()
    }


def _malformed(error: ValidationError) -> dict[str, str]:
    found = {str(wrong["loc"][0]): wrong["type"] for wrong in error.errors(include_url=False)}
    return {name: kind if kind in WRONG else "malformed" for name, kind in sorted(found.items())}
