"""What the library says of databases and settings in English, in Russian."""

from __future__ import annotations

# Whole sentences first: a longer one may hold a shorter one.
RUSSIAN = {
    "the tables are missing or of another version: run `notifykit migrate`": "таблиц нет или они "
    "другой версии: запустите notifykit migrate",
    "the login is refused: check user and password in DATABASE_URL": "вход не принят: проверьте "
    "логин и пароль в DATABASE_URL",
    "the login is refused: check user, password and pg_hba.conf": "вход не принят: проверьте "
    "логин, пароль и pg_hba.conf",
    "there is no database of this name: create it, or mend DATABASE_URL": "базы с таким именем "
    "нет: создайте её или исправьте DATABASE_URL",
    "the database is read-only: connect to the primary": "база только для чтения: подключитесь к "
    "основному серверу",
    "this user may not do that: grant it the rights on our tables": "у этого пользователя нет "
    "прав: дайте ему права на наши таблицы",
    "the disk is full: make room, nothing was kept": "диск заполнен: освободите место, ничего не "
    "сохранено",
    "it has no connection to spare: raise max_connections or use fewer workers": "свободных "
    "соединений нет: увеличьте max_connections или запустите меньше процессов worker",
    "it has run out of resources": "серверу не хватает ресурсов",
    "it is shutting down or starting up": "сервер запускается или останавливается",
    "a pooler mixes up our statements: write ?pgbouncer=true at the end of DATABASE_URL": "пулер "
    "соединений путает наши запросы: допишите ?pgbouncer=true в конец DATABASE_URL",
    "it could not finish because of other transactions; try again": "помешали другие "
    "транзакции; попробуйте ещё раз",
    "the connection broke": "соединение оборвалось",
    "another process has been writing for too long": "другой процесс слишком долго пишет",
    "another connection has been writing for too long": "другое соединение слишком долго пишет",
    "the file or its folder is read-only: give this user the right to write": "файл или папка "
    "только для чтения: дайте этому пользователю право записи",
    "the file cannot be opened: does its folder exist, and may this user write?": "файл не "
    "открывается: есть ли папка и право записи в неё?",
    "the file is not an SQLite database": "этот файл не база SQLite",
    "the file is damaged: bring it back from a backup": "файл повреждён: восстановите его из "
    "резервной копии",
    "reading or writing the file failed": "файл не читается или не пишется",
    "this is more than SQLite keeps in one row": "это больше, чем SQLite хранит в одной строке",
    "this breaks a rule of the tables": "это нарушает правила таблиц",
    "it cannot be reached: is it running, and are host and port right?": "не отвечает: запущена "
    "ли она, верны ли адрес и порт?",
    "sslmode asks for TLS, which the server does not do: switch it on there, or mend sslmode in "
    "DATABASE_URL": "sslmode требует TLS, а сервер его не умеет: включите TLS на сервере или "
    "исправьте sslmode в DATABASE_URL",
    "the root certificate is not there: name its file by sslrootcert in DATABASE_URL": "нет "
    "корневого сертификата: укажите его файл в sslrootcert в DATABASE_URL",
    "sslmode in DATABASE_URL is none of disable, allow, prefer, require, verify-ca and "
    "verify-full": "sslmode в DATABASE_URL должен быть одним из: disable, allow, prefer, require, "
    "verify-ca, verify-full",
    "all connections have been busy for too long": "все соединения слишком долго заняты",
    "this is not a URL such as": "это не адрес вида",
    "in user and password @ is %40, : is %3A, / is %2F and % is %25": "в логине и пароле вместо @ "
    "пишут %40, вместо : %3A, вместо / %2F, вместо % %25",
    "is neither postgresql:// nor sqlite:///": "не подходит: нужно postgresql:// или sqlite:///",
    "does not exist: make it": "не существует: создайте её",
    "the folder ": "папка ",
    "is not installed: pip install": "не установлен: pip install",
    "trustme makes the certificates and is missing: pip install": "для демонстрации нужен "
    "trustme, он делает сертификаты: pip install",
}


def in_russian(text: str) -> str:
    """Put what is known into Russian, and leave the rest as it is."""
    for english, russian in RUSSIAN.items():
        text = text.replace(english, russian)
    return text
