"""One search over what a person may see: references, parties, items, licences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from alliance.selectors import heading
from core.references import normalise_reference
from licensing.models import Case, Item, Licence, Party
from members.models import User

SHORTEST = 2
MOST = 20  # of each kind


@dataclass(frozen=True)
class Found:
    """One thing found: a case or a licence, and the words by which."""

    kind: str  # case | licence
    reference: str
    title: str
    by: str
    case: Case
    licence: Licence | None = None


def search(user: User, text: str) -> list[Found]:
    """Return what a person may see that a text names, the most exact first, each case once; [] for too little.

    A reference or licence number is understood with small letters, spaces and O for 0.
    """
    text = " ".join(text.split())[:100]
    if len(text) < SHORTEST:
        return []
    cases = Case.objects.visible_to(user).select_related("application__organisation", "lead")  # type: ignore[attr-defined]
    results = [*_licences(user, text), *_by_reference(cases, text)]
    seen = {result.case.pk for result in results if result.kind == "case"}
    for result in (*_by_party(cases, text), *_by_item(cases, text)):
        if result.case.pk not in seen:
            seen.add(result.case.pk)
            results.append(result)
    return results


def _title(case: Case) -> str:
    return f"{case.application.organisation.name}, {case.get_status_display().lower()}"


def _licences(user: User, text: str) -> Iterator[Found]:
    found = Licence.objects.visible_to(user).filter(  # type: ignore[attr-defined]
        Q(number=normalise_reference(text)) | Q(national_reference__iexact=text)
    )
    for licence in found.select_related("case__application__organisation", "holder")[:MOST]:
        title = f"{licence.holder.name}, {licence.get_status_display().lower()}"
        yield Found("licence", licence.number, title, _("licence number"), licence.case, licence)


def _by_reference(cases: QuerySet[Case], text: str) -> list[Found]:
    normal = normalise_reference(text)
    named = (
        Q(reference=normal)
        | Q(application__reference=normal)
        | Q(licence__number=normal)
        | Q(reference__istartswith=text)
        | Q(application__own_reference__iexact=text)
        | Q(national_reference__iexact=text)
        | Q(application__organisation__name__icontains=text)
    )
    return [
        Found("case", case.reference, _title(case), _("reference or exporter"), case)
        for case in cases.filter(named).order_by("-opened_at")[:MOST]
    ]


def _by_party(cases: QuerySet[Case], text: str) -> list[Found]:
    alike = Q(name__icontains=text) | Q(name__trigram_similar=text)
    named = Party.objects.filter(alike, revision=OuterRef("revision_id"))
    rows = list(cases.filter(Exists(named)).order_by("-opened_at")[:MOST])
    names = _first(Party.objects.filter(alike, revision__in=[case.revision_id for case in rows]), "name")
    return [
        Found(
            "case",
            case.reference,
            _title(case),
            _("party: %(name)s") % {"name": names.get(case.revision_id, "")},
            case,
        )
        for case in rows
    ]


def _by_item(cases: QuerySet[Case], text: str) -> list[Found]:
    told = Q(description__icontains=text)
    if code := heading(text):
        told |= Q(control_code__istartswith=code)
    if text.isdigit() and len(text) >= 4:
        told |= Q(hs_code__startswith=text)
    items = Item.objects.filter(told, revision=OuterRef("revision_id"))
    rows = list(cases.filter(Exists(items)).order_by("-opened_at")[:MOST])
    names = _first(Item.objects.filter(told, revision__in=[case.revision_id for case in rows]), "description")
    return [
        Found(
            "case",
            case.reference,
            _title(case),
            _("item: %(name)s") % {"name": names.get(case.revision_id, "")},
            case,
        )
        for case in rows
    ]


def _first(rows: QuerySet[Any], field: str) -> dict[int, str]:
    pairs: Iterable[tuple[int, str]] = rows.order_by("revision", "-pk").values_list("revision_id", field)
    return dict(pairs)
