"""Third-party monitors: named by link, sent a token of which a hash is kept, heard once, judged by another."""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client

from config.links import HideLinks, hidden
from core import clock
from core.errors import Conflict, Forbidden, Gone, Invalid, NotFound
from correspondence.models import Document, Message, Notice
from correspondence.services import send_waiting
from deadlines import services as deadlines
from enforcement import policies, selectors
from enforcement.models import DeliveryVerification, MonitorLink, Shipment
from enforcement.services import deliveries, monitors
from enforcement.services.deliveries import Upload
from exemptions import allowances
from ledger.models import Event
from ledger.testing import run_deliveries
from licensing.models import Licence
from members.models import Role, User
from tests import journeys
from tests.enforcement.conftest import DAY, PNG, SEEN, again, confirmed, declared, departed, inspector
from tests.licensing.conftest import Desk

pytestmark = pytest.mark.usefixtures("in_force")
MEI = {
    "person": "Mei Tan",
    "organisation": "Harbour Survey Pte Ltd",
    "email": "mei.tan@harbour-survey.example",
}


def named(actor: User, shipment: Shipment, **changes: Any) -> MonitorLink:
    return monitors.name(actor=actor, shipment=shipment, **{**MEI, **changes})


def mailed() -> str:
    """Return the token of the last letter, as the monitor reads it."""
    run_deliveries()
    send_waiting()
    found = re.findall(r"/deliveries/([\w-]+)/", str(mail.outbox[-1].body))
    return str(found[0])


def said(shipment: Shipment, **changes: Any) -> dict[str, Any]:
    given = {
        "received": {row.licence_line.line: row.quantity for row in shipment.lines.all()},
        "delivered_at": clock.now(),
        "place": "Warehouse 4, Jurong",
        "person": "Mei Tan",
        "organisation": "Harbour Survey Pte Ltd",
        "uploads": [Upload("goods.png", BytesIO(PNG))],
    }
    return given | changes


def answers(shipment: Shipment, **changes: Any) -> dict[str, Any]:
    """What a monitor sends from the page."""
    now = clock.now()
    return {
        **{f"received_{row.licence_line.line}": str(row.quantity) for row in shipment.lines.all()},
        "delivered_on-day": now.day, "delivered_on-month": now.month, "delivered_on-year": now.year,
        "delivered_time": "00:00", "place": "Warehouse 4", "person": "Mei Tan",
        "organisation": "Harbour Survey", "stands": "on",
        "documents": SimpleUploadedFile("goods.png", PNG),
        **changes,
    }  # fmt: skip


def test_a_monitor_confirms_and_another_officer_than_named_them_judges(
    waived: Licence, exporter: User, desk: Desk
) -> None:
    shipment, officer = departed(exporter, waived), desk.officer_of("DE", Role.LICENSING_OFFICER)
    link = named(officer, shipment)
    token = mailed()
    letter = mail.outbox[-1]
    assert letter.to == [MEI["email"]]
    assert waived.holder.name not in letter.body
    assert MonitorLink.objects.get().token_sha256 == monitors.sha256_of(token)
    made = monitors.report(token=token, **said(shipment), remarks="Two boxes were wet.")
    run_deliveries()
    assert (made.monitor, made.confirmed_by, made.signed_by) == (link, None, "")
    assert (made.third_person, made.third_contact) == ("Mei Tan", MEI["email"])
    assert again(shipment).status == "delivered"
    event = Event.objects.get(type="delivery.monitored")
    assert (event.actor_kind, event.actor_id) == ("guest", str(link.uid))
    assert "Mei" not in f"{event.facts}{event.actor_label}{event.subject_label}"
    (photo,) = Document.objects.filter(kind="delivery_proof")
    assert photo.stored_by is None
    assert Notice.objects.filter(recipient=exporter, subject__contains="monitor has confirmed").exists()
    with pytest.raises(Forbidden, match="named the monitor"):
        deliveries.accept(actor=officer, verification=made, remark=SEEN)
    made.accept(officer, SEEN)
    with pytest.raises(DatabaseError, match="who named a monitor"), transaction.atomic():
        made.save()
    made = DeliveryVerification.objects.get()
    deliveries.accept(actor=inspector(), verification=made, remark=SEEN)
    assert selectors.states([shipment])[shipment.pk] == "accepted"
    with pytest.raises(Conflict, match="is verified"):
        named(exporter, shipment)


def test_a_link_opens_once_and_only_the_last_one(waived: Licence, exporter: User) -> None:
    shipment = departed(exporter, waived)
    link = named(exporter, shipment)
    first = mailed()
    newer = monitors.send_again(actor=exporter, link=link)
    for token, error in (("never-was-one", NotFound), (first, Gone)):
        with pytest.raises(error):
            monitors.opened(token)
    second = mailed()
    assert second != first
    with journeys.at(newer.expires_at - timedelta(seconds=1)):
        monitors.opened(second)
    with journeys.at(newer.expires_at), pytest.raises(Gone):
        monitors.report(token=second, **said(shipment))
    with pytest.raises(Invalid) as missing:
        monitors.report(token=second, **said(shipment, uploads=[]))
    assert "documents" in missing.value.fields
    monitors.report(token=second, **said(shipment))
    with pytest.raises(Gone):
        monitors.report(token=second, **said(shipment))
    for row in MonitorLink.objects.all():
        with pytest.raises(DatabaseError), transaction.atomic():
            MonitorLink.objects.filter(pk=row.pk).update(used_at=None, revoked_at=None)
    with pytest.raises(Conflict, match="looks at that first"):
        named(exporter, shipment)


