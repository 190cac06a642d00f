"""Settings. Everything a city changes comes from the environment; nothing here is secret.

ECREDIT_HOME          the home folder: databases, lake, landed files, keys (default ./home)
ECREDIT_CATALOG       the city's rules (default: catalog/ of this checkout, else the installed one)
ECREDIT_DATABASE_URL  postgresql://user:password@host:port/name; without it, SQLite in the home
ECREDIT_SITE          the portal's public address, https://host: what badges and their QR codes lead to (default http://127.0.0.1:8000)
ECREDIT_REPORT_CERTIFICATE  a licensed certificate and its key (PKCS#12 file) that credit reports are signed with (default: the city's own, of a test authority)
ECREDIT_REPORT_CERTIFICATE_PASSPHRASE  the passphrase of that file
ECREDIT_REPORT_ROOTS  a PEM file of roots that signatures on PDFs are trusted under beside the city's own keys (default: none)
ECREDIT_SIGNING_ROOTS  a PEM file of roots of licensed certification bodies that people's signatures are trusted under (default: none)
ECREDIT_SIGNING_LISTS  a folder of their revocation lists, OCSP answers and certificates between (default: none)
ECREDIT_SIGNING_LIST_URLS  addresses (comma-separated) those revocation lists are fetched from every six hours, into that folder (default: none, and nothing is fetched)
ECREDIT_SIGNING_TEST  1: certificates of the home's own test authority are issued and taken too (default: only where the city is made up)
ECREDIT_REPORTS_A_MINUTE  new public credit reports made for the public in a minute; one more is answered 503 (default 30)
ECREDIT_CHECKS_A_MINUTE  checks of signatures, and of credit reports, at the portal in a minute, each counted by itself, a quarter at most for one address; one more is answered 503 (default 120)
ECREDIT_ALLOWED_HOSTS comma-separated host names of the portal (default: this machine only)
ECREDIT_PUBLIC_CALLS_A_MINUTE  calls of the API without a key in a minute from one address (behind ECREDIT_PROXIES the one they saw); one more is answered 429 (default 300)
ECREDIT_WEBHOOK_HOSTS comma-separated hosts (host or host:port) that may be told over http or in a private network (default: none)
ECREDIT_SECRET_KEY    Django's secret; without it, a file in the home's keys folder
ECREDIT_BACKUPS       the folder of the daily backups, one folder a day (default: none, and no backup is made by itself)
ECREDIT_BACKUP_PASSPHRASE  what the keys in a backup are encrypted under (ecredit backup --keys)
ECREDIT_PKCS11_MODULE  the library of a PKCS#11 token that the city's ES256 signing keys are made and kept in (default: none, they lie sealed in the home's keys)
ECREDIT_PKCS11_TOKEN  the label of that token
ECREDIT_PKCS11_SLOT   or the number of its slot
ECREDIT_PKCS11_PIN    its user's PIN
ECREDIT_STAMP_URL     a time-stamping authority (RFC 3161) that dates the log's published heads (default: none, and they are not dated)
ECREDIT_STAMP_ROOTS   a PEM file of the roots such authorities are trusted under
ECREDIT_STATIC_SITE   the folder the public site is written into each day (default: none, and it is not written)
ECREDIT_HTTPS         1: behind a proxy with TLS; browsers are held to it, cookies never sent without
ECREDIT_LOG_LEVEL     of the log lines on standard error: INFO (default, a line a request), WARNING, ERROR
ECREDIT_MOST_WAITING  requests one worker process takes at a time; one more is answered 503 (default 40)
ECREDIT_LONGEST_WAIT  seconds a request may wait for a thread before it is answered 503 (default 2)
ECREDIT_SQLITE_CACHE  megabytes of SQLite's pages that a connection may keep (default 200; of each thread that serves, 16)
ECREDIT_METRICS_FROM  addresses or networks that may read /metrics, comma-separated (default: this machine)
ECREDIT_METRICS_TOKEN a bearer token that may read /metrics from anywhere (default: none)
ECREDIT_PROXIES       how many trusted proxies stand before it and write X-Forwarded-For (default 0)
ECREDIT_OIDC_ISSUER   the city's own sign-on (OpenID Connect issuer); without it, people sign in here only
ECREDIT_OIDC_CLIENT   our client id there
ECREDIT_OIDC_SECRET   our client secret there
ECREDIT_OIDC_NAME     what people call it (default 统一身份认证)
ECREDIT_OIDC_LOGIN_CLAIM  which claim is the login of a person who comes for the first time (default preferred_username)
ECREDIT_OIDC_STRONG   1 when it asks for a second factor itself: ours is then not asked for
ECREDIT_ORIGINS       comma-separated origins (https://desk.example) forms may come from behind a proxy

Each may also come from a file: ECREDIT_SECRET_KEY_FILE=/run/secrets/key and so on.
"""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import ecredit.surface
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
ECREDIT_BACKUPS = _given("ECREDIT_BACKUPS")
# For the keys in a backup; nothing else reads it.
ECREDIT_BACKUP_PASSPHRASE = _given("ECREDIT_BACKUP_PASSPHRASE")


