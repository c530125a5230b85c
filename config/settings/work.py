"""Celery, cache and mail. PostgreSQL is the only truth: whatever is kept here may be lost at any time."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from config.settings.base import DATA_DIR
from config.settings.environment import flag, text


def _cache(url: str) -> dict[str, Any]:
    """Turn the broker's address into that of a cache on the same server, in the next database."""
    if not url:
        return {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    parts = urlsplit(url)
    if parts.scheme == "redis+socket":
        number = int(parse_qs(parts.query).get("virtual_host", ["0"])[0])
        url = f"unix://{parts.path}?db={number + 1}"
    return {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": url,
        "KEY_PREFIX": "entente",
        "OPTIONS": {"socket_timeout": 2},  # whoever counts in it goes on without
    }


REDIS_URL = text("REDIS_URL")
CACHES = {"default": _cache(text("ENTENTE_CACHE_URL", REDIS_URL))}

CELERY_BROKER_URL = text("ENTENTE_BROKER_URL", REDIS_URL) or "memory://"
# The same in every process: the transport restores unacknowledged tasks by these figures.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    # A broker that is away fails an offer at once: the act is committed, and the sweep makes it good.
    "max_retries": 1,
    "interval_start": 0,
    "socket_connect_timeout": 2,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "standard"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT = 120
CELERY_TASK_TIME_LIMIT = 150  # well below the visibility timeout, or a slow task would run twice
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 8.0
CELERY_WORKER_ENABLE_SOFT_SHUTDOWN_ON_IDLE = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_TIMEZONE = "UTC"
# Keep connections from task to task (config.celery drops the broken and the old): signing in costs
# more than a tick does.
CELERY_DB_REUSE_MAX = 1_000_000
CELERY_BEAT_SCHEDULE = {
    # Each second, dropped when two seconds old: a tick that comes late is worth nothing, the next one is.
    "deadlines": {
        "task": "deadlines.tasks.tick",
        "schedule": 1.0,
        "options": {"queue": "clock", "expires": 2},
    },
    "seal": {"task": "ledger.tasks.seal", "schedule": 1.0, "options": {"queue": "clock", "expires": 2}},
    "forget": {
        "task": "members.tasks.forget_expired",
        "schedule": 6 * 3600.0,
        "options": {"queue": "standard", "expires": 3600},
    },
    "mail": {
        "task": "correspondence.tasks.send_waiting",
        "schedule": 10.0,
        "options": {"queue": "standard", "expires": 10},
    },
    # In a queue of its own with its own worker: whoever we call out to may take its time.
    "webhooks": {
        "task": "correspondence.tasks.offer_webhooks",
        "schedule": 1.0,
        "options": {"queue": "webhooks", "expires": 2},
    },
    "attempts": {
        "task": "correspondence.tasks.forget_attempts",
        "schedule": 3600.0,
        "options": {"queue": "standard", "expires": 3600},
    },
    "lists": {
        "task": "screening.tasks.fetch_due",
        "schedule": 60.0,
        "options": {"queue": "standard", "expires": 60},
    },
    "rotas": {
        "task": "alliance.tasks.watch_rotas",
        "schedule": 3600.0,
        "options": {"queue": "standard", "expires": 3600},
    },
    "exits": {
        "task": "escalation.tasks.watch_exits",
        "schedule": 3600.0,
        "options": {"queue": "standard", "expires": 3600},
    },
    "waivers": {
        "task": "escalation.tasks.watch_waivers",
        "schedule": 600.0,
        "options": {"queue": "standard", "expires": 600},
    },
    "exercises": {
        "task": "escalation.tasks.run_exercise",
        "schedule": 5.0,
        "options": {"queue": "exercises", "expires": 5},
    },
    "digests": {
        "task": "licensing.tasks.send_digests",
        "schedule": 300.0,
        "options": {"queue": "standard", "expires": 300},
    },
    "sweep": {"task": "ledger.tasks.sweep", "schedule": 30.0, "options": {"queue": "clock", "expires": 30}},
}

# Whether webhooks may go to loopback and private networks, and by plain http: for trying things out, and where
# partners' systems stand in the same network. Never where strangers may register.
WEBHOOKS_TO_PRIVATE = flag("ENTENTE_WEBHOOKS_TO_PRIVATE", default=flag("ENTENTE_DEMO"))

EMAIL_BACKEND = text("ENTENTE_EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend")
EMAIL_FILE_PATH = DATA_DIR / "mail"
DEFAULT_FROM_EMAIL = text("ENTENTE_EMAIL_FROM", "Entente <noreply@localhost>")