def test_a_revoked_letter_is_not_sent_and_who_asked_is_told_of_silence(
    waived: Licence, exporter: User
) -> None:
    shipment = departed(exporter, waived)
    link = named(exporter, shipment)
    run_deliveries()
    monitors.revoke(actor=exporter, link=link)
    send_waiting()
    assert [one for one in mail.outbox if "/deliveries/" in one.body] == []
    assert Message.objects.get(about=f"monitorlink:{link.pk}").given_up_at is not None
    with pytest.raises(Forbidden, match="is over"):
        monitors.send_again(actor=exporter, link=link)
    with journeys.at(named(exporter, shipment).expires_at):
        deadlines.tick()
        run_deliveries()
    assert Notice.objects.filter(recipient=exporter, subject__contains="has not confirmed").count() == 1


def test_nobody_of_the_holders_is_its_monitor(waived: Licence, exporter: User, desk: Desk) -> None:
    one = {1: Decimal(1)}
    shipment, officer = departed(exporter, waived, quantities=one), desk.officer_of("DE")
    exporter_domain = exporter.email.rpartition("@")[2]
    for changes, field in (
        ({"email": exporter.email}, "email"),
        ({"email": f"else@{exporter_domain}"}, "email"),
        ({"email": f"else@field.{exporter_domain}"}, "email"),
        ({"email": "nobody"}, "email"),
        ({"organisation": f" {waived.holder.name.upper()}"}, "organisation"),
        ({"person": "M"}, "person"),
    ):
        for actor in (exporter, officer):
            with pytest.raises(Invalid) as error:
                named(actor, shipment, **changes)
            assert list(error.value.fields) == [field], changes
    User.objects.filter(pk=officer.pk).update(email="judge@authority.example")
    with pytest.raises(Invalid, match="cannot be named"):
        named(exporter, shipment, email="judge@authority.example")
    link = named(officer, shipment)
    for act in (lambda: named(exporter, shipment), lambda: monitors.revoke(actor=exporter, link=link)):
        with pytest.raises((Conflict, Forbidden), match="The authority has"):
            act()
    with pytest.raises(Forbidden, match="nobody of it"):
        monitors.report(token=mailed(), **said(shipment), visitor=exporter)
    with pytest.raises(Forbidden, match="Only what has left"):
        named(exporter, declared(exporter, waived, quantities=one))
    assert not policies.can_name_monitor(desk.officer_of("FR"), shipment)


def test_its_word_stands_beside_the_holders_and_the_first_of_both_counts(
    waived: Licence, exporter: User
) -> None:
    shipment = departed(exporter, waived)
    named(exporter, shipment)
    token, own = mailed(), confirmed(exporter, shipment)
    with journeys.at(clock.now() + DAY):
        monitors.report(token=token, **said(shipment))
        deliveries.reject(actor=inspector(), verification=own, remark="The photo shows another port.")
        assert selectors.states([shipment])[shipment.pk] == "confirmed"
        assert shipment.verify_by is not None
    with journeys.at(shipment.verify_by + DAY):
        assert allowances.record_of(waived.holder).open == ()
        theirs = DeliveryVerification.objects.get(monitor__isnull=False)
        deliveries.reject(actor=inspector(), verification=theirs, remark="The photo shows another port.")
        assert allowances.record_of(waived.holder).open == (shipment.reference,)


def test_the_page_shows_the_goods_alone_and_takes_the_answer_without_cookies(
    waived: Licence, exporter: User
) -> None:
    shipment = departed(exporter, waived)
    named(exporter, shipment)
    address, visitor = f"/deliveries/{mailed()}/", Client(enforce_csrf_checks=True)
    page = visitor.get(address)
    shown = page.content.decode()
    assert (page.status_code, page["Referrer-Policy"], page["X-Robots-Tag"]) == (
        200, "no-referrer", "noindex, nofollow",
    )  # fmt: skip
    assert "no-store" in page["Cache-Control"]
    assert shipment.reference in shown
    assert waived.lines.get().description in shown
    hidden_ones = {party["name"] for party in waived.parties} | {waived.holder.name, waived.number}
    assert [one for one in hidden_ones if one in shown] == []
    with journeys.at(clock.now() + DAY):
        program = SimpleUploadedFile("a.png", b"MZ" + b"\0" * 99)
        for changes in (
            {"documents": program},
            {"delivered_on-year": "2999"},
            {"stands": ""},
            {"received_1": ""},
        ):
            assert visitor.post(address, answers(shipment, **changes)).status_code == 422, changes
        done = visitor.post(address, answers(shipment))
    assert (done.status_code, "SHA-256" in done.content.decode()) == (200, True)
    used, unknown = visitor.get(address), visitor.get("/deliveries/never-was-one/")
    assert (used.status_code, unknown.status_code) == (410, 404)
    assert used["Referrer-Policy"] == unknown["Referrer-Policy"] == "no-referrer"
    for over in (used, unknown):
        assert "ask for another link" in over.content.decode()


def test_no_log_keeps_a_link() -> None:
    line = '"GET /deliveries/s3cr-et_/ HTTP/1.1" 200 "https://x/invitation/ab:cd/?next=1"'
    assert hidden(line) == '"GET /deliveries/hidden/ HTTP/1.1" 200 "https://x/invitation/hidden/?next=1"'
    record = logging.LogRecord("django.request", 30, "", 0, "Gone: %s", ("/deliveries/s3cr-et_/",), None)
    assert HideLinks().filter(record)
    assert record.getMessage() == "Gone: /deliveries/hidden/"
    event = logging.LogRecord("x", 30, "", 0, {"event": "seen", "path": "/deliveries/ab/"}, None, None)
    assert HideLinks().filter(event)
    assert event.msg == {"event": "seen", "path": "/deliveries/hidden/"}
