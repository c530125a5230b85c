"""Telling seats of the crisis unit and deciders of every member that a situation report is there."""

from django.utils.translation import gettext as _

from correspondence import services as correspondence
from escalation.models import SituationReport
from ledger.models import Event
from ledger.subscriptions import subscribe
from members.models import Role, User


@subscribe("report.made")
def tell_members(event: Event) -> None:
    report = SituationReport.objects.select_related("declaration").get(pk=event.subject_id)
    lapsed = sum(line["lapses"] for line in report.content["members"])
    text = _("%(opened)s cases opened, %(decided)s decided, %(lapsed)s windows lapsed; until %(until)s.") % {
        "opened": report.content["cases"]["opened"],
        "decided": report.content["cases"]["decided"],
        "lapsed": lapsed,
        "until": f"{report.ends_at:%Y-%m-%d %H:%M UTC}",
    }
    subject = (
        _("%(crisis)s: last situation report")
        if report.final
        else _("%(crisis)s: situation report %(number)s")
    )
    correspondence.notify(
        recipients=User.objects.in_roles(Role.CRISIS_SEAT, Role.DECIDER),
        event=event,
        subject=subject % {"crisis": report.declaration.reference, "number": report.number},
        text=f"{report.declaration.title}. {text}",
        path=f"/workbench/situation/reports/{report.reference}/",
    )
