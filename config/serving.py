"""How the doors are served: settings for `gunicorn --config python:config.serving config.wsgi`.

A module-level name is a gunicorn setting; a command-line option of the same name wins.
"""

import gc
import multiprocessing
import os
import shutil
import sys
import tempfile
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Every thread keeps its connection; what they do not keep of the database, the system does for all of them.
os.environ.setdefault("ECREDIT_SQLITE_CACHE", "16")
# Before anything imports prometheus_client: the workers' counts meet in this folder. Counts of a worker that ended stay.
_counts = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")
if not _counts:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="ecredit-counts-")

from config.logs import logging_for  # noqa: E402
from ecredit.surface.gate.fair_share import PLACES  # noqa: E402

workers = max(2, multiprocessing.cpu_count())
worker_class = "ecredit.surface.gate.patient_worker.PatientWorker"
# As many as files may come in at once and leave threads for pages; see surface/gate/patient_worker.py.
threads = 8
keepalive = 15
# Requests are logged by the doors themselves, without what was asked: see `surface/gate/request_log.py`.
accesslog = None
loglevel = "warning"
logconfig_dict = logging_for(os.environ.get("ECREDIT_LOG_LEVEL", "INFO"))
logconfig_dict["loggers"]["gunicorn.error"] = {"handlers": ["stderr"], "level": "WARNING", "propagate": False}


def pre_fork(_server: Any, worker: Any) -> None:
    """Gunicorn calls this in its master before it starts a worker."""
    worker.place = PLACES.take()


def child_exit(_server: Any, worker: Any) -> None:
    """Gunicorn calls this in its master when a worker has ended."""
    PLACES.leave(worker.place)


def post_worker_init(_worker: Any) -> None:
    """Gunicorn calls this in every worker once the application is loaded."""
    # Here and not above: the master must not load the platform. DuckDB starts threads when it is imported; in a worker forked
    # from such a master they are missing, and its end was an abort ("terminate called without an active exception").
    from django.urls import get_resolver  # noqa: PLC0415

    from ecredit.foundation.kernel.workdays import WorkCalendar  # noqa: PLC0415
    from ecredit.surface.portal.rendering import warm_up  # noqa: PLC0415

    # The loop that accepts and turns away waits for the interpreter behind every busy thread, at each call of the system: with
    # Python's own five milliseconds a 503 took longer than a page.
    sys.setswitchinterval(0.0005)
    # Else the first visitor would wait for every page's module to load.
    _ = get_resolver().url_patterns
    warm_up()
    WorkCalendar().warm_up()
    # What is loaded now stays for good: keep the collector from going through it again and again.
    gc.collect()
    gc.freeze()


def on_exit(_server: Any) -> None:
    """Gunicorn calls this in its master at the end."""
    if not _counts:
        shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)
