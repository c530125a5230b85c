"""Every address of the platform, door by door."""

from django.urls import URLPattern, URLResolver, include, path
from oauth2_provider.views import TokenView

from api.limits import limited
from config import health
from portal.views import account, demo

urlpatterns: list[URLPattern | URLResolver] = [
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("oauth/token/", limited(TokenView.as_view()), name="oauth-token"),
    path("api/v1/", include("api.urls")),
    path("taxii2/", include("api.taxii.urls")),
    path("account/", include("portal.account_urls")),
    path("organisation/", include("portal.people_urls")),
    path("invitation/<str:token>/", account.invitation, name="invitation"),
    path("webhooks/", include("portal.webhook_urls")),
    path("inbox/", account.inbox, name="inbox"),
    path("inbox/read/", account.read_all, name="inbox-read-all"),
    path("inbox/<uuid:uid>/read/", account.read_notice, name="inbox-read"),
    path("demo/", demo.sign_in, name="demo"),
    path("administration/", include("workbench.people_urls")),
    path("workbench/", include("workbench.urls")),
    path("", include("portal.urls")),
    path("", include("public.urls")),
]

handler400 = "config.errors.bad_request"
handler403 = "config.errors.permission_denied"
handler404 = "config.errors.page_not_found"
handler500 = "config.errors.server_error"
