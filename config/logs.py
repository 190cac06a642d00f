"""Log lines: JSON on standard error, one a line, and nothing in them that anybody typed.

What our own code logs are named values it has chosen. A library's message is kept as its template, without the values it would
be filled with; one that came filled in is withheld, and the place in the code stands for it. Of an exception the type and the
places are kept, not the text, which may quote anything.
"""

import json
import logging
import traceback
from collections.abc import MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import structlog

from ecredit.foundation.kernel.errors import EcreditError
from ecredit.foundation.kernel.masking import redact

_FRAMES: Final = 12
# Whose messages without values are known to hold none.
_KNOWN: Final = ("django.", "gunicorn.")


def logging_for(level: str) -> dict[str, Any]:
    """Django's LOGGING; `level` is that of our own loggers."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "config.logs.make_formatter"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            "ecredit": {"level": level},
            # What it warns of (no such page, no right) is in the request's own line.
            "django": {"handlers": [], "level": "ERROR", "propagate": True},
            "django.server": {"handlers": [], "level": "ERROR", "propagate": True},
            "gunicorn": {"level": "WARNING"},
        },
    }


def make_formatter() -> logging.Formatter:
    """The one formatter; also makes structlog hand its lines to the standard handlers."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.filter_by_level,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return _Lines(
        foreign_pre_chain=[structlog.contextvars.merge_contextvars],
        processors=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _bare_exception,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ],
    )


class _Lines(structlog.stdlib.ProcessorFormatter):
    """Brings a library's record down to what may be written, before anything else sees it."""

    def format(self, record: logging.LogRecord) -> str:
        if getattr(record, "plain", False) and isinstance(record.msg, dict):
            return _plain(record, record.msg)
        if not isinstance(record.msg, dict):
            record = logging.makeLogRecord(record.__dict__)
            record.msg, record.args = _told(record), ()
        return super().format(record)


def _plain(record: logging.LogRecord, said: dict[str, object]) -> str:
    """A line of named values of ours, as the others are written, without their way round."""
    at = datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z")
    line = {**said, "level": record.levelname.lower(), "logger": record.name, "timestamp": at}
    return json.dumps(line, ensure_ascii=False)


def _told(record: logging.LogRecord) -> str:
    if record.name.startswith("django.security"):
        # Its messages quote hosts and cookies as they came.
        return record.name.rpartition(".")[2]
    if not record.args and not record.name.startswith(_KNOWN):
        return f"(text withheld; said at {record.filename}:{record.lineno})"
    # Numbers that are no text are counts, process ids, codes of ours.
    counts = bool(record.args) and all(isinstance(value, int | float) for value in record.args or ())
    return redact(record.getMessage() if counts else str(record.msg))


def _bare_exception(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    held = event.pop("exc_info", None)
    record = event.get("_record")
    if held is None and isinstance(record, logging.LogRecord):
        held = record.exc_info
    error = held[1] if isinstance(held, tuple) else held
    event.pop("stack_info", None)
    if isinstance(error, BaseException):
        event["error"] = error.code if isinstance(error, EcreditError) else type(error).__qualname__
        event["at"] = _places(error.__traceback__)
    return event


def _places(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-_FRAMES:]
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
