"""The log lines, in both languages. Each holds the word email: one search finds them all."""

from __future__ import annotations

LOG = {
    "ru": {
        "sending": "Отправка email на {recipients}… ({reference}, {provider})",
        "sent": "Email успешно отправлен. ({reference}, {provider})",
        "refused": "Email не принят для {recipients}: {error} ({reference}, {provider})",
        "stopped": "Email не отправлен: {error} {advice} ({reference}, {provider})",
        "unknown": "Email, исход неизвестен: {error} {advice} ({reference}, {provider})",
        "waiting": "Email ждёт, следующая попытка через {seconds} с. ({reference})",
        "limited": "Email ждёт своей очереди: предел для {provider} выбран, ещё {seconds} с. "
        "({reference})",
        "exceeded": "Email не принят: слишком много за короткое время: {error}",
        "held": "Email ждёт: все провайдеры на паузе до {until}. ({reference})",
        "overdue": "Email не принят ни одним сервером уже {minutes} мин: {error} {advice} "
        "({reference})",
        "failed": "Email не будет доставлен: {error} ({reference})",
        "cancelled": "Email отменён: {error} ({reference})",
        "unconfirmed": "Email, доставка не подтверждена: {error} ({reference})",
        "repeated": "Email по этому обращению уже принят {created_at}. ({reference}, {status})",
        "storage": "Email: база данных недоступна: {error}",
        "gone": "Email: обращения больше нет в базе, записать результат некуда. "
        "({reference}, {provider}, {outcome})",
        "hook": "Email: сбой в обработчике тревог: {error}",
        "catalogue": "Email: каталог не ответил ({count} из {total} кодов), цены по запросу: "
        "{error}",
        "figures": "Email: в каталоге нет верной цены или остатка: {codes} (всего {count})",
        "tool": "Email: сбой в инструменте {tool}: {error}",
        "crashed": "Email: сбой в обработчике очереди: {error}",
        "bounced": "Email не доставлен до {recipients}: {error} {advice} ({reference}, {provider})",
        "rejected": "Email принят, но не отправлен на {recipients}: {error} {advice} "
        "({reference}, {provider})",
        "complained": "Email отмечен как спам: {recipients} {error} ({reference}, {provider})",
        "confirmed": "Email отправлен: {provider} сообщает о нём, хотя ответ потерялся. "
        "({reference})",
        "events": "Email, события {provider}: сохранено {kept}, повторов {repeated}, "
        "чужих {unknown}, других {ignored}, непонятных {malformed}",
        "webhook": "Email: запрос с событиями {provider} не принят: {error}",
        "released": "Email: пауза провайдера снята. ({provider})",
    },
    "en": {
        "sending": "Sending email to {recipients}… ({reference}, {provider})",
        "sent": "Email sent. ({reference}, {provider})",
        "refused": "Email not taken for {recipients}: {error} ({reference}, {provider})",
        "stopped": "Email not sent: {error} {advice} ({reference}, {provider})",
        "unknown": "Email, outcome unknown: {error} {advice} ({reference}, {provider})",
        "waiting": "Email waits, next try in {seconds} s. ({reference})",
        "limited": "Email waits for its turn: the limit of {provider} is used up for {seconds} s. "
        "({reference})",
        "exceeded": "Email not accepted: too many in too little time: {error}",
        "held": "Email waits: every provider is held until {until}. ({reference})",
        "overdue": "Email taken by no server for {minutes} min: {error} {advice} ({reference})",
        "failed": "Email will not be delivered: {error} ({reference})",
        "cancelled": "Email cancelled: {error} ({reference})",
        "unconfirmed": "Email, delivery not confirmed: {error} ({reference})",
        "repeated": "Email for this was accepted before, {created_at}. ({reference}, {status})",
        "storage": "Email: the database is not available: {error}",
        "gone": "Email: the submission is not in the database any more, so its result cannot be "
        "kept. ({reference}, {provider}, {outcome})",
        "hook": "Email: the alarm hook failed: {error}",
        "catalogue": "Email: the catalogue did not answer ({count} of {total} codes), prices are "
        "on request: {error}",
        "figures": "Email: no valid price or stock in the catalogue: {codes} ({count} in all)",
        "tool": "Email: the tool {tool} failed: {error}",
        "crashed": "Email: the queue's loop failed: {error}",
        "bounced": "Email did not reach {recipients}: {error} {advice} ({reference}, {provider})",
        "rejected": "Email taken and not sent on to {recipients}: {error} {advice} "
        "({reference}, {provider})",
        "complained": "Email marked as spam: {recipients} {error} ({reference}, {provider})",
        "confirmed": "Email sent: {provider} tells of it although the answer was lost. "
        "({reference})",
        "events": "Email events of {provider}: {kept} kept, {repeated} repeated, "
        "{unknown} unknown, {ignored} other, {malformed} malformed",
        "webhook": "Email: a request with events of {provider} was refused: {error}",
        "released": "Email: the provider is no longer held. ({provider})",
    },
}
