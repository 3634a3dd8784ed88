"""What each variable is for, in both languages: for errors, the command line and the docs."""

from __future__ import annotations

from collections.abc import Mapping

from notifykit.settings.wrong import PROVIDERS, UNREADABLE, WRONG

__all__ = ["SAID", "UNREADABLE", "WRONG", "language", "told"]

SAID: dict[str, dict[str, str]] = {
    "MAIL_PROVIDER": {
        "ru": f"через кого отправлять: {PROVIDERS}; несколько через запятую пробуются по порядку",
        "en": f"who sends: {PROVIDERS}; several, separated by commas, are tried in that order",
    },
    "SMTP_USER": {
        "ru": "логин на SMTP-сервере, обычно полный адрес почты",
        "en": "the login at the SMTP server, usually the full mail address",
    },
    "SMTP_PASSWORD": {
        "ru": "пароль приложения (не пароль от почты) для SMTP-сервера",
        "en": "the app password (not the account's own) for the SMTP server",
    },
    "SMTP_SERVER": {
        "ru": "имя SMTP-сервера, например smtp.gmail.com; можно с портом: smtp.gmail.com:587",
        "en": "the SMTP server's name, such as smtp.gmail.com, or with a port smtp.gmail.com:587",
    },
    "SMTP_PORT": {
        "ru": "порт SMTP-сервера: 587 (STARTTLS) или 465 (TLS сразу)",
        "en": "the SMTP server's port: 587 (STARTTLS) or 465 (TLS from the start)",
    },
    "SMTP_SECURITY": {
        "ru": "защита соединения: implicit, starttls или none (только для этой же машины)",
        "en": "how the connection is protected: implicit, starttls, or none (this machine only)",
    },
    "SALES_EMAIL": {
        "ru": "кто получает заказы: адреса через запятую",
        "en": "who gets orders: addresses separated by commas",
    },
    "MANAGER_EMAIL": {
        "ru": "кого зовут к клиенту: адреса через запятую; если не задан, SALES_EMAIL",
        "en": "who gets calls for a manager: addresses separated by commas; SALES_EMAIL if unset",
    },
    "MAIL_FROM": {
        "ru": "адрес отправителя: имя@example.com или Имя <имя@example.com>",
        "en": "the sender's address: name@example.com or Name <name@example.com>",
    },
    "GMAIL_USER": {
        "ru": "полный адрес ящика Gmail; если не задан, SMTP_USER, если SMTP_SERVER не чужой",
        "en": "the full Gmail address; SMTP_USER if unset, unless SMTP_SERVER is another's",
    },
    "GMAIL_APP_PASSWORD": {
        "ru": "пароль приложения Google, 16 букв; если не задан, SMTP_PASSWORD, как и GMAIL_USER",
        "en": "the Google app password, 16 letters; SMTP_PASSWORD if unset, as with GMAIL_USER",
    },
    "GMAIL_FROM": {
        "ru": "отправитель для Gmail, если он не MAIL_FROM",
        "en": "the sender at Gmail where it is not MAIL_FROM",
    },
    "YANDEX_USER": {
        "ru": "логин Яндекс Почты; если не задан, SMTP_USER, если SMTP_SERVER не чужой",
        "en": "the Yandex Mail login; SMTP_USER if unset, unless SMTP_SERVER is another's",
    },
    "YANDEX_APP_PASSWORD": {
        "ru": "пароль приложения Яндекса «Почта»; если не задан, SMTP_PASSWORD, как и YANDEX_USER",
        "en": "the Yandex app password of type Mail; SMTP_PASSWORD if unset, as with YANDEX_USER",
    },
    "YANDEX_FROM": {
        "ru": "отправитель для Яндекса: этот ящик или его псевдоним",
        "en": "the sender at Yandex: this mailbox or an alias of it",
    },
    "SENDGRID_API_KEY": {
        "ru": "ключ SendGrid с правом mail.send",
        "en": "the SendGrid key with the scope mail.send",
    },
    "SENDGRID_REGION": {
        "ru": "регион SendGrid: us или eu",
        "en": "the SendGrid region: us or eu",
    },
    "SENDGRID_API_URL": {
        "ru": "адрес API SendGrid для тестов и прокси, https://…",
        "en": "the SendGrid API's address for tests and proxies, https://…",
    },
    "SENDGRID_FROM": {
        "ru": "подтверждённый отправитель в SendGrid; если не задан, MAIL_FROM",
        "en": "the verified sender at SendGrid; MAIL_FROM if unset",
    },
    "SENDGRID_WEBHOOK_KEY": {
        "ru": "ключ проверки подписи событий SendGrid (Signed Event Webhook)",
        "en": "the key that verifies SendGrid's events (Signed Event Webhook)",
    },
    "MAILGUN_API_KEY": {
        "ru": "ключ API Mailgun (не пароль SMTP)",
        "en": "the Mailgun API key (not the SMTP password)",
    },
    "MAILGUN_DOMAIN": {
        "ru": "домен отправки в Mailgun, например mg.example.com",
        "en": "the sending domain at Mailgun, such as mg.example.com",
    },
    "MAILGUN_REGION": {
        "ru": "регион домена в Mailgun: us или eu",
        "en": "the region of the domain at Mailgun: us or eu",
    },
    "MAILGUN_API_URL": {
        "ru": "адрес API Mailgun для тестов и прокси, https://…",
        "en": "the Mailgun API's address for tests and proxies, https://…",
    },
    "MAILGUN_FROM": {
        "ru": "отправитель в домене Mailgun; если не задан, MAIL_FROM",
        "en": "the sender in the Mailgun domain; MAIL_FROM if unset",
    },
    "MAILGUN_WEBHOOK_KEY": {
        "ru": "ключ подписи событий Mailgun (HTTP webhook signing key), не ключ API",
        "en": "the key that signs Mailgun's events (HTTP webhook signing key), not the API key",
    },
    "IMAP_SERVER": {
        "ru": "где читать возвраты писем (notifykit bounces); для Gmail и Яндекса не нужен",
        "en": "where returned mails are read (notifykit bounces); not needed for Gmail and Yandex",
    },
    "IMAP_PORT": {
        "ru": "порт IMAP, TLS сразу; если не задан, 993",
        "en": "the IMAP port, TLS from the start; 993 if unset",
    },
    "IMAP_USER": {
        "ru": "логин IMAP; если не задан, тот же, что для отправки у этого провайдера",
        "en": "the IMAP login; the one for sending at the same provider if unset",
    },
    "IMAP_PASSWORD": {
        "ru": "пароль приложения для IMAP; если не задан, тот же, что для отправки",
        "en": "the app password for IMAP; the one for sending if unset",
    },
    "SSL_CERT_FILE": {
        "ru": "файл с доверенными сертификатами, PEM",
        "en": "a file of trusted certificates, PEM",
    },
    "DATABASE_URL": {
        "ru": "база данных: postgresql://… или sqlite:///файл; по умолчанию sqlite:///notifykit.db",
        "en": "the database: postgresql://… or sqlite:///file; sqlite:///notifykit.db if unset",
    },
    "NOTIFYKIT_DATABASE_URL": {
        "ru": "то же, что DATABASE_URL, и важнее его: если у бота своя база",
        "en": "like DATABASE_URL and wins over it: where the host has a database of its own",
    },
    "NOTIFYKIT_SOURCE": {
        "ru": "имя бота: буквы, цифры, . _ : -; боты с одной базой не трогают чужие письма",
        "en": "the bot's name: letters, digits, . _ : -; bots on one database work apart",
    },
    "NOTIFYKIT_LIMITS": {
        "ru": "пределы через запятую: gmail=500/day, conversation=20/hour, recipient=600/hour, "
        "concurrency=4; off снимает их",
        "en": "limits, separated by commas: gmail=500/day, conversation=20/hour, "
        "recipient=600/hour, concurrency=4; off for none",
    },
    "NOTIFYKIT_LOCALE": {"ru": "язык: ru или en", "en": "the language: ru or en"},
    "NOTIFYKIT_TIMEZONE": {
        "ru": "часовой пояс для дат в письмах, например Europe/Moscow",
        "en": "the time zone of dates in mails, such as Europe/Moscow",
    },
    "NOTIFYKIT_TEMPLATES": {
        "ru": "папка со своими шаблонами; чего в ней нет, берётся из стандартных",
        "en": "a folder of your own templates; what it lacks is taken from the stock ones",
    },
    "NOTIFYKIT_BRAND_NAME": {
        "ru": "название компании в шапке письма",
        "en": "the company's name in the mail's header",
    },
    "NOTIFYKIT_BRAND_COLOR": {
        "ru": "цвет шапки письма, #rrggbb",
        "en": "the colour of the mail's header, #rrggbb",
    },
    "NOTIFYKIT_OUTBOX_DIR": {
        "ru": "папка, куда MAIL_PROVIDER=file кладёт письма .eml",
        "en": "the folder into which MAIL_PROVIDER=file puts .eml files",
    },
    "NOTIFYKIT_DASHBOARD_PASSWORD": {
        "ru": "пароль панели, от 8 знаков; без него она отвечает только этой же машине",
        "en": "the dashboard's password, 8 characters or more; unset, it answers this machine only",
    },
    "NOTIFYKIT_DASHBOARD_HOSTS": {
        "ru": "имена, под которыми открывают панель, через запятую, например bot.example.com; "
        "localhost и адреса можно и так",
        "en": "the names under which the dashboard is opened, separated by commas, such as "
        "bot.example.com; localhost and addresses always may",
    },
}


def language(values: Mapping[str, str]) -> str:
    """Say which language to speak, before anything else has been read."""
    asked = values.get("NOTIFYKIT_LOCALE", "").strip("\"' \r\n").lower()
    return "en" if asked == "en" else "ru"


def told(name: str, kind: str, locale: str) -> str:
    """
    Say what is wrong with a variable and what to do, without its value.

    Args:
        kind: Of `WRONG`; what follows a colon is filled in as its detail.
    """
    kind, _, detail = kind.partition(":")
    said = WRONG[kind][locale].format(meaning=SAID[name][locale], detail=detail)
    return f"{name} {said}"
