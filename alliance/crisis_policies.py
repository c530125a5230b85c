"""Who declares a crisis, who turns the second key, and who adopts for a member."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.utils.translation import gettext as _

from alliance.models import Adoption, Declaration, Preparedness, PreparedSet, Relaxation, Renewal
from alliance.policies import AUTHORS
from core.policies import ALLOW, Verdict, deny
from members.models import Role, User
from members.policies import in_office, in_role, no_system, other_hands, unit_seat


def _seat(user: User) -> Verdict:
    """A seat of the crisis unit, in person: a system declares nothing."""
    return unit_seat(user, _("Only officers of an authority do this."))


def _in_role(user: User, roles: Collection[str], otherwise: str) -> Verdict:
    outsider = _("Only officers of an authority do this.")
    return in_role(user, roles, outsider=outsider, otherwise=otherwise)


def _second_key(user: User, first: User, at: datetime) -> Verdict:
    """Another seat than the first, of another member."""
    verdict = _seat(user)
    if not verdict:
        return verdict
    if user.pk == first.pk:
        return deny(_("The second key is turned by another person."))
    if user.jurisdiction_code == first.jurisdiction_code:
        return deny(_("The second key is turned by a seat of another member."))
    return other_hands(user, first.pk, at)


def can_declare(user: User) -> Verdict:
    """A seat of the crisis unit, for every member."""
    return _seat(user)


def can_confirm(user: User, declaration: Declaration) -> Verdict:
    """A seat of the crisis unit of another member than that of who declared it."""
    if declaration.status != Declaration.Status.PROPOSED:
        return deny(_("Only a declaration that waits for the second key is confirmed."))
    return _second_key(user, declaration.declared_by, declaration.declared_at)


def can_withdraw(user: User, declaration: Declaration) -> Verdict:
    """Any seat, while it is not in force: nothing comes of it."""
    if declaration.status != Declaration.Status.PROPOSED:
        return deny(_("Only a declaration that waits for the second key is withdrawn."))
    return _seat(user)


def can_review(user: User, declaration: Declaration) -> Verdict:
    """A seat says what the measures achieved, while they are in force and after."""
    if declaration.in_force_at is None:
        return deny(_("Only a declaration that was in force is reviewed."))
    return _seat(user)


def can_renew(user: User, declaration: Declaration) -> Verdict:
    """A seat proposes a later sunset, with what the review found."""
    if declaration.status != Declaration.Status.IN_FORCE:
        return deny(_("Only a declaration in force is renewed."))
    return _seat(user)


def can_confirm_renewal(user: User, declaration: Declaration, renewal: Renewal) -> Verdict:
    """A seat of another member than that of who proposed it."""
    if declaration.status != Declaration.Status.IN_FORCE:
        return deny(_("Only a declaration in force is renewed."))
    if renewal.confirmed_at is not None:
        return deny(_("This renewal is confirmed already."))
    return _second_key(user, renewal.proposed_by, renewal.proposed_at)


def can_propose_end(user: User, declaration: Declaration) -> Verdict:
    """A seat, with the reason: it relaxes everything at once, and takes two keys like a step of the exit plan."""
    if declaration.status != Declaration.Status.IN_FORCE:
        return deny(_("Only a declaration in force is ended."))
    if declaration.ending_by_id is not None:
        return deny(_("Its end waits for the second key already."))
    return _seat(user)


def can_end(user: User, declaration: Declaration) -> Verdict:
    """A seat of another member than that of who proposed the end."""
    if declaration.status != Declaration.Status.IN_FORCE:
        return deny(_("Only a declaration in force is ended."))
    if declaration.ending_by is None or declaration.ending_at is None:
        return deny(_("Nobody has proposed to end it."))
    return _second_key(user, declaration.ending_by, declaration.ending_at)


def can_keep_on(user: User, declaration: Declaration) -> Verdict:
    """Any seat: measures stay in force."""
    if declaration.status != Declaration.Status.IN_FORCE or declaration.ending_by_id is None:
        return deny(_("Nobody has proposed to end it."))
    return _seat(user)


def can_decide_adoption(user: User, declaration: Declaration) -> Verdict:
    """A decider, for the member it serves; a system of the authority may pass the decision on."""
    if declaration.status != Declaration.Status.IN_FORCE:
        return deny(_("Members adopt while the declaration is in force."))
    otherwise = _("Only a decider adopts measures or opts out for a member.")
    return _in_role(user, {Role.DECIDER}, otherwise)


def can_adopt(user: User, declaration: Declaration, adoption: Adoption | None) -> Verdict:
    verdict = can_decide_adoption(user, declaration)
    if verdict and adoption is None:
        return deny(_("Your member has no part in this declaration."))
    if verdict and adoption is not None and adoption.status == Adoption.Status.ADOPTED:
        return deny(_("Your member has adopted these measures already."))
    return verdict


def can_opt_out(user: User, declaration: Declaration, adoption: Adoption | None) -> Verdict:
    verdict = can_decide_adoption(user, declaration)
    if verdict and adoption is None:
        return deny(_("Your member has no part in this declaration."))
    if verdict and adoption is not None and adoption.status == Adoption.Status.OPTED_OUT:
        return deny(_("Your member has opted out already."))
    return verdict


# The library ---------------------------------------------------------------------------------------------


def can_read_library(user: User) -> Verdict:
    """An officer in office: what can be declared is known to all members beforehand."""
    return in_office(user, _("Only officers of an authority read what is prepared."))


def can_author(user: User) -> Verdict:
    """A decider or a seat of the crisis unit of any member."""
    return _in_role(user, AUTHORS, _("Measures are prepared by deciders and seats of the crisis unit."))


def can_edit(user: User, prepared: PreparedSet) -> Verdict:
    """The author, until the version is agreed."""
    verdict = can_author(user)
    if not verdict:
        return verdict
    if prepared.author_id != user.pk:
        return deny(_("Only its author changes a version; write a version of your own."))
    if prepared.status != PreparedSet.Status.DRAFT:
        return deny(_("This version is not changed any more; write a new one."))
    return ALLOW


def can_agree(user: User, prepared: PreparedSet) -> Verdict:
    """Another person than the author, of another member."""
    verdict = can_author(user) and no_system(user)
    if not verdict:
        return verdict
    if prepared.status != PreparedSet.Status.DRAFT:
        return deny(_("Only a draft can be agreed."))
    if prepared.author_id == user.pk:
        return deny(_("A set is agreed by another person than its author."))
    if prepared.author.jurisdiction_code == user.jurisdiction_code:
        return deny(_("A set is agreed by another member than that of its author."))
    return other_hands(user, prepared.author_id, prepared.changed_at)


def can_retire(user: User, prepared: PreparedSet) -> Verdict:
    """Its author while it is a draft; then whoever may agree one and is not its author."""
    verdict = can_author(user)
    if not verdict:
        return verdict
    if prepared.status == PreparedSet.Status.RETIRED:
        return deny(_("This version is retired already."))
    if (prepared.author_id == user.pk) != (prepared.status == PreparedSet.Status.DRAFT):
        return deny(_("A draft is withdrawn by its author, an agreed set retired by another person."))
    if prepared.author_id == user.pk:
        return ALLOW
    return other_hands(user, prepared.author_id, prepared.written_at)


def can_state_preparedness(user: User) -> Verdict:
    """A decider, for the member it serves."""
    otherwise = _("Only a decider says that a member is prepared.")
    return _in_role(user, {Role.DECIDER}, otherwise) and no_system(user)


def can_withdraw_preparedness(user: User, preparedness: Preparedness) -> Verdict:
    verdict = can_state_preparedness(user)
    if verdict and user.jurisdiction_code != preparedness.jurisdiction_id:
        return deny(_("Only the member itself takes its word back."))
    return verdict


# The way out ---------------------------------------------------------------------------------------------


def can_steer_exit(user: User) -> Verdict:
    """A seat of the crisis unit proposes, withdraws and reverses steps; a system of its may pass that on."""
    return _in_role(user, {Role.CRISIS_SEAT}, _("Only a seat of the crisis unit can do this."))


def can_apply_step(user: User, relaxation: Relaxation) -> Verdict:
    """A seat of another member than that of who proposed it, in person: relaxing takes two keys."""
    return _second_key(user, relaxation.proposed_by, relaxation.proposed_at)
