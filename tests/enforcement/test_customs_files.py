"""Files of a customs system: licences told, answers read, usage carried out once and answered row by row."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from core.errors import Conflict, Forbidden, Invalid
from enforcement import selectors
from enforcement.adapters import licences as told
from enforcement.adapters import payloads, records
from enforcement.adapters.records import File, Record
from enforcement.models import CustomsFile, DrawdownLine, Reservation, SentLicence
from enforcement.services import customs_files, usage_files
from ledger.testing import run_deliveries
from licensing.models import Licence
from licensing.services import licences
from members.models import Role, User
from tests import factories
from tests.enforcement.conftest import WHY, customs
from tests.enforcement.test_adapters import sample
from tests.licensing.conftest import Desk
from tests.licensing.test_changes import amendment, decided

pytestmark = pytest.mark.usefixtures("in_force")


def row(kind: str, quantity: object, ucr: str = "9GB000001328000-PE112345", part: str = "R") -> Record:
    return Record("usage", (kind, ucr, part, "20261127", str(quantity), "0", "", "000262", "", "", "", ""))


def usage(licence: Licence, *rows: Record, run: int = 1, line: int = 1, number: str = "") -> str:
    inside = Record("line", (str(line), "0", "0", ""), tuple(rows))
    whole = Record(
        "licenceUsage", (f"LU{run:05}/00001", "insert", number or licence.number, "O", ""), (inside,)
    )
    return usage_file([whole], run)


def usage_file(transactions: Sequence[Record], run: int = 1) -> str:
    header = ("CHIEF", "ENTENTE", "usageData", "202611270300", str(run), "")
    return records.write(File("usageData", header, tuple(transactions)))


def received(actor: User, text: str) -> CustomsFile:
    return usage_files.receive(actor=actor, text=text)


def left(licence: Licence) -> Decimal:
    (one,) = selectors.left_of(licence)
    return one.left


def answers(file: CustomsFile) -> list[tuple[str, str]]:
    found = records.read(file.answer, "usageReply")
    assert (found.faults, found.field_faults) == ((), ())
    return [(one.kind, one.fields[0]) for one in found.records]


def test_usage_is_drawn_set_right_and_cancelled_and_each_run_counts_once(licence: Licence) -> None:
    guard, all_of_it = customs(), licence.lines.get().quantity
    first = received(guard, usage(licence, row("O", 2), row("L", "1", part="L"), row("M", 0)))
    assert (answers(first), left(licence)) == ([("accepted", "LU00001/00001")], all_of_it - 3)
    again = received(guard, usage(licence, row("O", 2), row("L", "1", part="L"), row("M", 0)))
    assert (again.pk, left(licence), CustomsFile.objects.count()) == (first.pk, all_of_it - 3, 1)
    with pytest.raises(Conflict, match="another content"):
        received(guard, usage(licence, row("O", 1)))
    received(guard, usage(licence, row("A", 1), row("C", 1, part="L"), run=2))
    assert left(licence) == all_of_it - 1
    lines = DrawdownLine.objects.order_by("pk").values_list("kind", "quantity")
    assert list(lines) == [("original", 2), ("late", 1), ("adjusted", -1), ("contra", -1)]
    one = Reservation.objects.order_by("pk")[0]
    assert (one.office, one.declaration) == ("DECHIEF", "9GB000001328000-PE112345/R")


def test_a_transaction_is_done_as_a_whole_or_not_and_each_row_says_what_is_wrong(licence: Licence) -> None:
    guard, all_of_it = customs(), licence.lines.get().quantity
    wrong = usage(
        licence,
        row("O", 1),
        row("O", 99, part="X"),
        row("O", 0, part="Y"),
        row("A", 1, part="Z"),
        row("O", 1),
    )
    file = received(guard, wrong)
    assert (answers(file), left(licence)) == ([("rejected", "LU00001/00001")], all_of_it)
    places = [text.partition(":")[0] for text in file.faults]
    assert places == ["Line 5, quantityUsed", "Line 6, quantityUsed", "Line 7, declarationUCR", "Line 8"]
    assert "are left, and 99 are asked for" in file.faults[0]
    assert not Reservation.objects.exists()
    for run, (text, place) in enumerate(
        (
            (usage(licence, row("O", 1), run=2, line=9), "Line 3, lineNum"),
            (usage(licence, row("O", 1), run=3, number="GBSIEL/2020/0000001/P"), "Line 2, licenceRef"),
            (usage(licence, row("X", 1), run=4), "Line 4, usageType"),
            (usage(licence, row("O", 1), run=5).replace("insert", "cancel"), "Line 2, action"),
            (
                usage(licence, row("O", 1, ucr="9GB000001328000-PE1123456789012345"), run=6),
                "Line 4, declarationUCR",
            ),
        ),
        2,
    ):
        file = received(guard, text)
        assert (answers(file)[0][0], file.run_number, file.faults[0].partition(":")[0]) == (
            "rejected",
            run,
            place,
        )
    good = Record(
        "licenceUsage",
        ("LU7/1", "insert", licence.number, "O", ""),
        (Record("line", ("1", "", "", ""), (row("O", 1),)),),
    )
    bad = Record("licenceUsage", ("LU7/2", "insert", "EL-0000-0000", "O", ""), ())
    file = received(guard, usage_file([good, bad, good], 7))
    assert answers(file) == [("accepted", "LU7/1"), ("rejected", "LU7/2"), ("rejected", "LU7/1")]
    assert (file.accepted, file.rejected, left(licence)) == (1, 2, all_of_it - 1)


def test_a_damaged_file_is_answered_as_a_whole_and_nothing_of_it_is_done(licence: Licence) -> None:
    guard, all_of_it = customs(), licence.lines.get().quantity
    text = usage(licence, row("O", 1)).replace("\\end\\line\\3", "\\end\\line\\4")
    file = received(guard, text)
    assert (answers(file), left(licence)) == ([("fileError", "4")], all_of_it)
    assert file.faults == ["Line 5, recordCount: it says 4, and there are 3."]
    header = "1\\fileHeader\\CHIEF\\X\\usageData\\202611270300\\"
    for unreadable in ("", "no file", f"{header}x\\", f"{header}{'9' * 5000}\\", "\x00"):
        with pytest.raises(Invalid) as wrong:
            received(guard, unreadable)
        assert "file" in wrong.value.fields
    sampled = received(guard, sample("license_usage_file"))
    assert (sampled.accepted, sampled.rejected) == (0, 7), "none of its licences is ours"
    for person in (factories.officer_of("DE", Role.DECIDER), factories.exporter_of(licence.holder)):
        with pytest.raises(Forbidden, match="customs"):
            received(person, text)


def reply(run: int, *said: Record) -> str:
    return records.write(
        File("licenceReply", ("CHIEF", "ENTENTE", "licenceReply", "202611270300", str(run), ""), said)
    )


def test_licences_are_told_new_and_ended_and_what_was_rejected_again(licence: Licence, desk: Desk) -> None:
    guard = customs()
    first = customs_files.send_licences(actor=guard)
    file = records.read(first.text, "licenceData")
    assert (file.faults, file.field_faults) == ((), ())
    (one,) = file.records
    assert [each.kind for each in one.inside] == [
        "trader",
        "country",
        "foreignTrader",
        "restrictions",
        "line",
    ]
    assert (file.get(one, "action"), file.get(one, "licenceRef")) == ("insert", licence.number)
    line = one.inside[-1]
    assert (file.get(line, "quantityUnit"), file.get(line, "quantityIssued")) == (
        "30",
        f"{licence.lines.get().quantity:.0f}",
    )
    with pytest.raises(Conflict, match="no answer yet"):
        customs_files.send_licences(actor=guard)
    name = SentLicence.objects.get().reference
    why = Record("error", ("76543", "Invalid commodity"))
    answer = reply(1, Record("rejected", (name,), (why,)))
    for wrong in (
        reply(2, Record("accepted", (name,))),
        reply(1, Record("accepted", ("X1",))),
        reply(1, Record("accepted", (name,)), Record("accepted", (name,))),
        answer.replace("fileTrailer\\0\\1\\0", "fileTrailer\\1\\1\\0"),
    ):
        with pytest.raises(Invalid) as error:
            usage_files.receive(actor=guard, text=wrong)
        assert error.value.fields["file"][0].startswith("Line ")
    read = customs_files.receive_licence_reply(actor=guard, text=answer)
    assert (read.rejected, SentLicence.objects.get().errors) == (1, ["76543 Invalid commodity"])
    assert customs_files.receive_licence_reply(actor=guard, text=answer).pk == read.pk
    second = customs_files.send_licences(actor=guard)
    name = second.sent.get().reference
    customs_files.receive_licence_reply(actor=guard, text=reply(2, Record("accepted", (name,))))
    with pytest.raises(Conflict, match="nothing to tell"):
        customs_files.send_licences(actor=guard)
    licences.revoke(actor=desk.officer_of("DE", Role.DECIDER), licence=licence, reason=WHY)
    third = customs_files.send_licences(actor=guard)
    assert [(one.action, one.licence) for one in third.sent.all()] == [("cancel", licence)]
    with pytest.raises(Conflict, match="nothing to tell"):
        customs_files.send_licences(actor=customs("JP"))
    with pytest.raises(DatabaseError), transaction.atomic():
        CustomsFile.objects.update(text="")


def test_a_licence_is_a_payload_of_the_gateway(licence: Licence) -> None:
    found = payloads.read(told.payload_text(licence, "update"))
    assert (found.reference, found.type, found.old_id) == (licence.number, "siel", str(licence.uid))
    assert [(one.unit, one.quantity) for one in found.goods] == [("NAR", licence.lines.get().quantity)]
    assert found.end_user is not None
    assert found.organisation.name == licence.holder.name


def test_customs_are_told_that_a_limit_was_lowered_to_what_is_used_up(
    licence: Licence, exporter: User, desk: Desk
) -> None:
    guard = customs()
    name = customs_files.send_licences(actor=guard).sent.get().reference
    customs_files.receive_licence_reply(actor=guard, text=reply(1, Record("accepted", (name,))))
    received(guard, usage(licence, row("O", 1)))
    change = amendment(
        exporter,
        licence,
        ("lines[1].quantity", "1"),
        ("holder.address", "Uferstraße 2, 50667 Köln am Rhein, Germany"),
    )
    decided(desk.officer_of, change)
    run_deliveries()
    assert Licence.objects.get().status == "exhausted"
    again = customs_files.send_licences(actor=guard)
    assert [one.action for one in again.sent.all()] == ["replace"]
    file = records.read(again.text, "licenceData")
    trader, line = file.records[0].inside[0], file.records[0].inside[-1]
    assert file.get(line, "quantityIssued") == "1"
    assert (file.get(trader, "address1"), file.get(trader, "address2")) == (
        "Uferstraße 2, 50667 Köln am Rhein,",
        "Germany",
    )
