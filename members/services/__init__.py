"""Every act on people, organisations and clients; one function, one transaction, one event."""

from members.services.clients import (
    Registration,
    register_client,
    register_keys,
    require_signatures,
    revoke_client,
)
from members.services.delegations import delegate, end_delegation
from members.services.duty import add_shifts, declare_offline, end_absence, remove_shift
from members.services.invitations import (
    accept_invitation,
    invitation_path,
    invitation_token,
    invite,
    invite_first_administrator,
    open_invitation,
    withdraw_invitation,
)
from members.services.keys import revoke_issuer_key, rotate_issuer_key, signing_key, signing_keys
from members.services.mandates import (
    accept_mandate,
    decline_mandate,
    end_mandate,
    find_agent,
    give_mandate,
    hold_mandate,
)
from members.services.organisations import (
    apply_again,
    apply_organisation,
    correct_details,
    refuse_organisation,
    reinstate_organisation,
    suspend_organisation,
    vet_organisation,
)
from members.services.people import (
    appoint,
    change_membership,
    dismiss,
    recover_account,
    recovery_path,
    remove_leaver,
    set_grade,
    want_digest,
)
from members.services.reference import load_authority, load_jurisdiction

__all__ = [
    "Registration",
    "accept_invitation",
    "accept_mandate",
    "add_shifts",
    "apply_again",
    "apply_organisation",
    "appoint",
    "change_membership",
    "correct_details",
    "declare_offline",
    "decline_mandate",
    "delegate",
    "dismiss",
    "end_absence",
    "end_delegation",
    "end_mandate",
    "find_agent",
    "give_mandate",
    "hold_mandate",
    "invitation_path",
    "invitation_token",
    "invite",
    "invite_first_administrator",
    "load_authority",
    "load_jurisdiction",
    "open_invitation",
    "recover_account",
    "recovery_path",
    "refuse_organisation",
    "register_client",
    "register_keys",
    "reinstate_organisation",
    "remove_leaver",
    "remove_shift",
    "require_signatures",
    "revoke_client",
    "revoke_issuer_key",
    "rotate_issuer_key",
    "set_grade",
    "signing_key",
    "signing_keys",
    "suspend_organisation",
    "vet_organisation",
    "want_digest",
    "withdraw_invitation",
]
