"""What ``notifykit explain`` and ``notifykit cancel`` say, in both languages."""

from __future__ import annotations

EXPLAINING = {
    "ru": {
        "explain.advice": "Что сделать: {advice}",
        "clock.day": "%d.%m.%Y",
        "clock.time": "%H:%M:%S",
        "outcome.CANCELLED": "решено: не отправлять",
        "cancel.FAILED": "Обращение {reference} отменено, отправляться не будет.",
        "cancel.SENT": "Обращение {reference} отменено для тех, кто его ещё не получил.",
        "cancel.QUEUED": "Обращение {reference} не отменено.",
        "cancel.SENDING": "Обращение {reference} не отменено: оно отправляется прямо сейчас.",
        "cancel.UNCONFIRMED": "Обращение {reference} не отменено: письмо уже могло уйти.",
        "cancel.not": "Отменить можно только то, что ждёт отправки и точно никуда не уходило. "
        "Статус обращения {reference}: {status}.",
        "cancel.unknown": "Обращение {reference} не отменить: {provider} мог уже принять письмо, "
        "ответ потерялся. Если оно дошло: notifykit mark-sent {reference}",
    },
    "en": {
        "explain.advice": "What to do: {advice}",
        "clock.day": "%Y-%m-%d",
        "clock.time": "%H:%M:%S",
        "outcome.CANCELLED": "decided: do not send it",
        "cancel.FAILED": "{reference} is cancelled, it will not be sent.",
        "cancel.SENT": "{reference} is cancelled for those who do not have it yet.",
        "cancel.QUEUED": "{reference} was not cancelled.",
        "cancel.SENDING": "{reference} was not cancelled: it is being sent right now.",
        "cancel.UNCONFIRMED": "{reference} was not cancelled: the mail may have gone already.",
        "cancel.not": "Only what waits, and has provably gone nowhere, can be cancelled. "
        "{reference} stands at {status}.",
        "cancel.unknown": "{reference} cannot be cancelled: {provider} may have taken the mail "
        "already, the answer was lost. If it arrived: notifykit mark-sent {reference}",
    },
}

EXPLAINING_HELP = {
    "ru": {
        "explain": "рассказать, что было с обращением и что делать",
        "explain.usage": "ID|НОМЕР [--json]",
        "explain.more": "По порядку и простыми словами: кто и когда отказал и почему, кто принял, "
        "что стало с письмом потом, что решили люди и что делать сейчас. Время в поясе "
        "NOTIFYKIT_TIMEZONE.",
        "cancel": "не отправлять то, что ещё ждёт",
        "cancel.usage": "ID|НОМЕР [--by NAME] [--json]",
        "cancel.more": "Только для обращений со статусом QUEUED, которые точно никто не принял. "
        "Отменённое можно отправить потом: notifykit resend",
    },
    "en": {
        "explain": "tell what happened to a submission, and what to do",
        "explain.usage": "ID|REFERENCE [--json]",
        "explain.more": "In order and in plain words: who refused it when and why, who took it, "
        "what became of the mail afterwards, what people decided and what to do now. Times are in "
        "the zone of NOTIFYKIT_TIMEZONE.",
        "cancel": "do not send what still waits",
        "cancel.usage": "ID|REFERENCE [--by NAME] [--json]",
        "cancel.more": "Only for submissions that are QUEUED and that provably nobody took. A "
        "cancelled one can still be sent: notifykit resend",
    },
}
