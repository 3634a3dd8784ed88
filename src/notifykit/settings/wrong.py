"""What may be wrong with a variable or its file, in both languages."""

from __future__ import annotations

PROVIDERS = "gmail, yandex, sendgrid, mailgun, smtp, console, file"

WRONG: dict[str, dict[str, str]] = {
    "missing": {"ru": "не задан: {meaning}", "en": "is missing: {meaning}"},
    "malformed": {"ru": "задан неверно: {meaning}", "en": "is malformed: {meaning}"},
    "twice": {
        "ru": "называет кого-то дважды: оставьте каждого один раз",
        "en": "names somebody twice: leave each of them once",
    },
    "no-sender": {
        "ru": "не задан, а в {detail} не адрес почты: впишите полный адрес в {detail} или адрес "
        "отправителя в MAIL_FROM",
        "en": "is missing, and {detail} is not a mail address: write the full address in {detail}, "
        "or the sender's in MAIL_FROM",
    },
    "copied-badly": {
        "ru": "скопирован неверно: внутри пробел, перевод строки или лишний знак; "
        "скопируйте его ещё раз",
        "en": "is copied badly: it has a space, a line break or a letter that does not belong "
        "there; copy it again",
    },
    "too-many": {
        "ru": "слишком длинный: в одном письме не больше 50 адресов; заведите общий адрес-рассылку",
        "en": "is too long: a mail goes to 50 addresses at most; use the address of a group",
    },
    "too-short": {
        "ru": "слишком короткий: нужно не меньше 8 знаков",
        "en": "is too short: 8 characters at least",
    },
    "unknown-limit": {
        "ru": f"ограничивает неизвестно кого: можно {PROVIDERS}, conversation, recipient и "
        "concurrency",
        "en": f"limits somebody unknown: possible are {PROVIDERS}, conversation, recipient and "
        "concurrency",
    },
    "two-ports": {
        "ru": "не совпадает с портом в SMTP_SERVER: оставьте порт в чём-то одном",
        "en": "is not the port in SMTP_SERVER: leave the port in one of them",
    },
    "in-clear": {
        "ru": "не защищает: пароль ушёл бы на другую машину открытым текстом; "
        "укажите starttls (порт 587) или implicit (порт 465)",
        "en": "is too weak: the password would travel to another machine in clear; "
        "write starttls (port 587) or implicit (port 465)",
    },
    "http": {
        "ru": "не защищён: ключ ушёл бы на другую машину открытым текстом; начните с https://",
        "en": "is not safe: the key would travel to another machine in clear; begin with https://",
    },
    "no-folder": {
        "ru": "указывает на папку, которой нет: создайте её или исправьте путь",
        "en": "is a folder that does not exist: make it, or mend the path",
    },
    "database-shape": {
        "ru": "задан неверно: нужно postgresql://логин:пароль@хост:5432/база или sqlite:///файл; "
        "в логине и пароле вместо @ пишут %40, вместо : %3A, вместо / %2F, вместо % %25",
        "en": "is malformed: postgresql://user:password@host:5432/name or sqlite:///file is "
        "wanted; in user and password @ is %40, : is %3A, / is %2F and % is %25",
    },
    "database-kind": {
        "ru": "указывает на {detail}://, а нужно postgresql:// или sqlite:///",
        "en": "says {detail}://, which is neither postgresql:// nor sqlite:///",
    },
    "database-driver": {
        "ru": "требует драйвер, который не установлен: pip install {detail}",
        "en": "needs a driver that is not installed: pip install {detail}",
    },
    "database-options": {
        "ru": "просит то, чего asyncpg не умеет ({detail}): уберите это или напишите "
        "postgresql+psycopg:// и установите 'psycopg[binary]'",
        "en": "asks for what asyncpg cannot do ({detail}): take it out, or write "
        "postgresql+psycopg:// and install 'psycopg[binary]'",
    },
    "database-value": {
        "ru": "задаёт после ? то, чего не понять ({detail}): pgbouncer — это true или false, "
        "сроки и числа пишут цифрами",
        "en": "says something behind the ? that cannot be read ({detail}): pgbouncer is true or "
        "false, times and counts are written in digits",
    },
    "no-certificates": {
        "ru": "указывает на файл, которого нет, который не читается или в котором нет "
        "сертификатов PEM: исправьте путь или права",
        "en": "is a file that is not there, cannot be read or holds no PEM certificates: "
        "mend the path or the rights",
    },
}

UNREADABLE = {
    "file": {"ru": "не читается", "en": "cannot be read"},
    "coding": {
        "ru": "это не UTF-8, сохраните файл в кодировке UTF-8",
        "en": "this is not UTF-8: save it as UTF-8",
    },
}
