"""One line per event: readable on a terminal, JSON elsewhere."""

import sys
from typing import Any

import structlog

from config.settings.environment import flag, text

_shared: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]
_json = flag("ENTENTE_LOG_JSON", default=not sys.stderr.isatty())
_renderer: list[Any] = (
    [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    if _json
    else [structlog.dev.ConsoleRenderer()]
)

structlog.configure(
    processors=[*_shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderer],
            "foreign_pre_chain": _shared,
        }
    },
    "filters": {"links": {"()": "config.links.HideLinks"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["links"]},
    },
    "root": {"handlers": ["stderr"], "level": text("ENTENTE_LOG_LEVEL", "WARNING")},
    "loggers": {
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        "celery": {"level": "WARNING"},
        "entente": {"level": "INFO"},
    },
}
