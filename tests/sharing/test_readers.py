"""Who reads what members share: by releasability, with credentials in force and the scope, and nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from api.examples import SUSPICION
from api.views.denials import DenialSerializer
from api.views.guidance import GuidanceSerializer
from api.views.suspicions import SuspiciousOrderSerializer
from core import clock
from intelligence import services as intelligence
from intelligence.models import Denial
from ledger.testing import run_deliveries
from licensing.models import SuspiciousOrder
from licensing.services import suspicions
from members.models import Membership, Organisation, Role, User
from members.services.clients import revoke_client
from sharing import mapping, stix
from sharing.models import Collection
from tests.api.conftest import client_of
from tests.escalation.test_guidance import issued
from tests.sharing.conftest import MEDIA, System, denied

__all__ = ["client_of"]
pytestmark = pytest.mark.django_db
ALL = "Releasable to all members (TLP:GREEN)"
TWO = "Releasable to DE, FR (TLP:AMBER+STRICT)"


def titles(system: System) -> set[str]:
    """What a system finds; that of all members is there for every officer, so only where something stands in it."""
    return {title for title, one in system.collections.items() if title != ALL or one.get_objects()}


def reports(system: System, title: str) -> list[dict[str, Any]]:
    told = system.collection(title).get_objects(type="report").get("objects", [])
    return [one for one in told if one["type"] == "report"]


@pytest.fixture
def systems(system_of: Any, officer_of: Any) -> dict[str, System]:
    return {code: system_of(officer_of(code)) for code in ("DE", "FR", "JP")}


def test_a_collection_is_for_the_members_it_is_releasable_to(systems: dict[str, System]) -> None:
    denied("FR")
    assert {code: titles(one) for code, one in systems.items()} == {"DE": {TWO}, "FR": {TWO}, "JP": set()}
    key = Collection.objects.exclude(audience=["alliance"]).get().uid
    assert key == stix.collection_id(["FR", "DE"])
    for what in ("", "objects/", "manifest/"):
        foreign = systems["JP"].get(f"members/collections/{key}/{what}")
        absent = systems["JP"].get(f"members/collections/{stix.collection_id(['US'])}/{what}")
        assert foreign.status_code == absent.status_code == 404
        assert foreign.json()["description"] == absent.json()["description"]
    denied()
    assert [titles(one) for one in systems.values()] == [{TWO, ALL}, {TWO, ALL}, {ALL}]


def test_who_could_read_a_denial_is_told_of_its_release_and_of_its_end(
    systems: dict[str, System], officer_of: Any
) -> None:
    denial = denied("FR")
    decider = officer_of("DE", Role.DECIDER)
    intelligence.release_denial(actor=decider, denial=denial, releasable_to=[])
    run_deliveries()
    (of_two,), (of_all,) = reports(systems["FR"], TWO), reports(systems["JP"], ALL)
    assert of_two == of_all
    assert "releasable_to" not in of_all["extensions"][mapping.DENIAL.id]
    intelligence.withdraw_denial(actor=decider, denial=denial, reason="The site was visited.")
    run_deliveries()
    for code, title in (("FR", TWO), ("FR", ALL), ("JP", ALL)):
        (ended,) = reports(systems[code], title)
        assert ended["revoked"]
        assert ended["modified"] > of_all["modified"]


def test_a_suspicious_order_is_shared_with_each_member_apart(
    systems: dict[str, System], exporter: User, organisation: Organisation, officer_of: Any
) -> None:
    report = suspicions.file(actor=exporter, organisation=organisation, **SUSPICION)
    run_deliveries()
    alone = "Releasable to {} (TLP:AMBER+STRICT)"
    assert [titles(one) for one in systems.values()] == [{alone.format("DE")}, set(), set()]
    suspicions.review(
        actor=officer_of("DE", Role.DECIDER),
        report=report,
        outcome="passed_on",
        reason="The buyer is theirs.",
        to=["FR"],
    )
    run_deliveries()
    assert [titles(one) for one in systems.values()] == [{alone.format("DE")}, {alone.format("FR")}, set()]
    (told,) = reports(systems["FR"], alone.format("FR"))
    assert [told] == reports(systems["DE"], alone.format("DE"))
    assert "FR" not in str(told), "tells with whom it is shared"


def test_an_officer_who_belongs_to_the_exporter_is_shown_no_collection(
    system_of: Any, exporter: User, organisation: Organisation, officer_of: Any
) -> None:
    suspicions.file(actor=exporter, organisation=organisation, **SUSPICION)
    run_deliveries()
    recused = officer_of("DE", Role.ADVISER)
    system = system_of(recused)
    assert len(titles(system)) == 1
    Membership.objects.create(user=recused, organisation=organisation, role="exporter")
    assert titles(system) == set()
    key = stix.collection_id(["DE"])
    assert system.get(f"members/collections/{key}/objects/").status_code == 404
    denied(by="DE")  # something else of the alliance opens the rest, but not this
    assert titles(system) == {ALL}


def test_exporters_and_officers_without_a_second_factor_read_nothing(
    client_of: Any, system_of: Any, officer_of: Any, exporter: User
) -> None:
    denied()
    assert titles(system_of(officer_of("FR", second_factor=False))) == set()
    assert client_of(exporter, "taxii:read").get("/taxii2/members/collections/").json() == {}


@pytest.mark.parametrize("broken", ["revoked", "keys", "left", "secret", "unknown", "malformed", "nothing"])
def test_what_opens_nothing_at_the_token_endpoint_opens_nothing_here(
    system_of: Any, officer_of: Any, broken: str
) -> None:
    officer = officer_of("DE")
    system: System = system_of(officer)
    assert system.get("").status_code == 200
    sent = system.basic
    if broken == "revoked":
        revoke_client(actor=officer_of("DE", Role.ADMINISTRATOR), client=system.client)
    elif broken == "keys":
        type(system.client).objects.filter(pk=system.client.pk).update(public_keys=[{"kty": "OKP"}])
    elif broken == "left":
        User.objects.filter(pk=officer.pk).update(is_active=False, left_at=clock.now())
    elif broken == "secret":
        sent = System(system.client, "wrong").basic
    elif broken == "unknown":
        system.client.client_id = "nobody\x00"
        sent = system.basic
    else:
        sent = "Basic ???" if broken == "malformed" else ""
    answer = system.get("", Authorization=sent)
    assert (answer.status_code, answer.json()["error_code"]) == (401, "not-authenticated")
    assert answer["WWW-Authenticate"].startswith("Basic realm=")
    assert "Bearer" in answer["WWW-Authenticate"]


def test_guesses_are_shut_out_as_those_of_people_are(system_of: Any, officer_of: Any) -> None:
    system: System = system_of(officer_of("DE"))
    for _guess in range(5):
        wrong = system.get("", Authorization=System(system.client, "guess").basic)
        assert wrong.status_code == 401
    shut = system.get("")
    assert (shut.status_code, shut["Retry-After"]) == (429, "900")
    other: System = system_of(officer_of("FR"))
    assert other.get("").status_code == 200


def test_a_token_needs_the_scope_and_so_does_a_secret(
    client_of: Any, system_of: Any, officer_of: Any
) -> None:
    denied()
    narrow = system_of(officer_of("FR"), "denials:read").get("members/collections/")
    assert (narrow.status_code, "taxii:read" in narrow.json()["description"]) == (403, True)
    with_token: APIClient = client_of(officer_of("FR"), "taxii:read")
    answer = with_token.get("/taxii2/members/collections/", headers={"accept": MEDIA})
    assert [one["title"] for one in answer.json()["collections"]] == [ALL]
    assert "RateLimit" in answer
    assert client_of(officer_of("FR"), "cases:read").get("/taxii2/").status_code == 403
    assert Client().get("/taxii2/").status_code == 401


def leaves(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set().union(*map(leaves, value.values()))
    if isinstance(value, list):
        return set().union(*map(leaves, value)) if value else set()
    return {str(value)}


def own(told: mapping.Told) -> set[str]:
    """What the objects of a thing say of it, without what STIX itself needs."""
    formal = {
        "id",
        "type",
        "spec_version",
        "created",
        "modified",
        "published",
        "created_by_ref",
        "extensions",
    }
    refs = {"source_ref", "target_ref", "object_refs", "object_marking_refs", "relationship_type"}
    said: set[str] = set()
    for one in told.own:
        said |= leaves({name: part for name, part in one.items() if name not in formal | refs})
        for extension in one.get("extensions", {}).values():
            said |= leaves({name: part for name, part in extension.items() if name != "extension_type"})
    return said


def test_stix_tells_no_more_than_rest_does(
    in_force: None, officer_of: Any, exporter: User, organisation: Organisation, rf: Any
) -> None:
    """Every word of the objects is one of the REST answer to the same reader, or one of the mapping's own."""
    request = rf.get("/")
    request.user = officer_of("DE")
    denial: Denial = denied("FR", end_use="Filming combustion", national_reference="N 1")
    report: SuspiciousOrder = suspicions.file(actor=exporter, organisation=organisation, **SUSPICION)
    notice = issued(officer_of, destinations=["SG"], parties=["Straits Optical Works"])
    for told, row, serializer, words in (
        (mapping.of_denial(denial), denial, DenialSerializer, {"denial-notice"}),
        (
            mapping.of_suspicious_order(report),
            report,
            SuspiciousOrderSerializer,
            {"suspicious-order", "ordered", "exporter", "organization"},
        ),
        (mapping.of_guidance(notice), notice, GuidanceSerializer, set()),
    ):
        answer = leaves(serializer(row, context={"request": request}).data)
        answer |= {stix.instant(at) for at in vars(row).values() if hasattr(at, "microsecond")}
        address = {word for word in own(told) if "/api/v1/" in word}
        names = {
            word for word in own(told) if word.startswith(("Denial DN", "Suspicious order SO", "Guidance GN"))
        }
        assert own(told) - answer - address - names - words - {"entente", "unknown"} == set()
    fields = {
        *DenialSerializer.Meta.fields,
        *SuspiciousOrderSerializer.Meta.fields,
        *GuidanceSerializer.Meta.fields,
    }
    for extension in (mapping.DENIAL, mapping.SUSPICION, mapping.GUIDANCE):
        assert set(extension.properties) <= fields


def test_guidance_is_a_course_of_action_for_all_members(
    in_force: None, systems: dict[str, System], officer_of: Any
) -> None:
    notice = issued(officer_of, parties=["Straits Optical Works"])
    (told,) = systems["JP"].collection(ALL).get_objects(type="course-of-action")["objects"]
    assert told["description"] == notice.text
    assert told["extensions"][mapping.GUIDANCE.id]["jws"] == notice.jws


def test_the_page_of_a_system_shows_where_it_polls_and_what(
    system_of: Any, officer_of: Any, client: Client
) -> None:
    denied("FR")
    polls, other = system_of(officer_of("FR")), system_of(officer_of("FR"), "denials:read")

    def page(reader: User, system: System) -> str:
        client.force_login(reader, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client.get(f"/account/systems/{system.client.pk}/").content.decode()

    told = page(officer_of("FR", Role.ADMINISTRATOR), polls)
    assert "http://testserver/taxii2/" in told
    assert TWO in told
    assert str(stix.collection_id(["DE", "FR"])) in told
    assert "/taxii2/" not in page(officer_of("FR", Role.ADMINISTRATOR), other)
    assert TWO not in page(officer_of("JP"), system_of(officer_of("JP")))
