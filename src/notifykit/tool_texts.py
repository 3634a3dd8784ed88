"""What the model is told, in both languages: no more than is known."""

from __future__ import annotations

SAY = {
    "ru": {
        "SENT": "Передано в отдел продаж, номер обращения {reference}. С клиентом свяжутся.",
        "QUEUED": "Принято под номером {reference}. Письмо отделу продаж ещё в пути: не обещай "
        "клиенту быстрого ответа и не вызывай этот инструмент ещё раз.",
        "SENDING": "Принято под номером {reference}, передаётся отделу продаж. Не вызывай этот "
        "инструмент ещё раз.",
        "UNCONFIRMED": "Принято под номером {reference}, но получение письма ещё не подтверждено: "
        "не говори, что менеджер его уже видел, и не вызывай этот инструмент ещё раз.",
        "FAILED": "Передать не удалось, номер обращения {reference}. Извинись и предложи клиенту "
        "позвонить в отдел продаж.",
        "repeated": "Этот запрос уже был принят раньше. Второй раз не отправлено.",
        "mend": "Не отправлено. Исправь перечисленное (чего не хватает, спроси у клиента) и вызови "
        "инструмент снова.",
        "broken": "Внутренняя ошибка: запрос не подтверждён. Не говори, что он передан; извинись и "
        "предложи клиенту позвонить в отдел продаж.",
        "limited": "Не отправлено: за короткое время передано слишком много. Не говори, что запрос "
        "передан, и не вызывай инструмент снова; извинись и предложи клиенту позвонить в отдел "
        "продаж.",
        "unknown_code": "lines.{number}.code: кода {code} нет в каталоге, уточни у клиента",
        "text": "{name}: нужен текст",
        "both": "delivery_address, pickup_point: нужно что-то одно, уточни у клиента",
        "too_many": "lines: строк {number}, а можно не больше {most}",
    },
    "en": {
        "SENT": "Passed on to the sales team, reference {reference}. They will contact the client.",
        "QUEUED": "Accepted as {reference}. The mail to the sales team is still on its way: do not "
        "promise a quick answer and do not call this tool again.",
        "SENDING": "Accepted as {reference}, being passed on. Do not call this tool again.",
        "UNCONFIRMED": "Accepted as {reference}, but the mail's arrival is not confirmed yet: do "
        "not say that a manager has seen it, and do not call this tool again.",
        "FAILED": "It could not be passed on, reference {reference}. Apologise and suggest that "
        "the client calls the sales team.",
        "repeated": "This was accepted before. It was not sent a second time.",
        "mend": "Not sent. Mend what is listed (ask the client for what is missing) and call the "
        "tool again.",
        "broken": "An internal fault: the request is not confirmed. Do not say that it was passed "
        "on; apologise and suggest that the client calls the sales team.",
        "limited": "Not sent: too much was passed on in a short time. Do not say that this was "
        "passed on, and do not call the tool again; apologise and suggest that the client calls "
        "the sales team.",
        "unknown_code": "lines.{number}.code: {code} is not in the catalogue, ask the client",
        "text": "{name}: text is needed",
        "both": "delivery_address, pickup_point: only one is possible, ask the client which",
        "too_many": "lines: there are {number}, and at most {most} are possible",
    },
}
