"""How the portal is served: settings for `gunicorn --config python:ecredit.surface.portal.serving config.wsgi`.

A module-level name is a gunicorn setting; a command-line option of the same name wins.
"""

import gc
import multiprocessing
from typing import Any, Final

from django.template.loader import get_template

from ecredit.surface.portal.words import words_in

workers = max(2, multiprocessing.cpu_count())
worker_class = "gthread"
threads = 4
keepalive = 15
# What people look up is nobody's business: no access log unless an operator asks for one.
accesslog = None
loglevel = "warning"

PAGES: Final = ("home", "results", "subject", "section", "objection", "about", "missing", "unready")


def post_worker_init(_worker: Any) -> None:
    """Gunicorn calls this in every worker once the application is loaded."""
    warm_up()


def warm_up() -> None:
    """Spare the first visitor the wait: texts read and templates compiled, kept out of the collector's rounds."""
    words_in("zh"), words_in("en")
    for page in PAGES:
        get_template(f"portal/{page}.html")
    gc.collect()
    gc.freeze()
