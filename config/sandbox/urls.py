"""Addresses of a sandbox: its own, and those of the platform."""

from django.urls import include, path

from config import urls
from config.sandbox import api, views

urlpatterns = [
    path("sandbox/", views.home, name="sandbox"),
    path("sandbox/reset/", views.reset, name="sandbox-reset"),
    path("sandbox/clock/", views.move, name="sandbox-clock"),
    path("api/v1/sandbox/", api.SandboxView.as_view(), name="sandbox-api"),
    path("api/v1/sandbox/reset/", api.ResetView.as_view(), name="sandbox-api-reset"),
    path("api/v1/sandbox/clock/", api.ClockView.as_view(), name="sandbox-api-clock"),
    path("", include(urls.urlpatterns)),
]

handler400 = urls.handler400
handler403 = urls.handler403
handler404 = urls.handler404
handler500 = urls.handler500
