"""What ``notifykit purge`` and ``notifykit erase`` say and explain, in both languages."""

from __future__ import annotations

RETENTION_HELP = {
    "ru": {
        "purge": "забыть содержание старых обращений",
        "purge.usage": "--older-than 90d [--rows] [--source S] [--dry-run] [--json]",
        "purge.more": "Стирает письма и личные данные обращений, с которыми всё кончено (SENT или "
        "FAILED) раньше этого срока. Статусы, время и попытки без адресов остаются. "
        "То, что ещё ждёт отправки или решения, не трогает никогда. После этого такое же "
        "содержание считается новым обращением. Для cron: раз в сутки.",
        "purge.older-than": "срок, например 90d, 12w или 36h (d дни, w недели, h часы)",
        "purge.rows": "удалить строки целиком вместе с попытками",
        "erase": "стереть всё об одном человеке",
        "erase.usage": "--contact КОНТАКТ [--dry-run] [ПАРАМЕТРЫ]",
        "erase.more": "Находит человека по телефону в любом написании, почте или Telegram и "
        "стирает письма, содержание, тему и тексты попыток. В таблице erasures остаётся запись "
        "без личных данных. Начните с --dry-run. У человека может быть несколько "
        "контактов: повторите с каждым. Отправленные письма, резервные копии и журналы "
        "остаются за вами.",
        "erase.contact": "+7 900 000-00-00, a@example.com, @user или tg:42",
        "erase.also-open": "сначала отменить то, что ещё не отправлено",
        "erase.by": "кто решил: имя запишется в таблицу decisions",
        "retention.dry-run": "только посчитать, ничего не меняя",
    },
    "en": {
        "purge": "forget what is in old submissions",
        "purge.usage": "--older-than 90d [--rows] [--source S] [--dry-run] [--json]",
        "purge.more": "Blanks mails and personal data of submissions that were settled (SENT or "
        "FAILED) longer ago than that. Statuses, times and attempts without addresses "
        "stay. What waits for delivery or a decision is never touched. From then on the "
        "same content is a new submission. For cron: once a day.",
        "purge.older-than": "an age such as 90d, 12w or 36h (d days, w weeks, h hours)",
        "purge.rows": "remove the rows wholly, with their attempts",
        "erase": "blank one person everywhere",
        "erase.usage": "--contact CONTACT [--dry-run] [OPTIONS]",
        "erase.more": "Finds a person by a phone in any spelling, a mailbox or Telegram, and "
        "blanks mails, content, subjects and the attempts' texts. A record without personal "
        "data stays in the table erasures. Begin with --dry-run. A person may have "
        "several contacts: repeat it with each. Sent mails, backups and logs are yours "
        "to see to.",
        "erase.contact": "+7 900 000-00-00, a@example.com, @user or tg:42",
        "erase.also-open": "cancel first what is not sent yet",
        "erase.by": "who decided it: the name is kept in the table decisions",
        "retention.dry-run": "only count, and change nothing",
    },
}

RETENTION = {
    "ru": {
        "purge.bodies": "Стёрто содержание обращений: {count}",
        "purge.bodies.dry": "Было бы стёрто содержание обращений: {count}",
        "purge.rows": "Удалено обращений: {count}",
        "purge.rows.dry": "Было бы удалено обращений: {count}",
        "purge.open": "Не тронуто, потому что ещё ждёт отправки или решения: {count}",
        "erase.done": "Стёрто обращений: {count}",
        "erase.dry": "Было бы стёрто обращений: {count}",
        "erase.cancelled": "Из них ещё не отправленных, теперь отменены: {count}",
        "erase.skipped.open": "Не тронуто, потому что ещё не отправлено или не подтверждено. "
        "Подождите или добавьте --also-open, чтобы отменить:",
        "erase.skipped.busy": "Не тронуто, потому что отправляется прямо сейчас. Повторите через "
        "несколько минут:",
        "erase.record": "Запись",
        "erase.key": "Ключ",
        "erase.keep": "Ключ больше нигде не хранится. С ним можно доказать, чьи данные стёрты. "
        "Сохраните его вместе с обращением человека или выбросьте.",
        "erase.contact.wrong": "--contact: нужен телефон, почта, @telegram или tg:<id>",
    },
    "en": {
        "purge.bodies": "Submissions blanked: {count}",
        "purge.bodies.dry": "Submissions that would be blanked: {count}",
        "purge.rows": "Submissions removed: {count}",
        "purge.rows.dry": "Submissions that would be removed: {count}",
        "purge.open": "Left alone, because they wait for delivery or a decision: {count}",
        "erase.done": "Submissions blanked: {count}",
        "erase.dry": "Submissions that would be blanked: {count}",
        "erase.cancelled": "Of them not sent yet, and cancelled now: {count}",
        "erase.skipped.open": "Left alone, because they are not sent or not confirmed. Wait, or "
        "add --also-open to cancel them:",
        "erase.skipped.busy": "Left alone, because they are being sent right now. Repeat it in a "
        "few minutes:",
        "erase.record": "Record",
        "erase.key": "Key",
        "erase.keep": "The key is kept nowhere else. With it one can prove whose data were erased. "
        "Keep it with the person's request, or throw it away.",
        "erase.contact.wrong": "--contact: a phone, an email, @telegram or tg:<id> is wanted",
    },
}
