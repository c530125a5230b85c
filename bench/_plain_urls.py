"""Views as anyone writes them with the same libraries: the same token, the same rows, and nothing else.

No visibility, no standing, no tags, no limits: what the platform's own answers cost is told against these.
"""

from __future__ import annotations

from typing import Any

from django.urls import include, path
from oauth2_provider.contrib.rest_framework import OAuth2Authentication, TokenHasScope
from rest_framework import generics, serializers

from ledger.models import Event
from licensing.models import Case, Licence


class _Plain(generics.RetrieveAPIView[Any]):
    authentication_classes = (OAuth2Authentication,)
    permission_classes = (TokenHasScope,)
    required_scopes = ("licences:read",)


class LicenceSerializer(serializers.ModelSerializer[Licence]):
    class Meta:
        model = Licence
        fields = "__all__"


class CaseSerializer(serializers.ModelSerializer[Case]):
    class Meta:
        model = Case
        fields = "__all__"


class EventSerializer(serializers.ModelSerializer[Event]):
    class Meta:
        model = Event
        fields = "__all__"


class PlainLicence(_Plain):
    queryset = Licence.objects.all()
    serializer_class = LicenceSerializer
    lookup_field = "number"


class PlainCase(_Plain):
    queryset = Case.objects.all()
    serializer_class = CaseSerializer
    lookup_field = "reference"


class PlainEvents(_Plain, generics.ListAPIView[Any]):
    serializer_class = EventSerializer
    pagination_class = None

    def get_queryset(self) -> Any:
        asked = self.request.query_params
        return Event.objects.filter(pk__gt=int(asked["after"])).order_by("pk")[: int(asked["limit"])]

    get = generics.ListAPIView.get


urlpatterns = [
    path("", include("config.urls")),
    path("plain/licences/<str:number>/", PlainLicence.as_view()),
    path("plain/cases/<str:reference>/", PlainCase.as_view()),
    path("plain/events/", PlainEvents.as_view()),
]
