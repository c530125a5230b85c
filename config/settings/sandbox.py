"""A partner's sandbox: the whole process serves one partner, on a database of its own, with a clock of its own."""

from config.settings import base, security, work
from config.settings.environment import text

#: The partner's name; empty where this is no sandbox.
SANDBOX = text("ENTENTE_SANDBOX")

ROOT_URLCONF = "config.sandbox.urls" if SANDBOX else base.ROOT_URLCONF
MIDDLEWARE = ["config.sandbox.middleware.Sandbox"] * bool(SANDBOX) + base.MIDDLEWARE
# Whatever the environment says: no mail leaves a sandbox.
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend" if SANDBOX else work.EMAIL_BACKEND
# Shared by the sandboxes of one folder.
STATIC_ROOT = base.DATA_DIR.parent / "static" if SANDBOX else base.STATIC_ROOT
# Sandboxes of one host differ by their port, which cookies do not see.
SESSION_COOKIE_NAME = "-".join(filter(None, (security.SESSION_COOKIE_NAME, SANDBOX)))
CSRF_COOKIE_NAME = "-".join(filter(None, (security.CSRF_COOKIE_NAME, SANDBOX)))
