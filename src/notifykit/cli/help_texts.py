"""The help pages, in both languages."""

from __future__ import annotations

from notifykit.cli.bounce_texts import BOUNCES_HELP
from notifykit.cli.dashboard_texts import DASHBOARD_HELP
from notifykit.cli.explaining_texts import EXPLAINING_HELP
from notifykit.cli.retention_texts import RETENTION_HELP

COMMANDS = {
    "try": ("demo",),
    "set-up": ("config", "check", "doctor", "migrate"),
    "send": ("send",),
    "look": ("submissions", "show", "explain", "bounces", "dashboard", "preview"),
    "decide": ("resend", "mark-sent", "cancel"),
    "run": ("worker",),
    "forget": ("purge", "erase"),
}

TOUR = {
    "ru": {
        "intro": "Заказы и вызовы менеджера уходят письмом через Gmail, Яндекс, SendGrid или\n"
        "Mailgun, и каждая попытка записана.",
        "try": "Попробовать, ничего не настраивая:",
        "set-up": "Настроить:",
        "send": "Отправить:",
        "look": "Посмотреть, что стало с письмами:",
        "decide": "Решить то, чего notifykit не знает:",
        "run": "Держать включённым:",
        "forget": "Забыть:",
        "outro": "Подробно о команде: notifykit КОМАНДА --help\n"
        "Код возврата: 0 всё в порядке, 1 не получилось, 2 неверная команда или настройки.",
    },
    "en": {
        "intro": "Orders and calls for a manager go out by mail through Gmail, Yandex, SendGrid\n"
        "or Mailgun, and every attempt is recorded.",
        "try": "Try it, with nothing to set up:",
        "set-up": "Set it up:",
        "send": "Send:",
        "look": "See what became of the mails:",
        "decide": "Decide what notifykit cannot:",
        "run": "Keep it running:",
        "forget": "Forget:",
        "outro": "More about a command: notifykit COMMAND --help\n"
        "Exit code: 0 all is well, 1 it did not work, 2 wrong command or settings.",
    },
}

