"""Taking the lock of a case: first, by acts and by lapses alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, TypeVar, cast

from django.db import transaction

from core.models import ref
from deadlines import services as deadlines
from deadlines.registry import aggregate_lock
from licensing.models import Case, Position

Act = TypeVar("Act", bound=Callable[..., Any])


@aggregate_lock("case")
def lock_cases(pks: Sequence[int], *, skip_locked: bool) -> set[int]:
    """Lock cases; see `deadlines.registry.AggregateLock`."""
    rows = Case.objects.select_for_update(skip_locked=skip_locked).filter(pk__in=pks).order_by("pk")
    return set(rows.values_list("pk", flat=True))


def lock(pk: int) -> None:
    """Lock a case and apply whatever was due of it, for whoever does not need the case itself."""
    Case.objects.select_for_update().values_list("pk").get(pk=pk)
    deadlines.lapse_due(ref(Case(pk=pk)))


def locked(pk: int) -> Case:
    """Return the case, locked, after whatever was due of it has been applied: the due instant decides."""
    lock(pk)
    return Case.objects.select_related(
        "lead", "revision", "application__organisation", "application__replaces"
    ).get(pk=pk)


def due_first(subject: str) -> Callable[[Act], Act]:
    """Apply what was due of the case before an act, in a transaction of its own.

    The act takes the lock again and may be refused because of what was applied; the lapse then stays.
    `subject` names the act's argument that leads to the case.
    """

    def wrap(act: Act) -> Act:
        @wraps(act)
        def after_the_lapse(**given: Any) -> Any:
            thing = given[subject]
            with transaction.atomic():
                lock(_case_pk(thing))
            return act(**given)

        return cast(Act, after_the_lapse)

    return wrap


def _case_pk(thing: Any) -> int:
    if isinstance(thing, Case):
        return int(thing.pk)
    if isinstance(thing, Position):
        return int(thing.consultation.case_id)
    return int(thing.case_id)
