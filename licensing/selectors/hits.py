"""What the officers of a jurisdiction see of hits across its cases: the queue, and the pairs it remembers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import CharField, Count, F, Q, QuerySet, Value, Window
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext_lazy as _

from core import clock
from core.references import normalise_reference
from licensing.models import Case
from members.models import User
from screening.models import ClearedPair, Hit
from screening.selectors import UNRESOLVED

#: What hits may be grouped by, and the columns that make a group.
GROUPS = {
    "entry": (_("List entry"), ("list_key", "entry_id")),
    "party": (_("Party"), ("shared_party",)),
}


@dataclass(frozen=True)
class Filters:
    """What the queue is narrowed to; "" leaves a filter open."""

    list: str = ""
    status: str = ""
    strong: str = ""  # "yes" | "no"
    case: str = ""  # a reference
    by: str = ""  # a key of GROUPS: in which order
    group: str = ""  # "entry:<list>:<entry>" or "party:<uid>": one group alone


def queue(user: User, filters: Filters | None = None) -> QuerySet[Hit]:
    """Return the hits that wait for the officers of a jurisdiction, the strongest first or by group.

    Those of cases that were withdrawn or refused wait for nobody. Grouped hits have `in_group`, how many there are.
    """
    filters = filters or Filters()
    name = Concat(Value("case:"), Cast("pk", CharField()))
    over = Case.objects.filter(status__in=Case.CLOSED, licence__isnull=True)
    found: QuerySet[Hit] = Hit.objects.visible_to(user)  # type: ignore[attr-defined]
    found = found.filter(lead=user.jurisdiction_code or "", status__in=UNRESOLVED).exclude(
        case_ref__in=over.annotate(name=name).values("name")
    )
    found = _narrowed(found, user, filters).select_related(
        "snapshot__source_list", "shared_party", "proposed_by", "unsure_by"
    )
    strongest = ("-strong", "-score", "pk")
    if filters.by not in GROUPS:
        return found.order_by(*strongest)
    columns = GROUPS[filters.by][1]
    together = Window(Count("pk"), partition_by=[F(column) for column in columns])
    return found.annotate(in_group=together).order_by(*columns, *strongest)


def _narrowed(found: QuerySet[Hit], user: User, filters: Filters) -> QuerySet[Hit]:
    if filters.list:
        found = found.filter(list_key=filters.list)
    if filters.status:
        found = found.filter(status=filters.status)
    if filters.strong:
        found = found.filter(strong=filters.strong == "yes")
    if filters.case:
        cases = Case.objects.visible_to(user)  # type: ignore[attr-defined]
        case = cases.filter(reference=normalise_reference(filters.case)).first()
        found = found.filter(case_ref=f"case:{case.pk}") if case else found.none()
    kind, _colon, key = filters.group.partition(":")
    if kind == "entry":
        list_key, _colon, entry_id = key.partition(":")
        found = found.filter(list_key=list_key, entry_id=entry_id)
    elif kind == "party":
        try:
            found = found.filter(shared_party__uid=UUID(key))
        except ValueError:
            found = found.none()
    return found


def group_of(hit: Hit, by: str) -> str:
    """Return the group of a hit as the queue's filter names it; "" where hits are not grouped."""
    if by == "entry":
        return f"entry:{hit.list_key}:{hit.entry_id}"
    return f"party:{hit.shared_party.uid}" if by == "party" else ""


def references(hits: Iterable[Hit]) -> dict[str, str]:
    """Return the references of the cases that hits were raised in, by the hits' name for them."""
    refs = {hit.case_ref for hit in hits}
    keys = [int(one.removeprefix("case:")) for one in refs if one.startswith("case:")]
    found = Case.objects.filter(pk__in=keys).values_list("pk", "reference")
    return {f"case:{pk}": reference for pk, reference in found}


def pairs(user: User, state: str = "", text: str = "") -> QuerySet[ClearedPair]:
    """Return the cleared pairs of the officer's jurisdiction; `state` is standing, expired or ended."""
    found = narrowed(ClearedPair.objects.visible_to(user), state, text)  # type: ignore[attr-defined]
    return found.select_related("shared_party", "hit__snapshot__source_list", "cleared_by", "seconded_by")


def narrowed(found: QuerySet[ClearedPair], state: str = "", text: str = "") -> QuerySet[ClearedPair]:
    """Return those pairs that are standing, expired or ended, and that a text is about; "" leaves either open."""
    now = clock.now()
    if state == "standing":
        found = found.filter(ended_at__isnull=True, expires_at__gt=now)
    elif state == "expired":
        found = found.filter(ended_at__isnull=True, expires_at__lte=now)
    elif state == "ended":
        found = found.filter(ended_at__isnull=False)
    if text := text.strip()[:100]:
        found = found.filter(
            Q(shared_party__name__icontains=text)
            | Q(hit__entry_name__icontains=text)
            | Q(entry_id__iexact=text)
            | Q(list_key__iexact=text)
        )
    return found