ECREDIT_STATIC_SITE = _given("ECREDIT_STATIC_SITE")
# What makes the pages of the static site: service writes them and may not know the doors above it.
ECREDIT_STATIC_PAGES = "ecredit.surface.portal.static_site.StaticSite"


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
        kept = int(_given("ECREDIT_SQLITE_CACHE", "200")) * 1000
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(ECREDIT_HOME / "ecredit.sqlite3"),
            # Opening costs a request more than asking does, and whoever closes last writes the whole log into the file.
            "CONN_MAX_AGE": 60,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 60,
                # Entries are long: fewer, larger pages take them in a fifth less time (only a new database has them).
                "init_command": "PRAGMA page_size=16384;PRAGMA journal_mode=WAL;"
                # FULL: a receipt is a promise, so what it says must be on the disk before it is printed.
                f"PRAGMA synchronous=FULL;PRAGMA cache_size=-{kept};"
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


def _city_sign_on() -> dict[str, Any]:
    """The city's own OpenID Connect sign-on, when it has one."""
    issuer = _given("ECREDIT_OIDC_ISSUER")
    if not issuer:
        return {}
    app = {
        "provider_id": "city",
        "name": _given("ECREDIT_OIDC_NAME", "统一身份认证"),
        "client_id": _given("ECREDIT_OIDC_CLIENT"),
        "secret": _given("ECREDIT_OIDC_SECRET"),
        "settings": {"server_url": issuer, "oauth_pkce_enabled": True},
    }
    return {"openid_connect": {"APPS": [app], "OAUTH_PKCE_ENABLED": True}}


