"""The pages of authorisations: registering, declaring, reporting, barring, granting; and what systems ask."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from rest_framework.test import APIClient

from alliance import instruments
from api.examples import AUTHORISATION_USE as USE
from api.views.authorisations import ENDED, REGISTRATION
from core import clock
from exemptions.models import Authorisation, Bar, Registration, Use
from ledger.models import Event
from licensing import using
from licensing.models import Application
from members.models import Organisation, Role, User
from tests import authorisations as made
from tests import crises, factories, journeys
from tests.api.conftest import client_of
from tests.authorisations import HANBIT, WHY, asked, to
from tests.crises import decider, seat
from tests.workbench.test_queries import queries

__all__ = ["client_of"]
pytestmark = pytest.mark.usefixtures("in_force")
SignedIn = Callable[[User], Client]
KEY = "trusted-destinations"


def answers(**changes: Any) -> dict[str, Any]:
    place = {"name": HANBIT, "address": "8 Gwahak-ro, Daejeon", "country": "kr"}
    day = clock.today() - timedelta(days=1)
    return {
        "description_1": "High-speed camera",
        "control_code_1": "6a003",
        "hs_code_1": "900710",
        "quantity_1": "2",
        "unit_1": "NAR",
        "value_1": "48000",
        "currency": "EUR",
        **{f"consignee_{name}": value for name, value in place.items()},
        "end_user_same": "yes",
        "purpose": "sale",
        "end_use": made.END_USE,
        "military_end_user": "no",
        "informed": "no",
        "free_zone": "no",
        "statements": ["no_reexport"],
        "statement_by": "Park Ji-woo, purchasing",
        "statement_on-day": str(day.day),
        "statement_on-month": str(day.month),
        "statement_on-year": str(day.year),
        **changes,
    }


def test_an_exporter_finds_registers_declares_and_reports(exporter: User, signed_in: SignedIn) -> None:
    browser = signed_in(exporter)
    found = browser.get("/registrations/", {"control_codes": "6A003", "country": "kr"}).content.decode()
    assert f"/registrations/for/{KEY}/" in found
    assert "An officer looks at it" in found, "EU002: its list is held in part"
    assert browser.get("/registrations/", {"control_codes": "", "country": "KR"}).status_code == 422
    page = f"/registrations/for/{KEY}/"
    assert "Trusted destinations" in browser.get(page).content.decode()
    assert browser.post(page, {}).status_code == 422
    terms = instruments.terms_of(made.instrument(KEY))
    answer = browser.post(page, {"undertakings": [one.key for one in terms.undertakings]})
    assert answer.status_code == 302
    home = answer["Location"]
    assert browser.post(page, {"undertakings": [one.key for one in terms.undertakings]}).status_code == 422
    form = f"{home}use/"
    assert browser.get(form).status_code == 200
    for name, wrong in (
        ("control_code_1", "camera"),
        ("value_1", "much"),
        ("quantity_1", ""),
        ("consignee_country", "XX"),
        ("end_use", "For industrial use."),
        ("end_user_same", "no"),
        ("description_2", "Another"),
        ("other_name", "A forwarder"),
        ("statement_by", ""),
    ):
        answer = browser.post(form, answers(**{name: wrong}))
        assert answer.status_code == 422, name
        place = {
            "end_user_same": "end_user_name",
            "description_2": "control_code_2",
            "other_name": "other_address",
        }
        assert f'href="#id_{place.get(name, name)}' in answer.content.decode(), name
    assert not Use.objects.exists()
    answer = browser.post(form, answers())
    said = browser.get(answer["Location"]).content.decode()
    use = Use.objects.get()
    assert "The use is recorded" in said
    assert f"TD1, {use.reference}" in said
    assert use.destination == "KR"
    assert "None yet" not in browser.get(home).content.decode()
    assert browser.post(f"{home}report/", {"exports": "-1", "found": WHY}).status_code == 422
    assert "1 exports" not in browser.get(f"{home}report/").content.decode()
    assert browser.post(f"{home}report/", {"exports": "1", "found": WHY}).status_code == 302
    digest = Event.objects.get(type="registration.reported").facts["sha256"]
    assert digest in browser.get(home).content.decode()
    assert browser.post(f"{home}end/", {"reason": "no"}).status_code == 422
    assert browser.post(f"{home}end/", {"reason": WHY}).status_code == 302
    assert "Ended" in browser.get(home).content.decode()


def test_a_refused_use_tells_rule_and_next_step_and_nothing_is_lost(
    exporter: User, organisation: Organisation, signed_in: SignedIn
) -> None:
    registration = made.registered(exporter, organisation)
    browser = signed_in(exporter)
    form = f"/registrations/{registration.reference}/use/"
    answer = browser.post(form, answers(statements=[], informed="yes"))
    use = Use.objects.get()
    said = browser.get(answer["Location"]).content.decode()
    assert "The use is refused" in said
    assert "Not confirmed" in said
    assert "Articles 4, 5, 9 and 10" in said, "the rule itself"
    again = browser.get(f"{form}?after={use.reference}").content.decode()
    assert made.END_USE in again
    assert 'value="6A003"' in again
    answer = browser.post(f"/uses/{use.reference}/apply/")
    application = Application.objects.get()
    assert answer["Location"] == f"/applications/{application.reference}/"
    assert browser.get(answer["Location"]).status_code == 200
    assert application.draft["items"][0]["value"] == "48000"
    foreign = signed_in(factories.exporter_of(factories.OrganisationFactory()))
    for path in (form, f"/registrations/{registration.reference}/", f"/uses/{use.reference}/"):
        assert foreign.get(path).status_code == 404
    assert foreign.post(f"/uses/{use.reference}/apply/").status_code == 404


def test_a_programme_is_proved_and_read_by_officers(
    exporter: User, organisation: Organisation, signed_in: SignedIn
) -> None:
    terms = instruments.terms_of(made.instrument("eu007"))
    proof = SimpleUploadedFile("programme.txt", b"Who checks what, and when it was audited.", "text/plain")
    given = {"undertakings": [one.key for one in terms.undertakings], "programme": WHY, "document": proof}
    answer = signed_in(exporter).post("/registrations/for/eu007/", given)
    assert answer.status_code == 302
    registration = Registration.objects.get()
    assert registration.document is not None
    page = (
        signed_in(decider("DE")).get(f"/workbench/registrations/{registration.reference}/").content.decode()
    )
    assert registration.document.sha256 in page
    assert "In notice" in page
    proved = f"/workbench/registrations/{registration.reference}/proof/"
    handed_out = signed_in(decider("DE")).get(proved)
    assert b"".join(handed_out.streaming_content).startswith(b"Who checks what")  # type: ignore[attr-defined]
    assert signed_in(decider("FR")).get(proved).status_code == 404


def test_officers_judge_a_use_bar_an_exporter_and_lift_it(
    exporter: User, organisation: Organisation, signed_in: SignedIn
) -> None:
    registration = made.registered(exporter, organisation, "eu001")
    use = using.declare(actor=exporter, registration=registration, asked=asked("eu001", parties=to("US")))
    first, second = signed_in(decider("DE")), signed_in(decider("DE"))
    assert use.reference in first.get("/workbench/authorisations/").content.decode()
    page = f"/workbench/uses/{use.reference}/"
    assert "Section I" in first.get(page).content.decode()
    assert signed_in(decider("FR")).get(page).status_code == 404, "it waits at its own member"
    assert first.post(f"{page}accept/", {"reason": "ok"}).status_code == 422
    home = f"/workbench/registrations/{registration.reference}/"
    assert first.post(f"{home}bar/", {"reason": WHY, "told": "no"}).status_code == 422
    assert signed_in(decider("FR")).post(f"{home}bar/", {"reason": WHY, "told": "yes"}).status_code == 403
    assert first.post(f"{home}bar/", {"reason": WHY, "told": "yes", "keys": ["eu001"]}).status_code == 302
    answer = first.post(f"{page}accept/", {"reason": WHY})
    assert (answer.status_code, "has barred the exporter" in answer.content.decode()) == (409, True)
    bar = Bar.objects.get()
    assert first.post(f"/workbench/bars/{bar.uid}/lift/", {"reason": WHY}).status_code == 403
    assert "barred" in second.get("/workbench/authorisations/").content.decode()
    assert second.post(f"/workbench/bars/{bar.uid}/lift/", {"reason": WHY}).status_code == 302
    assert first.post(f"{page}accept/", {"reason": WHY}).status_code == 302
    assert "Holds now" in signed_in(decider("FR")).get(page).content.decode()
    assert "active" in second.get("/workbench/registrations/").content.decode().lower()


def test_a_template_is_activated_for_a_crisis_by_two_seats(
    organisation: Organisation, exporter: User, signed_in: SignedIn
) -> None:
    declaration = crises.in_force("DE", "FR", set_key=crises.a_set())
    first, second = signed_in(seat("DE")), signed_in(seat("FR"))
    page = "/workbench/authorisations/new/crisis-supply/"
    assert declaration.reference in first.get(page).content.decode()
    given = {
        **{name: str(value) for name, value in made.bounds().items()},
        "bound": declaration.reference,
        "control_codes": "6a, 6D".upper(),
        "destinations": "kr",
        "recipients": HANBIT,
    }
    for name, wrong in (("cap", "0"), ("recipients", "x"), ("bound", ""), ("last_day", "2099-01-01")):
        answer = first.post(page, {**given, name: wrong})
        assert (answer.status_code, f'href="#id_{name}' in answer.content.decode()) == (422, True), name
    assert first.post(page, given).status_code == 302
    draft = Authorisation.objects.get()
    home = f"/workbench/authorisations/{draft.reference}/"
    assert first.post(f"{home}grant/").status_code == 403
    assert second.post(f"{home}grant/").status_code == 302
    assert second.post(f"{home}grant/").status_code == 409
    shop = signed_in(exporter)
    assert draft.reference in shop.get("/registrations/for/crisis-supply/").content.decode()
    terms = instruments.terms_of(made.instrument("crisis-supply"))
    register = {"undertakings": [one.key for one in terms.undertakings], "authorisation": draft.reference}
    assert shop.post("/registrations/for/crisis-supply/", register).status_code == 302
    assert organisation.name in second.get(home).content.decode()
    crises.end(declaration)
    assert "Expired" in second.get("/workbench/authorisations/").content.decode()
    assert "Nothing has been granted" in shop.get("/registrations/for/crisis-supply/").content.decode()


def test_lists_take_as_many_queries_for_one_as_for_many(
    exporter: User, organisation: Organisation, signed_in: SignedIn
) -> None:
    """Baselines: raise them only with a reason."""
    officer, shop = signed_in(decider("DE")), signed_in(exporter)
    pages = (
        (officer, "/workbench/authorisations/", 17),
        (officer, "/workbench/registrations/", 15),
        (shop, "/registrations/", 15),
    )
    using.declare(
        actor=exporter,
        registration=made.registered(exporter, organisation, "eu001"),
        asked=asked("eu001", parties=to("US")),
    )
    few = [queries(browser, address) for browser, address, _most in pages]
    for key in ("eu008", "relief", KEY):
        made.registered(exporter, organisation, key)
    for _number in range(2):
        found = Registration.objects.get(key="eu001")
        using.declare(actor=exporter, registration=found, asked=asked("eu001", parties=to("US")))
    for (browser, address, most), before in zip(pages, few, strict=True):
        assert queries(browser, address) <= before <= most, address


def test_anyone_reads_the_authorisations_and_their_rules(client: Client) -> None:
    page = client.get("/authorisations/").content.decode()
    assert "EU008" in page
    assert "a hard stop, whatever else holds" in page
    assert client.get("/authorisations/?format=json").json()["kind"] == "authorisations"
    one = client.get("/authorisations/eu001/").content.decode()
    assert "List not held" in one
    assert client.get("/authorisations/eu001/?format=json").json()["key"] == "eu001"
    assert client.get("/authorisations/eu999/").status_code == 404


def test_systems_declare_a_use_and_customs_ask_whether_it_holds(
    exporter: User, organisation: Organisation, client_of: Callable[..., APIClient]
) -> None:
    registration = made.registered(exporter, organisation)
    erp, customs = client_of(exporter), client_of(factories.officer_of("FR", Role.CUSTOMS_OFFICER))
    path = f"/api/v1/registrations/{registration.reference}/"
    assert erp.get(path).json()["status"] == "active"
    assert erp.get("/api/v1/registrations/").json()["results"][0]["key"] == KEY
    answer = erp.post(f"{path}uses/", {**USE, "lines": []}, format="json")
    assert answer.status_code == 422
    assert customs.post(f"{path}uses/", USE, format="json").status_code == 403
    refused = erp.post(f"{path}uses/", {**USE, "statements": []}, format="json").json()
    assert (refused["status"], refused["findings"][0]["rule"]) == ("refused", "statements_made")
    use = erp.post(f"{path}uses/", USE, format="json").json()
    assert use["status"] == "recorded"
    asked_at = f"/api/v1/authorisations/{KEY}/uses/{use['reference']}/"
    assert customs.get(asked_at).json()["holds"] is True
    assert customs.get(f"/api/v1/authorisations/relief/uses/{use['reference']}/").status_code == 404
    first = registration.reports.first()
    assert first is not None
    with journeys.at(first.due_at - timedelta(days=1)):
        use = erp.post(f"{path}uses/", USE, format="json").json()
        asked_at = f"/api/v1/authorisations/{KEY}/uses/{use['reference']}/"
        assert customs.get(asked_at).json()["holds"] is True
    with journeys.at(first.due_at):
        found = customs.get(asked_at).json()
        assert (found["holds"], "by its date" in found["reasons"][0]) == (False, True)
        assert erp.get(path).json()["status"] == "suspended"
        filed = erp.post(f"{path}reports/", {"exports": 2, "found": WHY}, format="json")
        assert (filed.status_code, filed.json()["late"]) == (201, True)
    keys = {one["key"] for one in customs.get("/api/v1/authorisations/").json()}
    assert {"eu001", KEY, "crisis-supply"} <= keys
    assert customs.get(f"/api/v1/authorisations/{KEY}/").json()["terms"]["short"] == "TD1"
    assert customs.get("/api/v1/authorisations/none/").status_code == 404


def test_a_system_registers_and_ends_what_it_no_longer_needs(
    exporter: User, organisation: Organisation, client_of: Callable[..., APIClient]
) -> None:
    erp, address = client_of(exporter), "/api/v1/registrations/"
    wrong = erp.post(address, {**REGISTRATION, "undertakings": []}, format="json").json()["errors"]
    assert [one["pointer"] for one in wrong] == ["undertakings"] * 2
    assert erp.post(address, {**REGISTRATION, "authorisation": "none"}, format="json").status_code == 404
    made = erp.post(address, REGISTRATION, format="json").json()
    assert made["key"] == REGISTRATION["authorisation"]
    assert erp.post(address, REGISTRATION, format="json").status_code == 409
    ended = erp.post(f"{address}{made['reference']}/end/", ENDED, format="json").json()
    assert ended["status"] == "ended"


def test_every_use_is_reached_page_by_page(
    exporter: User, organisation: Organisation, signed_in: SignedIn
) -> None:
    registration = made.registered(exporter, organisation, "eu001")
    first = using.declare(actor=exporter, registration=registration, asked=asked("eu001", parties=to("US")))
    kept = {field.name: getattr(first, field.name) for field in Use._meta.fields if field.name != "id"}
    others = [
        Use(**{**kept, "reference": f"US-{n:04}-0000", "uid": uuid.uuid4(), "declared_at": clock.now()})
        for n in range(25)
    ]
    Use.objects.bulk_create(others)
    assert first.status == Use.Status.IN_REVIEW
    officer, home = signed_in(decider("DE")), signed_in(exporter)
    for browser, page, key in (
        (officer, f"/workbench/registrations/{registration.reference}/", "page"),
        (officer, "/workbench/authorisations/", "waiting"),
        (home, f"/registrations/{registration.reference}/", "page"),
    ):
        shown = [browser.get(f"{page}?{key}={number}").content.decode() for number in (1, 2)]
        assert [first.reference in one for one in shown].count(True) == 1, page
        assert all(f"?{key}=2" in one for one in shown), page
        assert all(sum(one.reference in text for text in shown) == 1 for one in others), page
