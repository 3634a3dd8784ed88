"""What is said about the decisions of people, in both languages."""

from __future__ import annotations

DECISIONS = {
    "ru": {
        "operator": "человек",
        "outcome.CONFIRMED": "решено: письмо дошло",
        "outcome.REOPENED": "решено: попробовать ещё раз",
        "decide.already": "Обращение {reference} уже отправлено {sent}. Ничего не изменено.",
        "decide.busy": "С обращением {reference} прямо сейчас работает {owner}. Ничего не "
        "изменено: посмотрите через минуту, чем кончилось.",
        "decide.changed": "Пока вы решали, обращением {reference} занялся кто-то другой. Ваше "
        "решение не выполнялось. Что стало: notifykit show {id}",
        "decide.source": "Это обращение другого бота. Запустите команду с его настройками и "
        "NOTIFYKIT_SOURCE={source}",
        "resend.SENT": "Отправлено, номер обращения {reference}.",
        "resend.QUEUED": "Обращение {reference} пока не отправлено. Отправит worker или само "
        "приложение, следующая попытка {due}.",
        "resend.SENDING": "Обращение {reference} отправляется, но записать результат не удалось: "
        "см. базу данных.",
        "resend.UNCONFIRMED": "Обращение {reference}: письмо могло уйти, но провайдер этого так и "
        "не подтвердил.",
        "resend.FAILED": "Обращение {reference} не доставлено и не будет.",
        "resend.no_email": "Письма обращения {reference} больше нет: срок хранения кончился, или "
        "данные удалены. Отправьте заказ заново.",
        "resend.elsewhere": "Ответ потерялся у {provider}, а в MAIL_PROVIDER его сейчас нет. "
        "Другой провайдер отправил бы вторую копию. Верните {provider} или, если письмо дошло, "
        "используйте notifykit mark-sent",
        "resend.risk": "{provider} мог уже принять письмо {reference}: ответ потерялся. Если "
        "принял, получатель увидит второе такое же.",
        "resend.yes": "Чтобы всё равно отправить, добавьте --yes",
        "resend.question": "Отправить ещё раз? [д/Н]",
        "resend.left": "Ничего не отправлено.",
        "mark-sent.SENT": "Обращение {reference} отмечено как отправленное.",
        "mark-sent.QUEUED": "Отмечено, но обращение {reference} дошло не до всех. Остальным "
        "отправит worker или само приложение, следующая попытка {due}.",
        "mark-sent.SENDING": "Записать решение по обращению {reference} до конца не удалось: см. "
        "базу данных.",
        "mark-sent.UNCONFIRMED": "Обращение {reference} всё ещё не подтверждено.",
        "mark-sent.FAILED": "Обращение {reference} не доставлено и не будет.",
        "mark-sent.known": "Ответ по обращению {reference} не терялся: его точно никто не принял. "
        "Отметить отправленным можно только то, что могло уйти. Отправить ещё "
        "раз: notifykit resend {reference}",
    },
    "en": {
        "operator": "a person",
        "outcome.CONFIRMED": "decided: the mail arrived",
        "outcome.REOPENED": "decided: try it again",
        "decide.already": "{reference} was sent already, {sent}. Nothing was changed.",
        "decide.busy": "{owner} is working on {reference} right now. Nothing was changed: look "
        "again in a minute.",
        "decide.changed": "While you decided, somebody else saw to {reference}. Your decision was "
        "not carried out. What became of it: notifykit show {id}",
        "decide.source": "This submission is another bot's. Run the command with its settings and "
        "NOTIFYKIT_SOURCE={source}",
        "resend.SENT": "Sent, reference {reference}.",
        "resend.QUEUED": "{reference} is not sent yet. A worker or the application will send it, "
        "next try {due}.",
        "resend.SENDING": "{reference} is being sent, but the result could not be kept: see to the "
        "database.",
        "resend.UNCONFIRMED": "{reference}: the mail may have gone out, but the provider still did "
        "not confirm it.",
        "resend.FAILED": "{reference} is not delivered, and it will not be.",
        "resend.no_email": "The mail of {reference} is gone: its retention is over, or the person "
        "was erased. Send the order anew.",
        "resend.elsewhere": "{provider} is where the answer was lost, and it is not in "
        "MAIL_PROVIDER now. Another provider would send a second copy. Bring {provider} back, or "
        "use notifykit mark-sent if the mail arrived",
        "resend.risk": "{provider} may have taken {reference} already: the answer was lost. If it "
        "has, the recipient will see the same mail twice.",
        "resend.yes": "To send it all the same, add --yes",
        "resend.question": "Send it again? [y/N]",
        "resend.left": "Nothing was sent.",
        "mark-sent.SENT": "{reference} is marked as sent.",
        "mark-sent.QUEUED": "Marked, but {reference} has not reached everybody. A worker or the "
        "application will send it to the others, next try {due}.",
        "mark-sent.SENDING": "The decision on {reference} could not be kept in full: see to the "
        "database.",
        "mark-sent.UNCONFIRMED": "{reference} is still not confirmed.",
        "mark-sent.FAILED": "{reference} is not delivered, and it will not be.",
        "mark-sent.known": "No answer about {reference} was lost: provably nobody took it. Only "
        "what may have gone out can be marked as sent. To try it again: notifykit resend "
        "{reference}",
    },
}
