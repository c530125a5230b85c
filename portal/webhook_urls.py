"""Addresses of the webhooks of the systems a person looks after, officers' and exporters' alike."""

from django.urls import path

from portal.views import webhooks

app_name = "webhooks"

urlpatterns = [
    path("", webhooks.index, name="list"),
    path("new/", webhooks.register, name="new"),
    path("<uuid:uid>/", webhooks.page, name="page"),
    path("<uuid:uid>/change/", webhooks.change, name="change"),
    path("<uuid:uid>/pause/", webhooks.pause, name="pause"),
    path("<uuid:uid>/resume/", webhooks.resume, name="resume"),
    path("<uuid:uid>/test/", webhooks.test, name="test"),
    path("<uuid:uid>/key/", webhooks.rotate, name="rotate"),
    path("<uuid:uid>/replay/", webhooks.replay, name="replay"),
    path("<uuid:uid>/letters/<uuid:event>/replay/", webhooks.replay_letter, name="replay-letter"),
    path("<uuid:uid>/remove/", webhooks.remove, name="remove"),
]
