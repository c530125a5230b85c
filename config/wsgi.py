"""The WSGI entry point for gunicorn."""

import os

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

from django.conf import settings  # noqa: E402

from config.links import hide_in_server_logs  # noqa: E402

hide_in_server_logs()
if settings.SECRET_KEY == settings.UNSAFE_SECRET_KEY:
    raise ImproperlyConfigured("Set ENTENTE_SECRET_KEY to a long random text.")
