"""Role by act: who may look after whom, and the sentence everyone else reads."""

from collections.abc import Callable

import pytest

from core.policies import Verdict
from members import policies
from members.models import ApiClient, Invitation, Membership, Organisation, Role, User
from tests import factories

OfficerOf = Callable[..., User]
ACTORS = [f"{code}:{role}" for code in ("DE", "FR", "JP") for role in Role.values] + [
    "DE:administrator without second factor",
    "DE:administrator by a system",
    "DE:administrator who left",
    "administrator of the organisation",
    "member of the organisation",
    "administrator of another organisation",
    "nobody's member",
]


@pytest.fixture
def actor(request: pytest.FixtureRequest, organisation: Organisation, officer_of: OfficerOf) -> User:
    name: str = request.param
    place, _, role = name.partition(":")
    if role in Role.values:
        return officer_of(place, role)
    if role.endswith("second factor"):
        return officer_of("DE", Role.ADMINISTRATOR, second_factor=False)
    if role.endswith("a system"):
        made = officer_of("DE", Role.ADMINISTRATOR)
        made.via = ApiClient(name="System")
        return made
    if role.endswith("left"):
        made = officer_of("DE", Role.ADMINISTRATOR)
        made.is_active = False
        return made
    if name == "administrator of the organisation":
        return factories.exporter_of(organisation, Membership.Role.ADMINISTRATOR)
    if name == "member of the organisation":
        return factories.exporter_of(organisation)
    if name == "administrator of another organisation":
        return factories.exporter_of(factories.OrganisationFactory(), Membership.Role.ADMINISTRATOR)
    return factories.UserFactory()


@pytest.mark.parametrize("actor", ACTORS, indirect=True, ids=ACTORS)
def test_who_may_do_what(
    actor: User, organisation: Organisation, officer_of: OfficerOf, request: pytest.FixtureRequest
):
    name = request.node.callspec.id
    officer = officer_of("DE", Role.ADVISER)
    member = factories.exporter_of(organisation)
    assert officer.authority is not None
    to_authority = Invitation(authority=officer.authority)
    to_organisation = Invitation(organisation=organisation)
    membership = member.memberships.get()
    officers_system, members_system = ApiClient(user=officer), ApiClient(user=member)

    jurisdiction, firm = name == "DE:administrator", name == "administrator of the organisation"
    exporting = not actor.is_officer
    expected: dict[str, tuple[Verdict, bool]] = {
        "invite an officer": (policies.can_invite_officer(actor, officer.authority), jurisdiction),
        "withdraw an officer's": (policies.can_withdraw_invitation(actor, to_authority), jurisdiction),
        "appoint": (policies.can_appoint(actor, officer), jurisdiction),
        "remove an officer": (policies.can_remove(actor, officer), jurisdiction),
        "recover an officer": (policies.can_recover(actor, officer), jurisdiction),
        "register for an officer": (policies.can_register_client(actor, officer), jurisdiction),
        "revoke an officer's": (policies.can_revoke_client(actor, officers_system), jurisdiction),
        "vet": (
            policies.can_vet(actor, organisation),
            name in ("DE:administrator", "DE:licensing_officer"),
        ),
        "invite a member": (policies.can_invite_member(actor, organisation), firm),
        "withdraw a member's": (policies.can_withdraw_invitation(actor, to_organisation), firm),
        "correct": (policies.can_correct(actor, organisation), firm),
        "change a role": (policies.can_change_membership(actor, membership), firm),
        "remove a member": (policies.can_remove(actor, member), firm),
        "recover a member": (policies.can_recover(actor, member), firm),
        "register for a member": (policies.can_register_client(actor, member), firm),
        "revoke a member's": (policies.can_revoke_client(actor, members_system), firm),
        "apply": (policies.can_apply(actor), exporting),
    }
    assert {act: bool(verdict) for act, (verdict, _) in expected.items()} == {
        act: allowed for act, (_, allowed) in expected.items()
    }
    for verdict, allowed in expected.values():
        assert allowed or (verdict.reason.endswith(".") and " " in verdict.reason)


def test_nobody_acts_on_themselves(officer_of: OfficerOf, organisation: Organisation):
    administrator = officer_of("DE", Role.ADMINISTRATOR)
    owner = factories.exporter_of(organisation, Membership.Role.ADMINISTRATOR)
    for verdict in (
        policies.can_appoint(administrator, administrator),
        policies.can_remove(administrator, administrator),
        policies.can_recover(administrator, administrator),
        policies.can_register_client(administrator, administrator),
        policies.can_remove(owner, owner),
        policies.can_recover(owner, owner),
        policies.can_change_membership(owner, owner.memberships.get()),
    ):
        assert not verdict


def test_reasons_tell_a_foreigner_no_more_than_that_they_are_foreign(officer_of: OfficerOf):
    french = officer_of("FR", Role.ADMINISTRATOR)
    reasons = {
        policies.can_remove(french, officer_of("DE", role)).reason for role in (Role.ADVISER, Role.DECIDER)
    }
    assert len(reasons) == 1
