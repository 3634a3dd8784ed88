"""What ``notifykit bounces`` says and explains, in both languages."""

from __future__ import annotations

BOUNCES_HELP = {
    "ru": {
        "bounces": "прочитать возвраты писем в ящике отправителя",
        "bounces.usage": "[--since AGE] [--watch [SECONDS]] [--json]",
        "bounces.more": "У Gmail и Яндекса нет уведомлений о доставке: отказ после отправки "
        "приходит письмом в ящик отправителя. Команда читает по IMAP входящие и спам с тем же "
        "логином и паролем приложения, находит по Message-ID своё обращение, записывает возврат "
        "с причиной и советом и поднимает тревогу. Ящик только читается, прочитанным не "
        "помечается ничего. "
        "Повторный запуск безвреден: для cron раз в 10 минут. Код возврата 1, если ящик "
        "прочитать не удалось.",
        "bounces.since": "насколько старые отчёты читать: 12h, 3d или 1w (по умолчанию 3d)",
        "bounces.watch": "смотреть снова каждые SECONDS секунд, от 30 (по умолчанию 300)",
    },
    "en": {
        "bounces": "read the mails that came back to the sender's mailbox",
        "bounces.usage": "[--since AGE] [--watch [SECONDS]] [--json]",
        "bounces.more": "Gmail and Yandex do not tell what became of a mail: a refusal after it "
        "was sent comes as a mail into the sender's mailbox. This command reads inbox and spam "
        "folder over IMAP with the same login and app password, finds the submission by its "
        "Message-ID, "
        "records the bounce with cause and advice, and raises the alarm. The mailbox is only read, "
        "nothing is marked as read. Running it again does no harm: for cron every 10 minutes. It "
        "ends with 1 where a mailbox could not be read.",
        "bounces.since": "how old reports may be, such as 12h, 3d or 1w (default: 3d)",
        "bounces.watch": "do not end, look every SECONDS seconds, from 30 (default: 300)",
    },
}

BOUNCES = {
    "ru": {
        "bounces.mailbox": "{user} на {host}",
        "bounces.looked": "просмотрено писем: {mails}, из них отчётов серверов: {reports}",
        "bounces.failed": "прочитать не удалось",
        "bounces.left-out": "Писем слишком много, старые пропущены: {count}. Укоротите --since.",
        "bounces.unknown": "Отчётов о чужих письмах: {count}",
        "bounces.nothing": "Ничего не вернулось.",
        "bounces.known": "записано раньше",
        "bounces.bounced": "не доставлено: {recipient}",
        "bounces.deferred": "пока не доставлено, провайдер пробует ещё: {recipient}",
        "bounces.complained": "отмечено как спам: {recipient}",
        "bounces.somebody": "кому-то из получателей",
        "bounces.watching": "bounces: смотрю каждые {seconds} с",
    },
    "en": {
        "bounces.mailbox": "{user} at {host}",
        "bounces.looked": "mails looked at: {mails}, of them reports of servers: {reports}",
        "bounces.failed": "could not be read",
        "bounces.left-out": "Too many mails, older ones were left out: {count}. Shorten --since.",
        "bounces.unknown": "Reports about mails of others: {count}",
        "bounces.nothing": "Nothing came back.",
        "bounces.known": "known before",
        "bounces.bounced": "not delivered: {recipient}",
        "bounces.deferred": "not delivered yet, the provider goes on trying: {recipient}",
        "bounces.complained": "marked as spam: {recipient}",
        "bounces.somebody": "one of the recipients",
        "bounces.watching": "bounces: looking every {seconds} s",
    },
}
