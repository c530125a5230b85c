"""Usage that a customs system tells in a file: drawn, set right and cancelled, with an answer to each transaction.

A file is read in once and as a whole, each of its transactions all or not at all. Rows draw at the office that
stands for the system, for declaration and part as they name them: `O` draws, `L` draws late, `A` sets right to the
quantity it gives, `C` cancels, `M` is a message alone. Values stand in the file and bind nothing: our lines are
controlled by quantity.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.errors import EntenteError, Invalid, NotCovered
from core.policies import require
from enforcement import policies
from enforcement.adapters import records
from enforcement.adapters.records import WRONG_FIELD, Fault, File, Record, plain
from enforcement.models import CustomsFile, Reservation
from enforcement.services import customs_files, drawdown
from enforcement.services.common import locked_licence
from licensing.models import Licence, LicenceLine
from licensing.services import locks
from members.models import Jurisdiction, User

Kind = CustomsFile.Kind
WHY = gettext_lazy("Told by customs in their usage file.")


class _Rejected(Exception):
    """Nothing of a transaction is done."""


def office_of(member: str, system: str) -> str:
    """Return the office that stands for a system of customs, such as GBCHIEF."""
    letters = re.sub(r"[^A-Z0-9]", "", system.upper())[:8]
    return f"{member}{letters:0<3}"


def receive(*, actor: User, text: str) -> CustomsFile:
    """Read in a file of whichever kind its header names: usage, or the answer to licences."""
    kind = records.data_id_of(text)
    if kind == Kind.LICENCE_REPLY:
        return customs_files.receive_licence_reply(actor=actor, text=text)
    if kind == Kind.USAGE:
        return receive_usage(actor=actor, text=text)
    require(policies.can_exchange_files, actor)
    if not kind:
        told = _(
            "This is no file of customs: it begins with a fileHeader that says usageData or licenceReply."
        )
        raise Invalid.field("file", told)
    told = _("Line 1, dataId: %(kind)s is not read in here. It is usageData or licenceReply.")
    raise Invalid.field("file", told % {"kind": plain(kind, 30)})


@transaction.atomic
def receive_usage(*, actor: User, text: str) -> CustomsFile:
    """Read a usage file in, and keep the answer to it with what was accepted and why not the rest.

    A file that is damaged as a whole is answered so, and nothing of it is done. Invalid where not even its header
    can be read. The same run again is the file that was kept first, with its answer and no further effect.
    """
    require(policies.can_exchange_files, actor)
    member = customs_files.locked_member(actor)
    file = customs_files.opened(text, Kind.USAGE)
    row = customs_files.known(member, Kind.USAGE, file, text)
    if row is not None:
        return row
    if file.faults:
        answers = [_file_error(one) for one in file.faults[:200]]
        told = [one.told for one in file.faults[:200]]
        return _kept(actor, member, file, text, answers, told)
    found = _licences(file)
    for case in sorted({one.case_id for one in found.values()}):
        locks.lock(case)
    answers, told, before = [], [], set[str]()
    for one in file.records:
        faults = _carried_out(_Transaction(actor, member, file, one, found), before)
        before.add(file.get(one, "transactionRef"))
        answers.append(_answer(file, one, faults))
        told += [fault.told for fault in faults]
    return _kept(actor, member, file, text, answers, told)


def _licences(file: File) -> dict[str, Licence]:
    numbers = {file.get(one, "licenceRef").upper() for one in file.records}
    return {one.number: one for one in Licence.objects.filter(number__in=numbers)}


def _kept(
    actor: User, member: Jurisdiction, file: File, text: str, answers: list[Record], told: list[str]
) -> CustomsFile:
    reply = File(
        "usageReply",
        (
            plain(file.head("destinationSystem"), 20) or customs_files.OURS,
            plain(file.head("sourceSystem"), 20),
            "usageReply",
            clock.now().strftime("%Y%m%d%H%M"),
            file.head("runNum"),
        ),
        tuple(answers),
    )
    kinds = [one.kind for one in answers]
    return customs_files.keep(
        actor, member, Kind.USAGE, file, text,
        answer=records.write(reply), accepted=kinds.count("accepted"), rejected=kinds.count("rejected"),
        faults=told[:500],
    )  # fmt: skip


def _file_error(fault: Fault) -> Record:
    return Record("fileError", (str(fault.code), plain(fault.told, 200), str(fault.line)))


def _answer(file: File, one: Record, faults: list[Fault]) -> Record:
    name = plain(file.get(one, "transactionRef"), 35) or "-"
    if not faults:
        return Record("accepted", (name,))
    errors = (Record("error", (str(fault.code), plain(fault.told, 200))) for fault in faults[:100])
    return Record("rejected", (name,), tuple(errors))


def _carried_out(this: _Transaction, before: set[str]) -> list[Fault]:
    """Carry a transaction out, or say everything that is wrong with it and leave nothing of it."""
    faults = this.file.faults_of(this.record) or this.wrong(before)
    if faults:
        return faults
    try:
        with transaction.atomic():
            faults = this.carry_out()
            if faults:
                raise _Rejected
    except _Rejected:
        return faults
    return []


class _Transaction:
    """What a file tells of one licence."""

    def __init__(
        self, actor: User, member: Jurisdiction, file: File, record: Record, known: dict[str, Licence]
    ) -> None:
        self.actor, self.member, self.file, self.record = actor, member, file, record
        self.licence = known.get(file.get(record, "licenceRef").upper())
        self.office = office_of(member.code, file.head("sourceSystem"))

    def _fault(self, record: Record, name: str, text: str) -> Fault:
        return Fault(record.line, name, text, WRONG_FIELD)

    def wrong(self, before: set[str]) -> list[Fault]:
        """Say what is wrong before anything is looked up."""
        found = []
        if self.file.get(self.record, "transactionRef") in before:
            found.append(self._fault(self.record, "transactionRef", _("it stands in this file already.")))
        if self.file.get(self.record, "action") != "insert":
            found.append(self._fault(self.record, "action", _("usage is only ever inserted.")))
        if self.licence is None or self.member.code not in self.licence.territory:
            found.append(self._fault(self.record, "licenceRef", _("no licence of this number holds here.")))
        elif not policies.can_draw(self.actor, self.licence):
            found.append(
                self._fault(self.record, "licenceRef", _("you belong to the exporter's organisation."))
            )
        return found

    def carry_out(self) -> list[Fault]:
        assert self.licence is not None
        licence, found = locked_licence(self.licence), []
        lines = {one.line: one for one in licence.lines.all()}
        for told in self.record.inside:
            line = lines.get(int(self.file.get(told, "lineNum")))
            if line is None:
                known = ", ".join(map(str, sorted(lines)))
                found.append(
                    self._fault(told, "lineNum", _("the licence has the lines %(all)s.") % {"all": known})
                )
                continue
            for row in told.inside:
                found += self._row(locked_licence(licence), line, row)
        return found

    def _row(self, licence: Licence, line: LicenceLine, row: Record) -> list[Fault]:
        acts: dict[str, Callable[[Licence, LicenceLine, Record], None]] = {
            "O": self._draw, "L": self._draw, "A": self._adjust, "C": self._cancel,
        }  # fmt: skip
        act = acts.get(self.file.get(row, "usageType"))
        if act is None:
            return []
        try:
            with transaction.atomic():
                act(licence, line, row)
        except NotCovered as refused:
            return [self._fault(row, _field(str(one["code"])), str(one["detail"])) for one in refused.reasons]
        except EntenteError as refused:
            name, texts = next(iter(refused.fields.items()), ("", [refused.detail]))
            return [self._fault(row, NAMES.get(name, name), text) for text in texts]
        return []

    def _quantity(self, row: Record) -> Decimal:
        found = Decimal(self.file.get(row, "quantityUsed") or 0)
        if found <= 0:
            raise Invalid.field("quantity", _("draw a number above zero; a contra cancels."))
        return found

    def _declaration(self, row: Record) -> str:
        part = self.file.get(row, "declarationPartNum")
        found = "/".join(one for one in (self.file.get(row, "declarationUCR"), part) if one).upper()
        if len(found) > 35:
            raise Invalid.field("declaration", _("with its part it has more than 35 characters."))
        return found

    def _draw(self, licence: Licence, line: LicenceLine, row: Record) -> None:
        taken = drawdown.take(
            actor=self.actor,
            licence=licence,
            member=self.member.code,
            line=line.line,
            quantity=self._quantity(row),
            unit=line.unit,
            office=self.office,
            declaration=self._declaration(row),
        )
        drawdown.draw(actor=self.actor, reservation=taken, told_late=self.file.get(row, "usageType") == "L")

    def _drawn(self, line: LicenceLine, row: Record) -> Reservation:
        """The drawn quantity of the declaration, locked."""
        name = self._declaration(row)
        found = Reservation.objects.filter(
            office=self.office, declaration=name, licence_line=line, status=Reservation.Status.CONFIRMED
        ).first()
        if found is None:
            raise Invalid.field(
                "declaration", _("nothing is drawn of this line for %(name)s.") % {"name": name}
            )
        return drawdown.locked_reservation(found)

    def _adjust(self, licence: Licence, line: LicenceLine, row: Record) -> None:
        quantity = self._quantity(row)
        drawdown.set_right(
            actor=self.actor, reservation=self._drawn(line, row), quantity=quantity, reason=str(WHY)
        )

    def _cancel(self, licence: Licence, line: LicenceLine, row: Record) -> None:
        drawn = self._drawn(line, row)
        said = abs(Decimal(self.file.get(row, "quantityUsed") or 0))
        if said not in (0, drawn.drawn):
            told = _("a contra cancels all of it: %(all)s are drawn.") % {
                "all": f"{drawn.drawn.normalize():f}"
            }
            raise Invalid.field("quantity", told)
        drawdown.undo(actor=self.actor, reservation=drawn, reason=str(WHY))


#: Where the file gives what an act names.
NAMES = {"quantity": "quantityUsed", "declaration": "declarationUCR", "office": "sourceSystem", "": ""}


def _field(code: str) -> str:
    """The field that a reason is about."""
    return "quantityUsed" if code in ("over_limit", "wrong_unit", "bad_quantity") else "licenceRef"
