"""Settings. Everything a city changes comes from the environment; nothing here is secret.

ECREDIT_HOME          the home folder: databases, lake, landed files, keys (default ./home)
ECREDIT_CATALOG       the city's rules (default: catalog/ of this checkout, else the installed one)
ECREDIT_DATABASE_URL  postgresql://user:password@host:port/name; without it, SQLite in the home
ECREDIT_ALLOWED_HOSTS comma-separated host names of the portal (default: this machine only)
ECREDIT_SECRET_KEY    Django's secret; without it, a file in the home's keys folder
ECREDIT_BACKUP_PASSPHRASE  what the keys in a backup are encrypted under (ecredit backup --keys)
ECREDIT_HTTPS         1: behind a proxy with TLS, which browsers are then held to
ECREDIT_LOG_LEVEL     of the log lines on standard error: INFO (default, a line a request), WARNING, ERROR
ECREDIT_MOST_WAITING  requests one worker process takes at a time; one more is answered 503 (default 40)
ECREDIT_LONGEST_WAIT  seconds a request may wait for a thread before it is answered 503 (default 2)
ECREDIT_METRICS_FROM  addresses or networks that may read /metrics, comma-separated (default: this machine)
ECREDIT_METRICS_TOKEN a bearer token that may read /metrics from anywhere (default: none)

Each may also come from a file: ECREDIT_SECRET_KEY_FILE=/run/secrets/key and so on.
"""

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from config.logs import logging_for
from ecredit.foundation.catalog.folder import default_folder


def _given(name: str, default: str = "") -> str:
    """A setting from the environment, or from the file that `<name>_FILE` names (how secrets reach a container)."""
    path = os.environ.get(f"{name}_FILE")
    if not path:
        return os.environ.get(name, default)
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        said = f"{name}_FILE 所指的文件读不了：{path} / the file of {name}_FILE cannot be read: {path}"
        raise SystemExit(said) from error


ECREDIT_HOME = Path(_given("ECREDIT_HOME", "home")).resolve()
ECREDIT_CATALOG = Path(_given("ECREDIT_CATALOG") or default_folder()).resolve()
# For the keys in a backup; nothing else reads it.
ECREDIT_BACKUP_PASSPHRASE = _given("ECREDIT_BACKUP_PASSPHRASE")


def _secret_key() -> str:
    given = _given("ECREDIT_SECRET_KEY")
    if given:
        return given
    kept = ECREDIT_HOME / "keys" / "django_secret"
    # Before `ecredit init` there is no home; a value for this process alone serves commands that sign nothing.
    return kept.read_text().strip() if kept.exists() else os.urandom(32).hex()


def _operational_database() -> dict[str, Any]:
    url = _given("ECREDIT_DATABASE_URL")
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(ECREDIT_HOME / "ecredit.sqlite3"),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 60,
                # Entries are long: fewer, larger pages take them in a fifth less time (only a new database has them).
                "init_command": "PRAGMA page_size=16384;PRAGMA journal_mode=WAL;"
                # FULL: a receipt is a promise, so what it says must be on the disk before it is printed.
                "PRAGMA synchronous=FULL;PRAGMA cache_size=-200000;"
                # Pages go from the log to the file in large runs: a bulk load would else write them many times.
                "PRAGMA temp_store=MEMORY;PRAGMA wal_autocheckpoint=6250;",
            },
        }
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        # Who waits for a database that is gone waits not much longer than for a page.
        "OPTIONS": {"connect_timeout": 5},
    }


SECRET_KEY = _secret_key()
DEBUG = False
ALLOWED_HOSTS = _given("ECREDIT_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1],testserver").split(",")
DATABASES = {"default": _operational_database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "actors.Person"
# Fixed, so that signing in never writes another hash than the one the log knows.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("login", "name")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "ecredit.facts.actors",
    "ecredit.facts.subjects",
    "ecredit.facts.records",
    "ecredit.facts.collection",
    "ecredit.judgement.evaluation",
    "ecredit.service.operation",
    "ecredit.surface.portal",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
MIDDLEWARE = [
    "ecredit.surface.gate.request_log.with_log",
    "ecredit.surface.gate.headers.with_headers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {"environment": "ecredit.surface.portal.environment.make_environment"},
    },
]
# No address ends in a slash; looking for one would resolve every address twice.
APPEND_SLASH = False
STATIC_URL = "/static/"
# Served straight from the app folders: no collectstatic step between a clone and a page.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
# Behind a proxy with TLS that sets X-Forwarded-Proto (deploy/): then it is believed, and browsers are told to come by TLS only.
if _given("ECREDIT_HTTPS") == "1":
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
ECREDIT_MOST_WAITING = int(_given("ECREDIT_MOST_WAITING", "40"))
ECREDIT_LONGEST_WAIT = float(_given("ECREDIT_LONGEST_WAIT", "2"))
ECREDIT_METRICS_FROM = _given("ECREDIT_METRICS_FROM", "127.0.0.1,::1")
ECREDIT_METRICS_TOKEN = _given("ECREDIT_METRICS_TOKEN")
# Where gunicorn's workers put their counts; set by config/serving.py.
ECREDIT_COUNTS_FOLDER = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")
LOGGING = logging_for(_given("ECREDIT_LOG_LEVEL", "INFO"))
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True
