"""The pages on which a holder has a licence changed or gives it up, and those on which officers answer."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from licensing.models import Application, Licence, LicenceChange
from members.models import Role, User
from tests.enforcement.conftest import licence
from tests.licensing.conftest import OfficerOf, answered, desk
from tests.workbench.conftest import signed_in
from tests.workbench.test_cases import SignedIn

__all__ = ["answered", "desk", "licence", "signed_in"]
pytestmark = pytest.mark.usefixtures("in_force")
WHY = "The laboratory has moved next door."


def post(browser: Client, address: str, answers: dict[str, str]) -> str:
    """Send a form that is right; return the page it leads to."""
    answer = browser.post(address, answers)
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    return str(answer.headers["Location"])


def page(browser: Client, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_an_amendment_from_the_holder_s_page_to_the_history(
    licence: Licence, exporter: User, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    holder, home = signed_in(exporter), f"/licences/{licence.number}/"
    assert f"{home}change/" in page(holder, home)
    assert f"{home}change/amend/" in page(holder, f"{home}change/")
    form = holder.get(f"{home}change/amend/").context["form"]
    stands = {name: str(field.initial or "") for name, field in form.fields.items()}
    at = {path: f"field_{number}" for number, (path, *_rest) in enumerate(form.offered)}
    address, origin = at["parties[0].address"], at["route.legs[0].origin"]
    wrong = holder.post(f"{home}change/amend/", {**stands, origin: "NLRTM", "reason": WHY})
    assert wrong.status_code == 422
    assert "does not touch NL" in str(wrong.context["form"].errors[origin])
    new = {**stands, address: "10 Research Link, Singapore", "reason": WHY}
    status = post(holder, f"{home}change/amend/", new)
    change = LicenceChange.objects.get()
    assert change.reference in status
    assert "10 Research Link" in page(holder, status)
    assert change.reference in page(holder, home)
    first, second = officer_of("DE"), officer_of("DE", Role.COUNTERSIGNER)
    desk, own = signed_in(first), f"/workbench/licence-changes/{change.reference}/"
    assert own in page(desk, "/workbench/licence-changes/")
    assert own in page(desk, f"/workbench/cases/{licence.case.reference}/")
    shown = page(desk, own)
    assert "8 Research Link" in shown
    assert "10 Research Link" in shown
    assert desk.post(f"{own}recommend/", {"proposal": "refuse", "remark": "No."}).status_code == 422
    post(desk, f"{own}recommend/", {"proposal": "grant", "remark": "The same party, next door."})
    desk = signed_in(second)
    assert own in page(desk, "/workbench/licence-changes/")
    assert desk.post(f"{own}send-back/", {"back-remark": "No."}).status_code == 422
    post(desk, f"{own}decide/", {})
    told = page(desk, f"/workbench/licences/{licence.number}/history/")
    assert first.name in told
    assert second.name in told
    assert "10 Research Link" in told
    seen = page(holder, f"{home}history/")
    assert "Two officers of Germany" in seen
    assert first.name not in seen
    assert "Edition 2" in page(holder, home)
    assert signed_in(officer_of("JP")).get(own).status_code == 404


def test_an_extension_asks_members_and_can_be_taken_back(
    licence: Licence, exporter: User, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    holder, home = signed_in(exporter), f"/licences/{licence.number}/"
    last = licence.valid_until + timedelta(days=60)
    given = {"valid_until": licence.valid_until.isoformat(), "reason": WHY}
    assert holder.post(f"{home}change/extend/", given).status_code == 422
    status = post(holder, f"{home}change/extend/", {**given, "valid_until": last.isoformat()})
    change = LicenceChange.objects.get()
    french, own = signed_in(officer_of("FR", Role.DECIDER)), f"/workbench/licence-changes/{change.reference}/"
    assert own in page(french, "/workbench/licence-changes/")
    assert french.post(f"{own}speak/", {"answer": "decline", "reason": ""}).status_code == 422
    post(french, f"{own}speak/", {"answer": "decline", "reason": "The port is closed to such goods."})
    assert "closed to such goods" in page(holder, status)
    assert "United States may still answer" in page(signed_in(officer_of("DE")), own)
    post(holder, status, {})
    assert LicenceChange.objects.get().status == "withdrawn"
    assert page(holder, status).count("Withdrawn")


def test_a_replacement_is_started_and_a_licence_given_up(
    licence: Licence, exporter: User, signed_in: SignedIn
) -> None:
    holder, home = signed_in(exporter), f"/licences/{licence.number}/"
    assert "Write totals" in page(holder, f"{home}change/replace/")
    draft = post(holder, f"{home}change/replace/", {})
    assert Application.objects.get(replaces=licence).reference in draft
    assert licence.number in page(holder, draft)
    assert Application.objects.get(replaces=licence).reference in page(holder, f"{home}change/")
    assert holder.post(f"{home}give-up/", {"reason": ""}).status_code == 422
    assert post(holder, f"{home}give-up/", {"reason": "Not needed any more."}) == home
    assert "nothing to give up" in page(holder, f"{home}give-up/")
    assert "change/" not in page(holder, home)
    assert "surrendered" in page(holder, f"{home}change/extend/")