SECRET_KEY = _secret_key()
ECREDIT_SITE = _given("ECREDIT_SITE", "http://127.0.0.1:8000")
ECREDIT_REPORT_CERTIFICATE = _given("ECREDIT_REPORT_CERTIFICATE")
ECREDIT_REPORT_CERTIFICATE_PASSPHRASE = _given("ECREDIT_REPORT_CERTIFICATE_PASSPHRASE")
ECREDIT_REPORT_ROOTS = _given("ECREDIT_REPORT_ROOTS")
ECREDIT_SIGNING_ROOTS = _given("ECREDIT_SIGNING_ROOTS")
ECREDIT_SIGNING_LISTS = _given("ECREDIT_SIGNING_LISTS")
ECREDIT_SIGNING_LIST_URLS = _given("ECREDIT_SIGNING_LIST_URLS")
ECREDIT_SIGNING_TEST = _given("ECREDIT_SIGNING_TEST") == "1"
ECREDIT_PKCS11_MODULE = _given("ECREDIT_PKCS11_MODULE")
ECREDIT_PKCS11_TOKEN = _given("ECREDIT_PKCS11_TOKEN")
ECREDIT_PKCS11_SLOT = _given("ECREDIT_PKCS11_SLOT")
ECREDIT_PKCS11_PIN = _given("ECREDIT_PKCS11_PIN")
ECREDIT_STAMP_URL = _given("ECREDIT_STAMP_URL")
ECREDIT_STAMP_ROOTS = _given("ECREDIT_STAMP_ROOTS")
ECREDIT_REPORTS_A_MINUTE = int(_given("ECREDIT_REPORTS_A_MINUTE", "30"))
ECREDIT_CHECKS_A_MINUTE = int(_given("ECREDIT_CHECKS_A_MINUTE", "120"))
ECREDIT_PUBLIC_CALLS_A_MINUTE = int(_given("ECREDIT_PUBLIC_CALLS_A_MINUTE", "300"))
ECREDIT_WEBHOOK_HOSTS = _given("ECREDIT_WEBHOOK_HOSTS")
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
    "ecredit.facts.market",
    "ecredit.facts.collection",
    "ecredit.judgement.triage",
    "ecredit.judgement.evaluation",
    "ecredit.judgement.measures",
    "ecredit.judgement.disclosure",
    "ecredit.judgement.monitoring",
    "ecredit.service.signatures",
    "ecredit.service.commitments",
    "ecredit.service.telling",
    "ecredit.service.badges",
    "ecredit.service.credit_reports",
    "ecredit.service.operation",
    "ecredit.surface.portal",
    "ecredit.surface.desk",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "axes",
    "ecredit.surface.api",
]
ECREDIT_PROXIES = int(_given("ECREDIT_PROXIES", "0"))
_HTTPS = _given("ECREDIT_HTTPS") == "1"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
# Ten wrong passwords or codes for a login from an address: that address waits for this login.
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_FORM_FIELD = "username"
AXES_SENSITIVE_PARAMETERS = ["login", "username", "password", "code", "ip_address"]
AXES_CLIENT_IP_CALLABLE = "ecredit.service.operation.client_address.client_address"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
# Who came in and who did not is in the journal.
SILENCED_SYSTEM_CHECKS = ["axes.W002"]  # its middleware would say so in its own words; the desk's page does
AXES_DISABLE_ACCESS_LOG, AXES_ENABLE_ADMIN, AXES_VERBOSE = True, False, False
# Of allauth only the machinery is used: second factors, and the city's own sign-on. Pages and sessions are the desk's.
ACCOUNT_USER_MODEL_USERNAME_FIELD, ACCOUNT_USER_MODEL_EMAIL_FIELD = "login", None
ACCOUNT_LOGIN_METHODS, ACCOUNT_SIGNUP_FIELDS = {"username"}, ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION, ACCOUNT_RATE_LIMITS = "none", False
MFA_ADAPTER = "ecredit.surface.desk.factor_adapter.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1
# On this machine a passkey may be tried without https; elsewhere the browser itself refuses.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not _HTTPS
SOCIALACCOUNT_ADAPTER = "ecredit.surface.desk.city_sign_on.CitySignOn"
SOCIALACCOUNT_PROVIDERS = _city_sign_on()
# The city's own sign-on has asked for a second factor already.
ECREDIT_OIDC_STRONG = _given("ECREDIT_OIDC_STRONG") == "1"
ECREDIT_OIDC_LOGIN_CLAIM = _given("ECREDIT_OIDC_LOGIN_CLAIM", "preferred_username")
SESSION_COOKIE_NAME = "ecredit_session"
# The room's own rules end a session earlier; this is only how long the browser keeps the cookie.
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = "/desk"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
CSRF_COOKIE_NAME = "ecredit_csrf"
CSRF_TRUSTED_ORIGINS = [origin for origin in _given("ECREDIT_ORIGINS").split(",") if origin]
CSRF_FAILURE_VIEW = "ecredit.surface.desk.csrf.refuse"
if _HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # Browsers that have been here once come by TLS only.
    SECURE_HSTS_SECONDS = 31_536_000
LOGIN_URL = "desk:sign_in"
# A file sent with a form lies in the home while it comes, not where anybody can read it.
# A person's key file is not even that: it is held in memory.
FILE_UPLOAD_HANDLERS = [
    "ecredit.surface.desk.key_file_handler.KeyFileHandler",
    "ecredit.surface.desk.upload_handler.HomeUploadHandler",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
MIDDLEWARE = [
    "ecredit.surface.gate.request_log.with_log",
    "ecredit.surface.gate.headers.with_headers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "ecredit.surface.gate.public_only.with_inner_doors_shut",
    "ecredit.surface.desk.headers.with_desk_headers",
    "ecredit.surface.api.edge.at_edge",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
# Each door renders with its own environment and sees its own pages only.
TEMPLATES = [
    {
        "NAME": door,
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [Path(next(iter(ecredit.surface.__path__))) / folder / "jinja2"],
        "APP_DIRS": False,
        "OPTIONS": {"environment": f"ecredit.surface.{folder}.environment.make_environment"},
    }
    for door, folder in (("jinja2", "portal"), ("desk", "desk"))
]
# No address ends in a slash; looking for one would resolve every address twice.
APPEND_SLASH = False
STATIC_URL = "/static/"
# Served straight from the app folders: no collectstatic step between a clone and a page.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
ECREDIT_MOST_WAITING = int(_given("ECREDIT_MOST_WAITING", "40"))
ECREDIT_LONGEST_WAIT = float(_given("ECREDIT_LONGEST_WAIT", "2"))
ECREDIT_METRICS_FROM = _given("ECREDIT_METRICS_FROM", "127.0.0.1,::1")
ECREDIT_METRICS_TOKEN = _given("ECREDIT_METRICS_TOKEN")
# Where gunicorn's workers put their counts; set by config/serving.py.
ECREDIT_COUNTS_FOLDER = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
LOGGING = logging_for(_given("ECREDIT_LOG_LEVEL", "INFO"))
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True
