"""What ``notifykit dashboard`` and ``notifykit preview`` say and explain, in both languages."""

from __future__ import annotations

DASHBOARD_HELP = {
    "ru": {
        "dashboard": "страница со всеми обращениями, причинами и действиями",
        "dashboard.usage": "[--host ADDRESS] [--port N]",
        "dashboard.more": "Открывает панель на http://127.0.0.1:3000/dashboard: что стало с каждым "
        "заказом и звонком, почему что-то стоит, и кнопки, чтобы исправить. Сама ничего в фоне не "
        "отправляет: для этого есть worker или само приложение. Отвечает только этой же машине, "
        "пока не задан NOTIFYKIT_DASHBOARD_PASSWORD. Останавливается по Ctrl+C.",
        "dashboard.host": "адрес, на котором отвечать (по умолчанию 127.0.0.1)",
        "dashboard.port": "порт (по умолчанию 3000; 0 значит любой свободный)",
        "preview": "посмотреть шаблоны писем с придуманными данными",
        "preview.usage": "[--port N] [--import MODULE] [--no-browser]",
        "preview.more": "Открывает в браузере каждый вид письма на двух языках, шириной с телефон "
        "и с компьютер, светлым и тёмным. Сохраните файл шаблона, и страница обновится сама. Ни "
        "почта, ни база данных не нужны.",
        "preview.port": "порт (по умолчанию любой свободный)",
        "preview.import": "модуль с вашими видами уведомлений, например shop.notifications",
        "preview.no-browser": "только сказать адрес",
    },
    "en": {
        "dashboard": "a page with every submission, causes and actions",
        "dashboard.usage": "[--host ADDRESS] [--port N]",
        "dashboard.more": "Opens the dashboard at http://127.0.0.1:3000/dashboard: what became of "
        "each order and call, why something is stuck, and buttons to mend it. It delivers nothing "
        "in the background: that is the worker's or the application's. It answers this machine "
        "only until NOTIFYKIT_DASHBOARD_PASSWORD is set. Ctrl+C stops it.",
        "dashboard.host": "the address to answer at (default: 127.0.0.1)",
        "dashboard.port": "the port (default: 3000; 0 is any free one)",
        "preview": "look at the mail templates with invented data",
        "preview.usage": "[--port N] [--import MODULE] [--no-browser]",
        "preview.more": "Opens every kind of mail in a browser, in both languages, as wide as a "
        "phone and as a desktop, light and dark. Save a template's file and the page follows by "
        "itself. Neither mail nor a database is needed.",
        "preview.port": "the port (default: any free one)",
        "preview.import": "the module of your own kinds of notification: shop.notifications",
        "preview.no-browser": "only say the address",
    },
}

DASHBOARD = {
    "ru": {
        "dashboard.at": "Панель: {address}",
        "dashboard.stop": "Остановить: Ctrl+C",
        "dashboard.stopped": "Панель остановлена.",
        "dashboard.looks": "Почта не настроена, поэтому панель только показывает. Что не так: "
        "notifykit config",
        "dashboard.password": "Без пароля панель открывается только на этой же машине, а {host} "
        "видят и другие. Задайте NOTIFYKIT_DASHBOARD_PASSWORD (от 8 знаков) или уберите --host",
        "dashboard.busy": "Порт {port} на {host} занят. Выберите другой: --port {other}",
        "dashboard.address": "На {host} отвечать нельзя: {why}",
        "dashboard.hosts": "Кто откроет панель по имени, а не по адресу, получит отказ: добавьте "
        "имя в NOTIFYKIT_DASHBOARD_HOSTS",
        "preview.at": "Шаблоны: {address}",
        "preview.module": "--import: модуль {module} не загружается: {why}",
    },
    "en": {
        "dashboard.at": "Dashboard: {address}",
        "dashboard.stop": "To stop it: Ctrl+C",
        "dashboard.stopped": "The dashboard has stopped.",
        "dashboard.looks": "Mail is not set up, so the dashboard only looks. What is wrong: "
        "notifykit config",
        "dashboard.password": "Without a password the dashboard opens on this machine only, and "
        "others can reach {host}. Set NOTIFYKIT_DASHBOARD_PASSWORD (8 characters or more), or "
        "leave --host out",
        "dashboard.busy": "Port {port} at {host} is taken. Choose another: --port {other}",
        "dashboard.address": "{host} cannot be answered at: {why}",
        "dashboard.hosts": "Whoever opens the dashboard by a name and not by an address is "
        "refused: add the name to NOTIFYKIT_DASHBOARD_HOSTS",
        "preview.at": "Templates: {address}",
        "preview.module": "--import: the module {module} cannot be loaded: {why}",
    },
}
