"""Writing measures before they are needed, and agreeing on them by two members."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from alliance import charter_text, library, selectors
from alliance import crisis_policies as policies
from alliance.declaring import said
from alliance.measures import MeasureSet
from alliance.models import Bundle, PreparedSet
from alliance.versions import note, record
from core import clock
from core.errors import Conflict
from core.policies import require
from members.models import User


def read(text: str) -> tuple[MeasureSet, object]:
    """Return the set a text describes, once it fits what is agreed, and its payload; Invalid says what is wrong."""
    payload = charter_text.read(text)
    return library.accept(payload), payload


@transaction.atomic
def write(*, actor: User, text: str, prepared: PreparedSet | None = None) -> PreparedSet:
    """Keep a version of a set, new or instead of what its author wrote before; only one that passes the check.

    Invalid names the path of what does not fit, an exit plan that is missing among it; Conflict when there is such
    a version already.
    """
    if prepared is None:
        require(policies.can_author, actor)
    else:
        prepared = PreparedSet.objects.select_for_update(of=("self",)).get(pk=prepared.pk)
        require(policies.can_edit, actor, prepared)
    found, payload = read(text)
    shipped = {(entry["key"], entry["version"]) for entry in selectors.entries(Bundle.Kind.MEASURES)}
    new = prepared is None
    prepared = prepared or PreparedSet(author=actor, written_at=clock.now())
    note(prepared, said=found, text=text, payload=payload, shipped=(found.key, found.version) in shipped)
    prepared.save()
    record("measures.drafted" if new else "measures.revised", actor, prepared)
    return prepared


@transaction.atomic
def agree(*, actor: User, prepared: PreparedSet) -> PreparedSet:
    """Put a draft into the library, as another person of another member; it is checked once more."""
    prepared = (
        PreparedSet.objects.select_for_update(of=("self",)).select_related("author").get(pk=prepared.pk)
    )
    if prepared.status != PreparedSet.Status.DRAFT:
        raise Conflict(_("Only a draft can be agreed."))
    require(policies.can_agree, actor, prepared)
    read(prepared.text)
    prepared.agree(actor)
    prepared.changed_at = clock.now()
    prepared.save()
    record("measures.agreed", actor, prepared, public=True)
    return prepared


@transaction.atomic
def retire(*, actor: User, prepared: PreparedSet, reason: str) -> PreparedSet:
    """Take a set out of the library, or withdraw a draft. Crises declared with it keep it: theirs is a copy."""
    prepared = PreparedSet.objects.select_for_update(of=("self",)).get(pk=prepared.pk)
    if prepared.status == PreparedSet.Status.RETIRED:
        raise Conflict(_("This version is retired already."))
    require(policies.can_retire, actor, prepared)
    public = prepared.status == PreparedSet.Status.AGREED
    prepared.retire(actor, said(reason, "reason"))
    prepared.changed_at = clock.now()
    prepared.save()
    record("measures.retired", actor, prepared, public=public, reason=prepared.retired_because)
    return prepared
