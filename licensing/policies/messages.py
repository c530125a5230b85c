"""Who writes messages to other members in a case, and whose reading and acknowledgement counts."""

from django.utils.translation import gettext as _

from core.policies import ALLOW, Verdict, deny
from licensing.models import Case, CaseMessage, MessageReceipt, Stake
from licensing.policies.cases import can_note
from licensing.policies.common import is_ready_officer
from members.models import Role, User

#: Those who only read cases: what they open is no answer of their authority.
READERS = frozenset({Role.AUDITOR, Role.CUSTOMS_OFFICER, Role.ADMINISTRATOR})


def participants(case: Case) -> set[str]:
    """Codes of the members that may see a case: the lead, and those with a stake."""
    return {case.lead_id, *Stake.objects.filter(case=case).values_list("jurisdiction_id", flat=True)}


def can_send(user: User, case: Case) -> Verdict:
    """An officer who works on the case, of a member that takes part in it; a seat of the unit alone does not."""
    verdict = can_note(user, case)
    if verdict and user.jurisdiction_code not in participants(case):
        return deny(_("Only members that take part in the case write to one another in it."))
    return verdict


def can_read(user: User, message: CaseMessage) -> Verdict:
    """An officer of the member that wrote it or of one it names; nobody else, whoever reads the case."""
    verdict = is_ready_officer(user, message.case)
    if not verdict:
        return verdict
    if not CaseMessage.objects.visible_to(user).filter(pk=message.pk).exists():  # type: ignore[attr-defined]
        return deny(_("This message is for other members."))
    return ALLOW


def reads_for_authority(user: User, message: CaseMessage) -> Verdict:
    """Whoever opens it for an authority of a member it names: an officer who works on cases."""
    verdict = can_read(user, message)
    if not verdict:
        return verdict
    if user.jurisdiction_code == message.sender_id:
        return deny(_("Your own member wrote this message."))
    if not set(user.roles) - READERS:
        return deny(_("Your role reads cases and adds nothing to them."))
    return ALLOW


def may_see_text(user: User, message: CaseMessage) -> bool:
    """Whether the text is shown: to who may read it, once it was opened for the officer's authority, so that nobody
    reads what nobody has noted. The sender's own people, and who only reads cases, have nothing to open."""
    if not can_read(user, message):
        return False
    if not reads_for_authority(user, message):
        return True
    return MessageReceipt.objects.filter(
        addressee__message=message, kind=MessageReceipt.Kind.READ, authority=user.authority_id
    ).exists()


def can_acknowledge(user: User, message: CaseMessage) -> Verdict:
    """An officer who works on cases, of a member it names that has not acknowledged it."""
    verdict = reads_for_authority(user, message)
    if not verdict:
        return verdict
    done = MessageReceipt.objects.filter(
        addressee__message=message,
        addressee__jurisdiction=user.jurisdiction_code,
        kind=MessageReceipt.Kind.ACKNOWLEDGED,
    )
    if done.exists():
        return deny(_("Your member has acknowledged this message already."))
    return ALLOW
