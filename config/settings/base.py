"""Apps, middleware, templates, database and places."""

from pathlib import Path

from config.database import APP_ROLE, parse_url
from config.settings.environment import text

BASE_DIR = Path(__file__).resolve().parent.parent.parent
DATA_DIR = Path(text("ENTENTE_DATA") or BASE_DIR / "var")

DEBUG = False

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.forms",
    "django_linear_migrations",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "oauth2_provider",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_htmx",
    "django_fsm",
    "config",
    "core",
    "ledger",
    "deadlines",
    "members",
    "correspondence",
    "alliance",
    "intelligence",
    "screening",
    "exemptions",
    "licensing",
    "escalation",
    "enforcement",
    "accountability",
    "sharing",
    "pages",
    "portal",
    "workbench",
    "api",
    "public",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.zones.ReadersZone",
    "django.contrib.messages.middleware.MessageMiddleware",
    "config.signin.middleware.SessionLimits",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.signin.middleware.SecondFactorGate",
    "config.errors.DomainErrors",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "pages.context.frame",
            ],
        },
    }
]

FORM_RENDERER = "pages.forms.EntenteRenderer"

DATABASE_URL = text("DATABASE_URL", "postgresql:///entente")
DATABASE_OWNER_URL = text("DATABASE_OWNER_URL")
DATABASE_OWNER = parse_url(DATABASE_OWNER_URL or DATABASE_URL)
# One address given: it is the owner's, and the platform steps down to its own role on each connection.
DATABASES = {"default": parse_url(DATABASE_URL, role="" if DATABASE_OWNER_URL else APP_ROLE)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
LOCALE_PATHS = [BASE_DIR / "locale"]

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MAX_AGE = 3600
