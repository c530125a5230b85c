"""Hosts, cookies, headers and the content security policy."""

from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF

from config.settings.environment import flag, number, text, words

UNSAFE_SECRET_KEY = "only-for-tests-and-tools"  # noqa: S105  (the web server refuses to start with it)
SECRET_KEY = text("ENTENTE_SECRET_KEY", UNSAFE_SECRET_KEY)
SECRET_KEY_FALLBACKS = words("ENTENTE_OLD_SECRET_KEYS")

# The address people use, for links in mail and licences; https makes cookies secure and sets HSTS.
SITE_URL = text("ENTENTE_URL", "http://127.0.0.1:8000").rstrip("/")
_site = urlsplit(SITE_URL)
SITE_NAME = _site.hostname or "localhost"
_https = _site.scheme == "https"
ALLOWED_HOSTS = [
    *words("ENTENTE_HOSTS", "localhost,127.0.0.1,[::1],testserver"),
    *([_site.hostname] if _site.hostname else []),
]
CSRF_TRUSTED_ORIGINS = [SITE_URL] if _https else []

SECURE_SSL_REDIRECT = _https
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_HSTS_SECONDS = number("ENTENTE_HSTS_SECONDS", 31_536_000) if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _https
SECURE_HSTS_PRELOAD = flag("ENTENTE_HSTS_PRELOAD")
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if flag("ENTENTE_BEHIND_PROXY"):
    # Only where every request passes a proxy that sets this header itself.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

SESSION_COOKIE_SECURE = _https
CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_NAME = "__Host-session" if _https else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if _https else "csrf"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024  # form and JSON bodies; files stream past it
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# The demo alliance signs people in with a click. `./entente up` sets this only where the data folder
# holds demo data and the listener is on loopback.
ENTENTE_DEMO = flag("ENTENTE_DEMO")
