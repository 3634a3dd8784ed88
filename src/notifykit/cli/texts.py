"""What the commands say, in both languages."""

from __future__ import annotations

from notifykit.cli.bounce_texts import BOUNCES
from notifykit.cli.check_texts import CHECK
from notifykit.cli.dashboard_texts import DASHBOARD
from notifykit.cli.decision_texts import DECISIONS
from notifykit.cli.demo_texts import DEMO
from notifykit.cli.explaining_texts import EXPLAINING
from notifykit.cli.retention_texts import RETENTION
from notifykit.cli.submission_texts import SUBMISSIONS

_COMMON = {
    "ru": {
        "clock.full": "%d.%m.%Y %H:%M:%S",
        "clock.short": "%d.%m %H:%M",
        "seconds": "{seconds} с",
        "error": "Не получилось: {error}",
        "error.storage": "База данных: {error}",
        "error.settings": "С такими настройками работать нельзя:",
        "error.settings.hint": "Что загружено и откуда: notifykit config",
        "error.line": "{file}, строка {line} не читается и пропущена: нужно ИМЯ=значение, кавычки "
        "в паре",
        "error.unexpected": "Неожиданная ошибка {kind}. Подробности: добавьте --debug",
        "trouble.code": "Код",
        "trouble.words": "Ответ",
        "trouble.cause": "Причина",
        "trouble.advice": "Что сделать",
        "trouble.link": "Подробнее",
        "config.set": "Задано",
        "config.unset": "Не задано",
        "config.chain": "Кто отправляет, по порядку",
        "config.nobody": "пока никто: задайте MAIL_PROVIDER или SMTP_SERVER",
        "config.sender": "от {sender}",
        "config.database": "База данных",
        "config.problems": "Нужно исправить",
        "config.ok": "Настройки в порядке. Проверить вход у провайдеров: notifykit check",
        "config.secret": "задан, символов: {count}",
        "config.malformed": "задан неверно",
        "origin.environment": "окружение процесса",
        "origin.default": "по умолчанию",
        "origin.derived": "выведено",
        "origin.--locale": "--locale",
        "migrate.sqlite": "{name}: таблицы создаются сами, они на месте.",
        "migrate.done": "{name}: таблицы обновлены:",
        "migrate.nothing": "{name}: таблицы уже такие, как нужно.",
        "worker.started": "worker запущен: бот {source}, провайдеры {providers}",
        "worker.stopping": "worker останавливается, начатые отправки заканчиваются",
        "worker.stopped": "worker остановлен",
        "worker.once": "Обработано обращений: {count}",
        "worker.held": "{provider} на паузе до {until}: {reason}",
    },
    "en": {
        "clock.full": "%Y-%m-%d %H:%M:%S",
        "clock.short": "%m-%d %H:%M",
        "seconds": "{seconds} s",
        "error": "It did not work: {error}",
        "error.storage": "Database: {error}",
        "error.settings": "These settings do not do:",
        "error.settings.hint": "What was loaded, and from where: notifykit config",
        "error.line": "{file}, line {line} cannot be read and is passed over: NAME=value is "
        "wanted, with quotes in pairs",
        "error.unexpected": "Unexpected error {kind}. For the details add --debug",
        "trouble.code": "Code",
        "trouble.words": "Answer",
        "trouble.cause": "Cause",
        "trouble.advice": "What to do",
        "trouble.link": "More",
        "config.set": "Set",
        "config.unset": "Not set",
        "config.chain": "Who sends, in this order",
        "config.nobody": "nobody yet: set MAIL_PROVIDER or SMTP_SERVER",
        "config.sender": "from {sender}",
        "config.database": "Database",
        "config.problems": "To be mended",
        "config.ok": "The settings are fine. To check the logins: notifykit check",
        "config.secret": "set, {count} characters",
        "config.malformed": "malformed",
        "origin.environment": "process environment",
        "origin.default": "default",
        "origin.derived": "derived",
        "origin.--locale": "--locale",
        "migrate.sqlite": "{name}: the tables make themselves, and are in place.",
        "migrate.done": "{name}: the tables were updated:",
        "migrate.nothing": "{name}: the tables are as they should be.",
        "worker.started": "worker started: bot {source}, providers {providers}",
        "worker.stopping": "worker is stopping, sends under way are finished first",
        "worker.stopped": "worker stopped",
        "worker.once": "Submissions worked on: {count}",
        "worker.held": "{provider} is held until {until}: {reason}",
    },
}

TEXTS = {
    locale: common
    | CHECK[locale]
    | SUBMISSIONS[locale]
    | DASHBOARD[locale]
    | DECISIONS[locale]
    | EXPLAINING[locale]
    | RETENTION[locale]
    | BOUNCES[locale]
    | DEMO[locale]
    for locale, common in _COMMON.items()
}
