"""What is agreed is published as it is in force, for people and for machines."""

import json

import pytest
from django.core.management import call_command

from alliance import selectors
from tests.standing import stays

pytestmark = pytest.mark.django_db
KINDS = ["criteria", "charters", "scorecard"]


@stays
def _agreed(db: None) -> None:
    call_command("load_bundles")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.usefixtures("_agreed")
def test_anyone_reads_what_is_in_force(client, kind):
    answer = client.get(f"/{kind}/")
    assert answer.status_code == 200
    assert selectors.in_force(kind).sha256 in answer.content.decode()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.usefixtures("_agreed")
def test_machines_read_the_same_with_version_source_and_hash(client, kind):
    published = client.get(f"/{kind}/?format=json").json()
    bundle = selectors.in_force(kind)
    assert published["sha256"] == bundle.sha256
    assert published["version"] == bundle.version
    assert published["entries"] == bundle.payload["entries"]


@pytest.mark.usefixtures("_agreed")
def test_every_criterion_shows_its_sentence_basis_owner_and_expression(client):
    from django.utils.html import escape

    page = client.get("/criteria/").content.decode()
    for rule in selectors.criteria():
        for text in (rule.sentence, rule.legal_basis, rule.owner, rule.expression):
            assert escape(text) in page


@pytest.mark.usefixtures("_agreed")
def test_every_charter_shows_all_its_windows(client):
    from pages.drawings.ladder import length

    page = client.get("/charters/").content.decode()
    for charter in selectors.all_charters():
        for window in (*[tier.window for tier in charter.tiers], charter.hold, charter.outer_limit):
            assert length(window.amount, window.unit) in page


@pytest.mark.usefixtures("_agreed")
def test_each_charter_a_criterion_leads_to_has_its_place_on_the_page(client):
    page = client.get("/charters/").content.decode()
    for rule in selectors.criteria():
        if charter := rule.outcome.get("charter"):
            assert f'id="{charter}"' in page


@pytest.mark.parametrize("kind", KINDS)
def test_where_nothing_is_agreed_nothing_is_shown(client, kind):
    assert client.get(f"/{kind}/").status_code == 404


@pytest.mark.parametrize("path", ["/", "/verify/", "/accessibility/", "/privacy/"])
def test_what_the_door_says_of_itself_needs_no_account_and_sets_no_cookie(client, path):
    answer = client.get(path)
    assert answer.status_code == 200
    assert not answer.cookies


@pytest.mark.parametrize("path", ["/", "/verify/", "/verify/EL-1/", "/criteria/", "/privacy/"])
def test_nothing_can_be_sent_to_it(client, path):
    assert client.post(path, {"x": json.dumps({})}).status_code == 405


def test_a_page_carries_its_language_and_the_nonce_of_its_policy(client):
    answer = client.get("/")
    page = answer.content.decode()
    assert '<html class="govuk-template" lang="en-gb"' in page
    nonce = page.split('nonce="')[1].split('"')[0]
    assert f"'nonce-{nonce}'" in answer.headers["Content-Security-Policy"]


def test_every_page_says_when_it_is_a_demonstration(client, settings):
    assert "app-demo" not in client.get("/privacy/").content.decode()
    settings.ENTENTE_DEMO = True
    assert "app-demo" in client.get("/privacy/").content.decode()


def test_an_address_that_leads_nowhere_answers_in_words(client):
    answer = client.get("/nothing-here/")
    assert answer.status_code == 404
    assert "not be yours to see" in answer.content.decode()
