"""What ``check`` and ``doctor`` say around their findings, in both languages."""

from __future__ import annotations

CHECK = {
    "ru": {
        "check.head": "Вход у провайдеров, база и шаблоны. Ни одного письма не отправляется.",
        "check.ok": "Всё готово к отправке.",
        "check.warned": "Отправлять можно, но посмотрите на отмеченное ⚠️.",
        "check.bad": "Не всё готово, см. отмеченное ❌.",
        "trouble.number": "Номер",
        "trouble.evidence": "Что видно",
        "subject.settings": "Настройки",
        "subject.variables": "Переменные",
        "subject.database": "База данных",
        "subject.templates": "Шаблоны писем",
        "subject.clock": "Часы",
        "subject.queue": "Очередь",
        "subject.mail": "Пробное письмо",
        "doctor.nameserver": "--nameserver: нужен адрес вроде 1.1.1.1 или 127.0.0.1:5353, а не "
        "{typed}",
        "doctor.head": "Полная проверка. Писем не отправляется; с --send уйдёт одно пробное.",
        "doctor.head.send": "Полная проверка. В конце уйдёт одно пробное письмо на SALES_EMAIL.",
    },
    "en": {
        "check.head": "Providers, database and templates. No mail is sent.",
        "check.ok": "Ready to send.",
        "check.warned": "It can send, but look at the lines with ⚠️.",
        "check.bad": "Not everything is ready, see the lines with ❌.",
        "trouble.number": "Number",
        "trouble.evidence": "What is seen",
        "subject.settings": "Settings",
        "subject.variables": "Variables",
        "subject.database": "Database",
        "subject.templates": "Templates",
        "subject.clock": "Clock",
        "subject.queue": "Queue",
        "subject.mail": "Test mail",
        "doctor.nameserver": "--nameserver: an address such as 1.1.1.1 or 127.0.0.1:5353 is "
        "wanted, not {typed}",
        "doctor.head": "Looking at everything. No mail is sent; with --send one test mail is.",
        "doctor.head.send": "Looking at everything. At the end one test mail goes to SALES_EMAIL.",
    },
}
