"""The exporter's door in a browser: every page held to the rules, and filing without script at 320 px."""

import pytest
from playwright.sync_api import Page, expect

from ledger.testing import run_deliveries
from licensing.models import Application, Case
from licensing.services import applications, information
from members.models import Organisation, User
from tests import journeys
from tests.browser.conftest import follow
from tests.browser.test_workbench import sign_in

__all__ = ["sign_in"]
pytestmark = [
    pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("in_force"),
]  # fmt: skip


@pytest.mark.slow
def test_every_page_is_accessible_and_fits(
    live_server,
    page: Page,
    check,
    sign_in,
    exporter: User,
    organisation: Organisation,
    officer_of,
) -> None:
    draft = applications.start(actor=exporter, organisation=organisation)
    applications.replace_draft(actor=exporter, application=draft, dossier=journeys.dossier())
    case = journeys.file(exporter, organisation)
    asked = information.ask(
        actor=officer_of("DE"), case=case, reason_code="end_use_unclear", question="Which engine exactly?",
        sections=["end_use"], days=7,
    )  # fmt: skip
    sign_in(page, exporter)
    home = f"{live_server.url}/applications/"
    check(home)
    check(f"{home}is-a-licence-needed/?control_code=6A003&country=SG")
    for part in (
        "",
        "about/",
        "items/all/",
        "items/1/",
        "parties/all/",
        "parties/add/",
        "end_use/",
        "route/",
    ):
        check(f"{home}{draft.reference}/{part}")
    for part in ("documents/", "ground/", "commercial/", "check/"):
        check(f"{home}{draft.reference}/{part}")
    check(f"{home}{case.application.reference}/")
    check(f"{home}{case.application.reference}/withdraw/")
    check(f"{live_server.url}/questions/{asked.uid}/")
    check(f"{live_server.url}/licences/")


def test_an_exporter_files_at_320_px_without_javascript(
    live_server, plain_page: Page, sign_in, exporter: User
) -> None:
    page = plain_page
    page.set_viewport_size({"width": 320, "height": 700})
    sign_in(page, exporter)
    page.goto(f"{live_server.url}/applications/")
    page.get_by_role("button", name="Start an application").click()

    def task(name: str) -> None:
        follow(page.get_by_role("link", name=name, exact=True))

    def save() -> None:
        follow(page.get_by_role("button", name="Save and continue"))

    task("About this application")
    page.get_by_label("What is this application for?").fill("High-speed cameras")
    save()
    task("Items")
    page.get_by_role("button", name="Add an item").click()
    page.get_by_label("Description").fill("High-speed camera")
    page.get_by_label("Control list code").fill("6A003")
    page.get_by_label("HS code").fill("900710")
    page.get_by_label("Quantity").fill("4")
    page.get_by_label("Unit").select_option("KGM")
    page.get_by_label("Total value").fill("96000.00")
    page.get_by_label("Currency").fill("EUR")
    save()
    expect(page.get_by_role("alert")).to_contain_text("are not measured in kilograms")
    page.get_by_label("Unit").select_option("NAR")
    save()
    page.get_by_role("button", name="Continue").click()
    task("Parties")
    for role in ("Consignee", "End-user"):
        page.get_by_role("button", name="Add a party").click()
        page.get_by_label(role, exact=False).first.check()
        page.get_by_label("Organisation").check()
        page.get_by_label("Full name").fill("Straits Combustion Laboratory")
        page.get_by_label("Address").fill("8 Research Link, Singapore")
        page.get_by_label("Country").fill("SG")
        save()
    page.get_by_role("button", name="Continue").click()
    task("End-use")
    page.get_by_label("Where exactly").fill("8 Research Link, test hall 2")
    page.get_by_label("Country of that site").fill("SG")
    page.get_by_label("What will they be used for?").fill("industrial use in our factory")
    for box in page.get_by_role("checkbox").all():
        box.check()
    for radio in page.get_by_label("No", exact=True).all():
        radio.check()
    save()
    expect(page.get_by_role("alert")).to_contain_text("industrial use")
    page.get_by_label("What will they be used for?").fill(
        "Filming fuel sprays in an optical engine to validate combustion models."
    )
    save()
    task("Route")
    page.get_by_label("In which country").fill("FR")
    page.get_by_label("Legs of the route").fill("FRLEH SGSIN sea")
    save()
    task("Crisis or humanitarian ground")
    page.get_by_label("No ground").check()
    save()
    task("Payment")
    page.get_by_label("Bank transfer").check()
    page.get_by_label("No", exact=True).check()
    save()
    page.get_by_role("button", name="Check your answers").click()
    page.get_by_label("Your full name").fill("Mara Lindt")
    page.get_by_label("In which capacity").fill("Export manager")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Declare and submit").click()
    expect(page.get_by_role("main")).to_contain_text("Application registered")
    case = Case.objects.get(application=Application.objects.get())
    expect(page.get_by_role("main")).to_contain_text(case.reference)
    run_deliveries()
    page.get_by_role("button", name="Follow the application").click()
    expect(page.get_by_role("main")).to_contain_text("If nobody answers")
