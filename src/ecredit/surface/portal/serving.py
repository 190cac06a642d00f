"""How the portal is served: settings for `gunicorn --config python:ecredit.surface.portal.serving config.wsgi`.

A module-level name is a gunicorn setting; a command-line option of the same name wins.
"""

import gc
import multiprocessing
from typing import Any

from ecredit.surface.portal.rendering import warm_up

workers = max(2, multiprocessing.cpu_count())
worker_class = "ecredit.surface.portal.patient_worker.PatientWorker"
threads = 4
keepalive = 15
# What people look up is nobody's business: no access log unless an operator asks for one.
accesslog = None
loglevel = "warning"


def post_worker_init(_worker: Any) -> None:
    """Gunicorn calls this in every worker once the application is loaded."""
    warm_up()
    # What is loaded now stays for good: keep the collector from going through it again and again.
    gc.collect()
    gc.freeze()
