"""Every address of the platform, door by door."""

from django.urls import URLPattern, URLResolver, include, path
from oauth2_provider.views import TokenView

from config import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("oauth/token/", TokenView.as_view(), name="oauth-token"),
    path("api/v1/", include("api.urls")),
    path("", include("public.urls")),
]

handler400 = "config.errors.bad_request"
handler403 = "config.errors.permission_denied"
handler404 = "config.errors.page_not_found"
handler500 = "config.errors.server_error"
