"""Addresses of TAXII 2.1."""

from django.urls import path, re_path

from api.taxii import views

app_name = "taxii"
COLLECTION = "members/collections/<str:key>/"
urlpatterns = [
    path("", views.DiscoveryView.as_view(), name="discovery"),
    path("members/", views.RootView.as_view(), name="root"),
    path("members/status/<str:status>/", views.StatusView.as_view(), name="status"),
    path("members/collections/", views.CollectionsView.as_view(), name="collections"),
    path(COLLECTION, views.CollectionView.as_view(), name="collection"),
    path(f"{COLLECTION}manifest/", views.ManifestView.as_view(), name="manifest"),
    path(f"{COLLECTION}objects/", views.ObjectsView.as_view(), name="objects"),
    path(f"{COLLECTION}objects/<str:stix_id>/", views.ObjectView.as_view(), name="object"),
    path(f"{COLLECTION}objects/<str:stix_id>/versions/", views.VersionsView.as_view(), name="versions"),
    re_path(r"^(?P<rest>.+)/$", views.NothingView.as_view(), name="nothing"),
]
