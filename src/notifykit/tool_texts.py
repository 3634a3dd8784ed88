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
        "no_argument": "{name}: такого аргумента нет, есть {known}",
        "unit": "lines.{number}.unit: в каталоге «{unit}», а не «{said}»; пересчитай quantity и "
        "передай unit «{unit}», а чего не знаешь, уточни у клиента",
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
        "no_argument": "{name}: there is no such argument, there are {known}",
        "unit": "lines.{number}.unit: the catalogue has «{unit}» and not «{said}»; convert the "
        "quantity and pass unit «{unit}», and ask the client what you do not know",
        "text": "{name}: text is needed",
        "both": "delivery_address, pickup_point: only one is possible, ask the client which",
        "too_many": "lines: there are {number}, and at most {most} are possible",
    },
}

# What an argument has to be, by the last part of its name.
WANTED = {
    "ru": {
        "customer_name": "нужно имя клиента, не длиннее 128 знаков; спроси у клиента",
        "phone, email, telegram": "нужно хотя бы что-то одно; спроси у клиента",
        "phone": "нужен номер телефона: хотя бы 5 цифр, не длиннее 128 знаков; спроси у клиента "
        "или не передавай",
        "email": "нужен адрес вида name@example.com, до знака @ латиницей, не длиннее 128 знаков; "
        "спроси у клиента или не передавай",
        "telegram": "нужно @имя, ссылка t.me или числовой id, не длиннее 128 знаков; спроси у "
        "клиента или не передавай",
        "delivery_address": "не длиннее 1000 знаков",
        "pickup_point": "не длиннее 1000 знаков",
        "comment": "не длиннее 65536 знаков",
        "summary": "не длиннее 65536 знаков",
        "priority": "нужно low, medium или high",
        "lines": "нужен список, в нём хотя бы одна позиция вида "
        '{"code": "00-0123", "title": "Цемент", "quantity": 10}',
        "code": "нужен код товара из каталога, текстом в кавычках, не длиннее 64 знаков",
        "title": "нужно название товара, не длиннее 1000 знаков",
        "quantity": "нужно число больше нуля и меньше триллиона, цифрами, без единицы и без "
        "пробелов",
        "unit": "нужна единица измерения, не длиннее 16 знаков, или не передавай",
    },
    "en": {
        "customer_name": "the client's name is needed, at most 128 characters; ask the client",
        "phone, email, telegram": "at least one of them is needed; ask the client",
        "phone": "a phone number is needed, at least 5 digits and at most 128 characters; ask the "
        "client, or leave it out",
        "email": "an address like name@example.com is needed, Latin before the @, at most 128 "
        "characters; ask the client, or leave it out",
        "telegram": "@name, a t.me link or a numeric id is needed, at most 128 characters; ask "
        "the client, or leave it out",
        "delivery_address": "at most 1000 characters",
        "pickup_point": "at most 1000 characters",
        "comment": "at most 65536 characters",
        "summary": "at most 65536 characters",
        "priority": "low, medium or high is needed",
        "lines": "a list is needed, with at least one line like "
        '{"code": "00-0123", "title": "Cement", "quantity": 10}',
        "code": "the ERP code from the catalogue is needed, as text in quotes, at most 64 "
        "characters",
        "title": "the product's title is needed, at most 1000 characters",
        "quantity": "a number greater than zero and less than a trillion is needed, in digits, "
        "without a unit and without spaces",
        "unit": "a unit of at most 16 characters is needed, or leave it out",
    },
}