HELP = {
    "ru": {
        "prefix": "как вызвать: ",
        "usage": "notifykit КОМАНДА [ПАРАМЕТРЫ]",
        "command": "КОМАНДА",
        "positionals": "что указать",
        "options": "параметры",
        "hint": "Подсказка: {prog} --help",
        "help": "показать эту справку",
        "version": "показать версию",
        "locale": "язык вместо NOTIFYKIT_LOCALE",
        "env-file": "файл с переменными; без него .env в текущей папке, если он есть. "
        "Переменные процесса важнее файла",
        "debug": "показать журнал, а при ошибке место в коде",
        "json": "вывести JSON для программ",
        "demo": "письма через почтовый ящик на этой машине, шаг за шагом",
        "demo.usage": "[--dir DIR] [--serve]",
        "demo.more": "Запускает на этой машине почтовый сервер, который отвечает как Gmail, и "
        "отправляет через него заказ и вызов менеджера тем же кодом, что и настоящему"
        " Gmail. Затем Gmail отказывает, и заказ уходит через Яндекс. Наружу не "
        "выходит ничего.",
        "demo.dir": "куда положить письма и базу (по умолчанию ./demo)",
        "demo.serve": "оставить почтовый ящик работать и показать переменные для него",
        "config": "какие настройки загружены и откуда",
        "config.usage": "[--json]",
        "config.more": "Показывает каждую переменную с её смыслом и источником, цепочку "
        "провайдеров и все ошибки сразу. Пароли и ключи не показываются. Никуда не подключается.",
        "check": "проверить провайдеров, базу и шаблоны, ничего не отправляя",
        "check.usage": "[--json]",
        "check.more": "По строке на каждый шаг: настройки, DNS, TCP, TLS, вход, база, шаблоны. "
        "Входит у каждого провайдера не больше одного раза. Если не вышло, показывает слова "
        "провайдера, причину и что сделать. Быстро и безопасно, можно запускать часто.",
        "doctor": "найти, почему письма не уходят или не доходят",
        "doctor.usage": "[--send] [--nameserver IP] [--json]",
        "doctor.nameserver": "у какого сервера DNS спрашивать; без него у серверов этой машины",
        "doctor.more": "Всё, что делает check, и ещё: откуда взялась каждая переменная и что в ней "
        "странного, похож ли пароль на пароль приложения, подходит ли отправитель, SPF, DKIM и "
        "DMARC его домена (нужен notifykit-mail[doctor]), примет ли сервер получателей, часы, "
        "очередь и последние отказы. Ничего не отправляет, если не указать --send.",
        "doctor.send": "отправить одно пробное письмо на SALES_EMAIL и показать его Message-ID",
        "migrate": "создать или обновить таблицы в базе данных",
        "migrate.usage": "",
        "migrate.more": "Нужна для PostgreSQL: один раз и после каждого обновления. Запускать "
        "повторно можно. В SQLite таблицы создаются сами.",
        "send": "отправить заказ или вызов менеджера из файла JSON",
        "send.usage": "order|call FILE.json [--to EMAIL] [--key KEY] [--force] [--json]",
        "send.more": "Поля те же, что у Order и ManagerCall. Пример заказа:\n"
        '  {"customer": {"name": "Иван Петров", "phone": "+7 900 000-00-00"},\n'
        '   "lines": [{"code": "00-0123", "title": "Цемент М500", "quantity": 10,\n'
        '              "price": "512.50"}]}\n'
        "Пример вызова:\n"
        '  {"summary": "Хочет скидку", "priority": "high",\n'
        '   "customer": {"phone": "+7 900 000-00-00"}}\n'
        "То же содержание второй раз не отправляется.",
        "send.kind": "order: заказ, call: вызов менеджера",
        "send.file": "файл в UTF-8; - значит стандартный ввод",
        "send.to": "получатель вместо SALES_EMAIL и MANAGER_EMAIL; можно повторять",
        "send.key": "свой ключ: с тем же ключом второй раз не отправится",
        "send.force": "отправить, даже если такое уже отправлялось",
        "submissions": "список обращений, новые сверху",
        "submissions.usage": "[--status S] [--kind K] [--source S] [--limit N] [--json]",
        "submissions.more": "Нужна только база данных: почта может быть не настроена.",
        "submissions.status": "только с этим статусом: QUEUED, SENDING, SENT, UNCONFIRMED, FAILED",
        "submissions.kind": "только этого вида: order, manager_call или ваш",
        "submissions.source": "только от этого бота (NOTIFYKIT_SOURCE)",
        "submissions.limit": "сколько показать, до 1000 (по умолчанию 20)",
        "show": "одно обращение целиком, со всеми попытками",
        "show.usage": "ID|НОМЕР [--json]",
        "show.more": "Номер вроде KMT-4827 можно набрать в любой раскладке и любыми буквами: "
        "kmt-4827. Если обращений с таким номером несколько, покажет список.",
        "show.wanted": "номер обращения или его id",
        "decide.by": "кто решил: имя запишется в попытки",
        "resend": "попробовать отправить ещё раз прямо сейчас",
        "resend.usage": "ID|НОМЕР [--by NAME] [--yes] [--json]",
        "resend.more": "Отправляет то, что ждёт, не подтверждено или не доставлено; прежние отказы "
        "больше не считаются. Если ответ провайдера потерялся, письмо уйдёт тому же провайдеру "
        "байт в байт, и получатель может увидеть вторую копию: команда сначала спросит. Уже "
        "отправленное и то, что отправляется сейчас, не трогает.",
        "resend.yes": "не спрашивать, даже если возможна вторая копия",
        "mark-sent": "отметить отправленным: известно, что письмо дошло",
        "mark-sent.usage": "ID|НОМЕР [--by NAME] [--json]",
        "mark-sent.more": "Для обращений со статусом UNCONFIRMED: ответ провайдера потерялся, но "
        "вы знаете, что письмо пришло. Ничего не отправляет.",
        "worker": "отправлять всё, чему подошло время, пока не остановят",
        "worker.usage": "[--once]",
        "worker.more": "Останавливается по Ctrl+C или SIGTERM и сначала заканчивает начатые "
        "отправки. Журнал идёт в stderr. С PostgreSQL таких процессов может быть "
        "сколько угодно.",
        "worker.once": "отправить, чему подошло время, и закончить: для cron",
        **BOUNCES_HELP["ru"],
        **DASHBOARD_HELP["ru"],
        **EXPLAINING_HELP["ru"],
        **RETENTION_HELP["ru"],
    },
    "en": {
        "prefix": "usage: ",
        "usage": "notifykit COMMAND [OPTIONS]",
        "command": "COMMAND",
        "positionals": "arguments",
        "options": "options",
        "hint": "For help: {prog} --help",
        "help": "show this help",
        "version": "show the version",
        "locale": "the language, in place of NOTIFYKIT_LOCALE",
        "env-file": "a file of variables; without it .env in the current folder, if there is one. "
        "Variables of the process win over it",
        "debug": "show the log, and after an error the place in the code",
        "json": "write JSON, for programs",
        "demo": "mails through a mailbox on this machine, step by step",
        "demo.usage": "[--dir DIR] [--serve]",
        "demo.more": "Starts a mail server on this machine that answers like Gmail, and sends an "
        "order and a call for a manager through it, by the very code that talks to "
        "the real Gmail. Then Gmail refuses, and the order goes out through Yandex. "
        "Nothing leaves this machine.",
        "demo.dir": "where to put the mails and the database (default: ./demo)",
        "demo.serve": "keep the mailbox open and show the variables for it",
        "config": "which settings were loaded, and from where",
        "config.usage": "[--json]",
        "config.more": "Shows every variable with its meaning and origin, the chain of providers, "
        "and all that is wrong at once. Passwords and keys are not shown. Connects to"
        " nothing.",
        "check": "check the providers, the database and the templates, sending nothing",
        "check.usage": "[--json]",
        "check.more": "A line for each step: settings, DNS, TCP, TLS, login, database, templates. "
        "Logs in no more than once at each provider. Where something fails it shows the provider's "
        "words, the cause and what to do. Quick and safe to run often.",
        "doctor": "find out why mails do not go out or do not arrive",
        "doctor.usage": "[--send] [--nameserver IP] [--json]",
        "doctor.nameserver": "which DNS server to ask; without it those of this machine",
        "doctor.more": "All that check does, and: where each variable came from and what is odd "
        "about it, whether the password looks like an app password, whether the sender suits, SPF, "
        "DKIM and DMARC of its domain (notifykit-mail[doctor]), whether the server takes the "
        "recipients, the clock, the queue and the last failures. Sends nothing without --send.",
        "doctor.send": "send one test mail to SALES_EMAIL and show its Message-ID",
        "migrate": "make or update the tables in the database",
        "migrate.usage": "",
        "migrate.more": "For PostgreSQL: once, and after every update. Running it again does "
        "no harm. In SQLite the tables make themselves.",
        "send": "send an order or a call for a manager from a JSON file",
        "send.usage": "order|call FILE.json [--to EMAIL] [--key KEY] [--force] [--json]",
        "send.more": "The fields are those of Order and ManagerCall. An order:\n"
        '  {"customer": {"name": "Ivan Petrov", "phone": "+7 900 000-00-00"},\n'
        '   "lines": [{"code": "00-0123", "title": "Cement M500", "quantity": 10,\n'
        '              "price": "512.50"}]}\n'
        "A call:\n"
        '  {"summary": "Wants a discount", "priority": "high",\n'
        '   "customer": {"phone": "+7 900 000-00-00"}}\n'
        "The same content is not sent a second time.",
        "send.kind": "order, or call: a client wants a manager",
        "send.file": "a file in UTF-8; - is standard input",
        "send.to": "who gets it, in place of SALES_EMAIL and MANAGER_EMAIL; may be repeated",
        "send.key": "a key of your own: nothing is sent twice with one key",
        "send.force": "send it even if the same was sent before",
        "submissions": "list the submissions, newest first",
        "submissions.usage": "[--status S] [--kind K] [--source S] [--limit N] [--json]",
        "submissions.more": "Needs the database only: mail may not be set up.",
        "submissions.status": "only this status: QUEUED, SENDING, SENT, UNCONFIRMED, FAILED",
        "submissions.kind": "only this kind: order, manager_call or your own",
        "submissions.source": "only from this bot (NOTIFYKIT_SOURCE)",
        "submissions.limit": "how many, up to 1000 (default: 20)",
        "show": "one submission whole, with every attempt",
        "show.usage": "ID|REFERENCE [--json]",
        "show.more": "A reference such as KMT-4827 may be typed on either keyboard and in either "
        "case. Where several submissions have it, they are listed.",
        "show.wanted": "the submission's reference, or its id",
        "decide.by": "who decided it: the name is kept with the attempts",
        "resend": "try to send it again now",
        "resend.usage": "ID|REFERENCE [--by NAME] [--yes] [--json]",
        "resend.more": "Sends what waits, is not confirmed or was not delivered; earlier refusals "
        "no longer count. Where the provider's answer was lost, the mail goes to the same "
        "provider byte for byte, and the recipient may see a second copy: the command asks first. "
        "What was sent, or is being sent, is left alone.",
        "resend.yes": "do not ask, even where a second copy is possible",
        "mark-sent": "mark it as sent: somebody knows that it arrived",
        "mark-sent.usage": "ID|REFERENCE [--by NAME] [--json]",
        "mark-sent.more": "For submissions that are UNCONFIRMED: the provider's answer was lost, "
        "and you know that the mail arrived. It sends nothing.",
        "worker": "deliver whatever is due, until stopped",
        "worker.usage": "[--once]",
        "worker.more": "Ctrl+C or SIGTERM stops it; sends under way are finished first. The log "
        "goes to stderr. With PostgreSQL there may be any number of such processes.",
        "worker.once": "deliver what is due and end: for cron",
        **BOUNCES_HELP["en"],
        **DASHBOARD_HELP["en"],
        **EXPLAINING_HELP["en"],
        **RETENTION_HELP["en"],
    },
}

# argparse's own messages; the longer ones first.
ARGPARSE_RU = {
    "the following arguments are required": "нужно указать",
    "unrecognized arguments": "непонятно",
    "expected one argument": "нужно значение",
    "argument ": "",
    "invalid choice": "нет такого значения",
    "invalid number value": "нужно число от 1 до 1000, а не",
    "invalid seconds value": "нужно число секунд от 30 до 86400, а не",
    "invalid port value": "нужен порт от 0 до 65535, а не",
    "invalid age value": "нужен срок вроде 90d, 12w или 36h, а не",
    "choose from": "возможные",
    "ignored explicit argument": "значение здесь не нужно",
}
