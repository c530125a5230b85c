"""Times are told in the reader's own zone."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from config.zones import ReadersZone, zone_of
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def zone_during_a_request(user, session):
    request = RequestFactory().get("/")
    request.user, request.session = user, session
    seen = []
    ReadersZone(lambda _request: seen.append(timezone.get_current_timezone_name()) or HttpResponse())(request)
    return seen[0]


def test_an_officer_reads_times_where_the_authority_is(officer_of):
    assert zone_during_a_request(officer_of("JP"), {}) == "Asia/Tokyo"


def test_an_exporter_reads_times_where_the_organisation_is(exporter):
    assert zone_during_a_request(exporter, {}) == "Europe/Berlin"


def test_a_visitor_and_a_person_without_a_place_read_utc():
    assert zone_during_a_request(AnonymousUser(), {}) == "UTC"
    assert zone_of(UserFactory()) == "UTC"


def test_the_zone_is_found_once_a_session(officer_of, django_assert_num_queries):
    session: dict[str, str] = {}
    officer = officer_of("FR")
    zone_during_a_request(officer, session)
    with django_assert_num_queries(0):
        assert zone_during_a_request(officer, session) == "Europe/Paris"


def test_the_zone_of_one_reader_does_not_stay_for_the_next(officer_of):
    zone_during_a_request(officer_of("JP"), {})
    assert timezone.get_current_timezone_name() == "UTC"
