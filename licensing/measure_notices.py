"""Telling exporters what measures of a crisis begin or cease to do to their licences and cases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from django.utils.translation import gettext as _

from alliance import measures
from alliance.crisis_notices import declaration_of
from alliance.measures import Effect, Trade
from alliance.models import Declaration
from correspondence import services as correspondence
from ledger.models import Event
from ledger.subscriptions import subscribe
from licensing.models import Case, Licence
from licensing.selectors.trades import trades_of_cases, trades_of_licences
from members.models import User

NAMED = 20  # references in one notice


def _touches(declaration: Declaration, effect: Effect) -> Callable[[Trade], bool] | None:
    """Return whether a measure of one effect was meant for trade, whatever was relaxed since; None without such."""
    scope = measures.parse_scope(declaration.scope)
    own = [one.scope for one in measures.parse(declaration.payload).measures if one.effect is effect]
    if not own:
        return None
    return lambda trade: scope.matches(trade) and any(one.matches(trade) for one in own)


def _tell_exporters(event: Event, leads: Iterable[str], *, begins: bool) -> None:
    declaration, leads = declaration_of(event), list(leads)
    if touches := _touches(declaration, Effect.SUSPEND_LICENCES):
        live = Licence.objects.filter(status=Licence.Status.ISSUED, issued_by__in=leads)
        touched = [pk for pk, trade in trades_of_licences(live) if touches(trade)]
        rows = Licence.objects.filter(pk__in=touched).values_list("holder_id", "number")
        subject, text = (
            (_("licences are suspended"), _("Nothing leaves under these licences for now: %(names)s."))
            if begins
            else (
                _("licences hold again"),
                _("The measure that suspended these licences is over: %(names)s."),
            )
        )
        _tell(event, declaration, rows, subject, text, "/licences/")
    if touches := _touches(declaration, Effect.NO_GRANT):
        opened = Case.objects.filter(status__in=Case.OPEN, lead__in=leads)
        touched = [pk for pk, trade in trades_of_cases(opened) if touches(trade)]
        cases = Case.objects.filter(pk__in=touched).values_list(
            "application__organisation_id", "application__reference"
        )
        subject, text = (
            (
                _("a crisis measure applies"),
                _("While it does nothing is granted on these applications: %(names)s."),
            )
            if begins
            else (
                _("a crisis measure is over"),
                _("It no longer stands in the way of these applications: %(names)s."),
            )
        )
        _tell(event, declaration, cases, subject, text, "/applications/")


def _tell(
    event: Event,
    declaration: Declaration,
    rows: Iterable[tuple[int, str]],
    subject: str,
    text: str,
    path: str,
) -> None:
    """Tell each organisation once, with everything of its own that is meant."""
    by_organisation: dict[int, list[str]] = defaultdict(list)
    for organisation, name in rows:
        by_organisation[organisation].append(name)
    for organisation, names in sorted(by_organisation.items()):
        shown = ", ".join(sorted(names)[:NAMED]) + (" …" if len(names) > NAMED else "")
        people = User.objects.filter(is_active=True, memberships__organisation=organisation)
        correspondence.notify(
            recipients=people,
            event=event,
            subject=f"{declaration.reference}: {subject}",
            text=f"{declaration.title}. {text % {'names': shown}}",
            path=path,
        )


def _waited(event: Event) -> bool:
    """Whether the measures had not begun anywhere when something happened: exporters are told when they do."""
    return declaration_of(event).waits(event.at)


@subscribe("adoption.adopted")
def tell_that_measures_begin(event: Event) -> None:
    if not _waited(event):
        _tell_exporters(event, [event.facts["jurisdiction"]], begins=True)


@subscribe("declaration.took_effect")
def tell_that_measures_begin_together(event: Event) -> None:
    _tell_exporters(event, event.facts["adopted"], begins=True)


@subscribe("adoption.opted_out")
def tell_that_measures_cease(event: Event) -> None:
    if not _waited(event):
        _tell_exporters(event, [event.facts["jurisdiction"]], begins=False)


@subscribe("declaration.ended")
def tell_that_measures_are_over(event: Event) -> None:
    declaration = declaration_of(event)
    if not declaration.waits(declaration.ended_at or event.at):
        _tell_exporters(event, event.facts["adopted"], begins=False)
