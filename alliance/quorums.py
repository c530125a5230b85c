"""Whether a tier's quorum can be there for so many answers of each kind, and which seats then said what.

For the search through every count of answers (`alliance.exploring`): a count does not say who spoke, so for each it
is asked whether some seats could have said so with the quorum there, and whether some could without.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from alliance.charters import SeatKind, Tier
from alliance.settling import Say

SPOKEN = (Say.FAVOUR, Say.AGAINST, Say.ABSTAIN)


def possible(tier: Tier, counts: Sequence[int], says: Sequence[Say], chair: Say | None) -> tuple[bool, bool]:
    """Return whether the quorum can be there and whether it can be missing, for counts in the order of `says`.

    Seats are members times ministries; `chair`, where it matters, is what the first member's first ministry says.
    """
    assert tier.quorum is not None
    told = dict(zip(says, counts, strict=True))
    spoken, silent = sum(told[say] for say in SPOKEN), told[Say.SILENT]
    each = len(tier.seats.ministries)
    members = sum(counts) // each
    needed = sum(name in tier.quorum.ministries for name in tier.seats.ministries)
    first = tier.seats.ministries[0] in tier.quorum.ministries
    free_needed, free_others = members * needed, members * (each - needed)
    if chair is not None:
        spoken -= chair in SPOKEN
        silent -= chair is Say.SILENT
        free_needed, free_others = free_needed - first, free_others - (not first)
    broken = chair is Say.SILENT and first
    fits = not broken and silent <= free_others
    if tier.seats.kind is SeatKind.CRISIS_UNIT:  # whoever speaks for a seat may be of any member
        whole = spoken + (chair in SPOKEN)
        least, most = min(1, whole), whole
    elif chair is None:
        least, most = ceil(spoken / each), min(members, spoken)
    elif chair in SPOKEN:
        least = 1 + ceil(max(0, spoken - (each - 1)) / each)
        most = min(members, 1 + spoken)
    else:
        least = ceil(spoken / each) if spoken <= each * (members - 1) else members
        room = each > 1 and (needed != 1 or not first or silent < free_others)
        most = members if room and spoken >= members else min(members - 1, spoken)
    asked = tier.quorum.members
    return fits and most >= asked, broken or (silent > 0 and free_needed > 0) or least < asked


def arranged(
    tier: Tier, counts: Sequence[int], says: Sequence[Say], chair: Say | None, *, there: bool
) -> tuple[Say, ...]:
    """Return what each seat says, in the order of `exploring.seats_of`, so that the quorum is there or missing.

    Only for what `possible` says can be.
    """
    assert tier.quorum is not None
    each = len(tier.seats.ministries)
    members = sum(counts) // each
    left = [say for say, count in zip(says, counts, strict=True) for _seat in range(count)]
    said: dict[tuple[int, int], Say] = {}  # by (ministry, member)
    if chair is not None:
        left.remove(chair)
        said[0, 0] = chair
    spoken = [say for say in left if say in SPOKEN]
    silent: list[Say] = [say for say in left if say is Say.SILENT]
    rest: list[Say] = [say for say in left if say is Say.RECUSE]
    asked = [name in tier.quorum.ministries for name in tier.seats.ministries]
    order = sorted(range(each), key=lambda ministry: not asked[ministry])  # those asked for first

    def free(ministries: Sequence[int], among: Sequence[int]) -> list[tuple[int, int]]:
        return [(one, who) for who in among for one in ministries if (one, who) not in said]

    everyone = list(range(members))
    others_first = everyone[1:] + everyone[:1] if chair is not None and chair not in SPOKEN else everyone
    not_asked = [ministry for ministry in range(each) if not asked[ministry]]
    if there:
        for who in others_first:
            cells = free(order, [who])
            covered = any(said.get((one, who)) in SPOKEN for one in range(each))
            spare = len(free(not_asked, everyone)) > len(silent)
            if cells and spoken and not covered and (asked[cells[0][0]] or spare):
                said[cells[0]] = spoken.pop()
        for cell, say in zip(free(not_asked, everyone), silent, strict=False):
            said[cell] = say
        rest += spoken
    else:
        wanted = [ministry for ministry in range(each) if asked[ministry]]
        if silent and not (chair is Say.SILENT and asked[0]) and (cells := free(wanted, everyone)):
            said[cells[0]] = silent.pop()
        for cell, say in zip(free(order, others_first), spoken, strict=False):
            said[cell] = say
        rest += silent
    for cell, say in zip(free(order, everyone), rest, strict=True):
        said[cell] = say
    return tuple(said[ministry, member] for ministry in range(each) for member in range(members))
