"""What is certified of a licence: foreign libraries verify it, one flipped bit fails, each flaw has a name."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.db import DatabaseError, transaction
from jwcrypto.jwk import JWK
from sd_jwt.verifier import SDJWTVerifier

from core import clock
from core.errors import Conflict, Forbidden, Invalid
from correspondence.models import Notice
from ledger.models import Event
from ledger.testing import run_deliveries
from licensing.credentials import bits, forms, packs, sdjwt, tokens
from licensing.credentials.checking import check
from licensing.credentials.tokens import Flaw, b64, unb64
from licensing.models import Licence, LicenceCredential
from licensing.selectors import status_lists
from licensing.selectors.credentials import judged, trusted_keys
from licensing.services import border_packs, consents, credentials, licences
from members import issuing
from members import services as members
from members.models import IssuerKey, Jurisdiction, Ministry, Role, User
from tests import journeys
from tests.licensing.conftest import OBJECTION, Desk, OfficerOf
from tests.licensing.test_licences import put
from tests.standing import stays

ADVISORY = {name: value for name, value in OBJECTION.items() if name not in ("kind", "binding")}


@stays
def licence(desk: Desk) -> Licence:
    """Cameras, issued by Germany with a cap on their value; France has consented, the United States has not."""
    desk.answer("US", "object", **ADVISORY)
    desk.answer("FR")
    desk.reload()
    cap = [{"code": "value_cap", "line": 1, "value": "90000"}, {"code": "no_reexport"}]
    return desk.licence(conditions=cap)


@stays
def customs(officer_of: OfficerOf) -> User:
    return officer_of("FR", Role.CUSTOMS_OFFICER, ministry=Ministry.CUSTOMS)


def again(licence: Licence) -> Licence:
    return Licence.objects.select_related("issued_by", "case", "holder").get(pk=licence.pk)


def public_key(member: str = "DE") -> dict[str, str]:
    members.signing_key(Jurisdiction.objects.get(pk=member))
    return issuing.jwks(member)["keys"][0]


def test_foreign_libraries_verify_every_form(licence: Licence) -> None:
    key = public_key()
    token = credentials.signed(licence, "vc+jwt")
    said = jwt.decode(token, jwt.PyJWK(key), algorithms=["ES256"], options={"require": ["iss", "iat"]})
    assert jwt.get_unverified_header(token) == {
        "alg": "ES256", "typ": "vc+jwt", "cty": "vc", "kid": key["kid"],
    }  # fmt: skip
    subject = said["credentialSubject"]
    assert (subject["number"], subject["territory"], subject["edition"]) == (licence.number, ["DE", "FR"], 1)
    assert licence.holder.name not in json.dumps(said, ensure_ascii=False)
    assert [(one["member"], one["by"]) for one in said["evidence"]] == [
        ("DE", "decision"),
        ("FR", "position"),
    ]
    salted = hashlib.sha256((subject["holder"]["nameSalt"] + licence.holder.name).encode()).digest()
    assert subject["holder"]["nameDigest"] == b64(salted), "whoever has the name checks it"

    for form, priced in (("vc+sd-jwt", True), ("customs", False)):
        read = SDJWTVerifier(
            credentials.signed(licence, form),
            lambda issuer, header: JWK(**{k: key[k] for k in ("kty", "crv", "x", "y")}),
            None,
            None,
        ).get_verified_payload()
        assert read["credentialSubject"]["holder"]["name"] == licence.holder.name
        (item, *_rest) = read["credentialSubject"]["items"]
        assert ("value" in item) is priced
        assert item["quantity"] == f"{licence.lines.first().quantity.normalize():f}"
        told = {one["code"]: one.get("says") for one in read["credentialSubject"]["conditions"]}
        assert told["no_reexport"]
        assert bool(told["value_cap"]) is priced
    code = credentials.signed(licence, "code").partition("#")[2]
    assert jwt.decode(code, jwt.PyJWK(key), algorithms=["ES256"])["n"] == licence.number
    assert credentials.signed(licence, "vc+jwt") == token, (
        "the same text under the same key is the same token"
    )


def test_every_term_is_defined_where_the_credential_says(licence: Licence) -> None:
    """Both contexts are frozen copies; nothing is fetched, and nothing is said that they do not define."""
    standard = forms.context_file("credentials-v2.jsonld")
    assert hashlib.sha256(standard).hexdigest() == forms.STANDARD_HASH
    own = json.loads(forms.context_file("licence-v1.jsonld"))["@context"]
    terms = {**json.loads(standard)["@context"], **own}

    def scoped(name: str, known: dict[str, Any]) -> dict[str, Any]:
        """The terms inside what a term names."""
        found = known.get(name)
        return {**known, **(found.get("@context") or {} if isinstance(found, dict) else {})}

    def undefined(value: Any, known: dict[str, Any]) -> list[str]:
        if isinstance(value, list):
            return [name for one in value for name in undefined(one, known)]
        if not isinstance(value, dict):
            return []
        types = value.get("type", [])
        for one in [types] if isinstance(types, str) else types:
            assert one in known
            known = scoped(one, known)
        return [name for name in value if name not in known] + [
            name for key, entry in value.items() for name in undefined(entry, scoped(key, known))
        ]

    said = forms.open_claims(credentials.certify(licence))
    assert (
        undefined({name: one for name, one in said.items() if name not in ("@context", "iss")}, terms) == []
    )
    assert said["@context"][0] == forms.STANDARD


def _flipped(text: str, at: int) -> str:
    """Flip one bit of what the character at a place stands for."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return text[:at] + alphabet[alphabet.index(text[at]) ^ 1] + text[at + 1 :]


def test_one_flipped_bit_fails_at_every_part(licence: Licence, customs: User) -> None:
    pack_text = border_packs.make(actor=customs).text
    for form in ("vc+jwt", "vc+sd-jwt", "customs", "code"):
        token = credentials.signed(licence, form).rpartition("#")[2]
        assert judged(token).code == "valid", form
        ends = [at for at, char in enumerate(token + ".") if char in ".~"]
        starts = [0, *(end + 1 for end in ends[:-1])]
        for start, end in zip(starts, ends, strict=True):
            for at in {start, (start + end) // 2, end - 1} if end > start else ():
                changed = _flipped(token, at)
                assert judged(changed).code not in ("valid", ""), (form, at, changed[at - 3 : at + 3])
    head, body, signature = pack_text.split(".")
    trusted = trusted_keys()
    for part, text in enumerate((head, body, signature)):
        for at in (0, len(text) // 2, len(text) - 1):
            parts = [head, body, signature]
            parts[part] = _flipped(text, at)
            with pytest.raises(Flaw):
                packs.opened(".".join(parts), trusted)


#: (status on record, days from now) of a licence that runs from the fifth to the thirty-fifth day -> the verdict
STATES = {
    ("issued", 0): "not_yet_valid", ("suspended", 0): "suspended", ("revoked", 0): "revoked",
    ("issued", 10): "valid", ("suspended", 10): "suspended", ("revoked", 10): "revoked",
    ("surrendered", 10): "surrendered", ("exhausted", 10): "exhausted", ("expired", 10): "expired",
    ("issued", 40): "expired", ("suspended", 40): "expired", ("exhausted", 40): "exhausted",
}  # fmt: skip


def test_the_verdict_without_a_network_is_the_one_with_it(
    desk: Desk, customs: User, officer_of: OfficerOf
) -> None:
    desk.answer("US", "object", **ADVISORY)
    desk.answer("FR")
    desk.reload()
    today = clock.today("Europe/Berlin")
    licence = desk.licence(valid_from=today + timedelta(days=5), valid_until=today + timedelta(days=35))
    american = officer_of("US", Role.CUSTOMS_OFFICER, ministry=Ministry.CUSTOMS)
    shown = [credentials.signed(licence, form) for form in ("customs", "code")]
    for (state, days), expected in STATES.items():
        with journeys.later(days=days):
            put(licence, state)
            elsewhere = ((american, "US"),) if days == 10 else ()
            for person, member in ((customs, "FR"), *elsewhere):
                pack = packs.opened(border_packs.make(actor=person).text, trusted_keys())
                online = licences.verification(licence.number, member=member).status
                if member == "FR":
                    assert online == expected
                for token in shown:
                    told = (judged(token, member).code, check(token, pack, clock.now()).code)
                    assert told == (online, online), (state, days, member)


@stays
def shown(licence: Licence) -> str:
    return credentials.signed(licence, "vc+jwt")


def forged(
    key: IssuerKey, token: str, kind: str = "vc+jwt", header: dict[str, str] | None = None, **said: Any
) -> str:
    """Sign what a token says, changed, with a key of a member."""
    payload = {**tokens.read(token).payload, **said}
    return issuing.sign(key, payload, kind, **(header or {}))


def test_each_flaw_of_a_credential_has_its_own_name(
    shown: str, licence: Licence, customs: User, officer_of: OfficerOf
) -> None:
    german = members.signing_key(licence.issued_by)
    french = members.signing_key(Jurisdiction.objects.get(pk="FR"))
    head, body, signature = shown.split(".")
    said = tokens.read(shown).payload
    unsigned = b64(json.dumps({"alg": "none", "typ": "vc+jwt", "kid": issuing.key_id(german)}).encode())
    hmac = b64(json.dumps({"alg": "HS256", "typ": "vc+jwt", "kid": issuing.key_id(german)}).encode())
    elsewhere = [
        {**one, "statusListCredential": one["statusListCredential"].replace("/members/de/", "/members/fr/")}
        for one in said["credentialStatus"]
    ]
    selective = credentials.signed(licence, "vc+sd-jwt")
    parts = selective.split("~")
    foreign = issuing.make_pair()
    wrong = {
        "unreadable": [
            shown[:-41], shown[: len(head) + 50], "", "x" * 300_000, "a.b", f"{head}.{body}.!", parts[0],
        ],
        "wrong_type": [forged(german, shown, "jwt"), forged(german, shown, "border-pack+jwt"), f"{shown}~"],
        "wrong_algorithm": [f"{unsigned}.{body}.", f"{hmac}.{body}.{signature}"],
        "unknown_issuer": [forged(german, shown, iss="did:web:elsewhere:members:de", header={"kid": "x"})],
        "unknown_key": [forged(german, shown, header={"kid": f"{issuing.did_of('DE')}#another"})],
        "key_of_another_issuer": [forged(french, shown)],
        "signature_wrong": [f"{head}.{body}.{b64(b'0' * 64)}", forged(german, shown).rpartition(".")[0] + ".AAAA"],
        "key_not_then": [forged(german, shown, iat=one) for one in (1, True, "now")],
        "wrong_content": [forged(german, shown, type=["VerifiableCredential"]), forged(german, shown, id=7),
                          forged(german, shown, credentialSubject={}), forged(german, shown, credentialStatus=[]),
                          forged(german, shown, issuer=issuing.did_of("FR"))],
        "disclosure_wrong": ["~".join([*parts[:-1], parts[1], ""]), "~".join([*parts[:-1], "W10", ""]),
                             "~".join([*parts[:-1], "x.y.z"])],
        "status_of_another_issuer": [forged(german, shown, credentialStatus=elsewhere)],
        "not_as_recorded": [forged(german, shown, validUntil="2099-01-01T00:00:00Z")],
        "unknown": [forged(german, shown, id="urn:uuid:00000000-0000-4000-8000-000000000000")],
    }  # fmt: skip
    assert foreign[0] != german.kid
    for code, texts in wrong.items():
        for text in texts:
            assert judged(text).code == code, text[:80]
    with journeys.later(minutes=1):
        pack = packs.opened(border_packs.make(actor=customs).text, trusted_keys())
        for code, texts in wrong.items():
            assert {check(text, pack, clock.now()).code for text in texts} == {code}
        assert check(selective, pack, clock.now()).code == "valid"
        fewer = check("~".join([parts[0], parts[1], ""]), pack, clock.now())
    assert fewer.holds, "a holder shows what it chooses to"


def test_each_flaw_of_a_pack_has_its_own_name(
    licence: Licence, customs: User, shown: str, officer_of: OfficerOf
) -> None:
    made = border_packs.make(actor=customs)
    trusted = trusted_keys()
    pack = packs.opened(made.text, trusted)
    assert (pack.member, made.licences, list(pack.credentials)) == ("FR", 1, [licence.number])
    assert '"value"' not in json.dumps(tokens.read(pack.credentials[licence.number].split("~")[0]).payload)
    later = clock.now() + timedelta(hours=24)
    assert [pack.unfit(at) for at in (clock.now(), later, clock.now() - timedelta(hours=1))] == [
        "", "pack_expired", "clock_behind",
    ]  # fmt: skip
    german, french = (members.signing_key(Jurisdiction.objects.get(pk=code)) for code in ("DE", "FR"))
    payload = tokens.read(made.text).payload
    for text, code in (
        (made.text[:-200], "pack_unreadable"),
        ("", "pack_unreadable"),
        (shown, "pack_unreadable"),
        (issuing.sign(french, {**payload, "keys": [{}]}, packs.KIND), "pack_unreadable"),
        (issuing.sign(german, payload, packs.KIND), "pack_not_trusted"),
        (issuing.sign(german, {**payload, "iss": issuing.did_of("DE")}, packs.KIND), "pack_not_trusted"),
        (made.text[:-4] + "AAAA", "pack_not_trusted"),
    ):
        with pytest.raises(Flaw) as flaw:
            packs.opened(text, trusted)
        assert flaw.value.code == code
    with pytest.raises(Flaw, match="pack_not_trusted"):
        packs.opened(made.text, {})

    (place,) = [name for name in payload["status"] if "/revocation/" in name]
    listed = tokens.read(payload["status"][place]).payload
    old = {**listed, "validUntil": "2020-01-01T00:00:00Z"}
    foreign = {**listed, "iss": issuing.did_of("FR")}
    for token, code in (
        (issuing.sign(german, old, "vc+jwt"), "status_stale"),
        (issuing.sign(french, foreign, "vc+jwt"), "status_of_another_issuer"),
        (issuing.sign(german, {**listed, "credentialSubject": {}}, "vc+jwt"), "status_unreadable"),
        (None, "status_missing"),
    ):
        lists = {name: one for name, one in {**payload["status"], place: token}.items() if one}
        changed = packs.opened(issuing.sign(french, {**payload, "status": lists}, packs.KIND), trusted)
        assert check(shown, changed, clock.now()).code == code
    with journeys.later(minutes=1):
        decider = officer_of("US", Role.DECIDER)
        consents.consent(actor=decider, licence=licence, reason="Seen, and agreed.")
        assert (
            check(credentials.signed(again(licence), "vc+jwt"), pack, clock.now()).code == "newer_than_pack"
        )


def test_a_later_edition_supersedes_the_one_before(
    licence: Licence, officer_of: OfficerOf, shown: str
) -> None:
    consents.consent(actor=officer_of("US", Role.DECIDER), licence=licence, reason="Seen, and agreed.")
    wider = credentials.signed(again(licence), "vc+jwt")
    assert (judged(shown).code, judged(wider, "US").code) == ("superseded", "valid")
    said = tokens.read(wider).payload
    assert [(one["member"], one["by"]) for one in said["evidence"]][-1] == ("US", "consent")
    first, second = LicenceCredential.objects.filter(licence=licence)
    told = status_lists.statuses("DE", first.list_number)
    assert told["revocation"] == told["refresh"] == {first.list_index: 1}
    assert first.list_index != second.list_index
    for act in (
        LicenceCredential.objects.filter(pk=first.pk).update,
        LicenceCredential.objects.filter(pk=first.pk).delete,
    ):
        with pytest.raises(DatabaseError, match="kept"), transaction.atomic():
            act(**({"edition": 9} if act.__name__ == "update" else {}))


def test_a_key_is_rotated_and_revoked_by_the_administrator_of_its_member(
    licence: Licence, shown: str, officer_of: OfficerOf, exporter: User
) -> None:
    boss, customs = officer_of("DE", Role.ADMINISTRATOR), officer_of("FR", Role.CUSTOMS_OFFICER)
    for stranger in (officer_of("DE", Role.DECIDER), officer_of("FR", Role.ADMINISTRATOR)):
        with pytest.raises(Forbidden):
            members.rotate_issuer_key(actor=stranger, member=licence.issued_by)
    first = members.signing_key(licence.issued_by)
    assert first.made_by is None
    with journeys.later(hours=1):
        second = members.rotate_issuer_key(actor=boss, member=licence.issued_by)
    with journeys.later(hours=2):
        newer = credentials.signed(licence, "vc+jwt")
        assert tokens.read(newer).header["kid"].endswith(second.kid)
        assert [judged(one).code for one in (shown, newer)] == ["valid", "valid"], (
            "the former stays published"
        )
        since = clock.now() + timedelta(hours=1)
        for at, reason in ((since, "It was on a stolen disk."), (clock.now(), "Lost")):
            with pytest.raises(Invalid):
                members.revoke_issuer_key(actor=boss, key=second, since=at, reason=reason)
        members.revoke_issuer_key(
            actor=boss,
            key=second,
            since=second.valid_from - timedelta(days=1),
            reason="It was on a stolen disk.",
        )
        assert judged(newer).code == "key_revoked"
        assert judged(credentials.signed(licence, "vc+jwt")).code == "valid", "a third key signs"
        with pytest.raises(Conflict):
            members.revoke_issuer_key(
                actor=boss, key=second, since=clock.now(), reason="It was on a stolen disk."
            )
        event = Event.objects.get(type="issuer_key.revoked")
        assert (event.facts["kid"], event.facts["member"]) == (second.kid, "DE")
        run_deliveries()
        told = {notice.recipient: notice.text for notice in Notice.objects.filter(subject__contains="key of")}
        assert "stolen disk" in told[customs]
        assert "Fetch" in told[exporter]
        assert boss not in told
        document = issuing.did_document(licence.issued_by)
        assert second.kid not in json.dumps(document)
        assert first.kid in json.dumps(document)
    for change in ({"revoked_at": None}, {"public": {}}, {"valid_from": clock.now()}):
        with pytest.raises(DatabaseError), transaction.atomic():
            IssuerKey.objects.filter(pk=second.pk).update(**change)


def test_a_private_part_opens_with_former_secret_keys_and_no_others(licence: Licence, settings: Any) -> None:
    key = members.signing_key(licence.issued_by)
    assert '"d"' not in json.dumps(key.public)
    issuing._private.cache_clear()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]
    assert judged(credentials.signed(licence, "vc+jwt")).code == "valid"
    issuing._private.cache_clear()
    settings.SECRET_KEY_FALLBACKS = []
    again = credentials.signed(licence, "vc+jwt")
    assert (tokens.read(again).header["kid"] != issuing.key_id(key), judged(again).code) == (True, "valid")
    issuing._private.cache_clear()


def test_a_list_is_the_standard_s_and_hides_each_among_as_many() -> None:
    text = bits.encoded({0: 1, 94567: 3, bits.ENTRIES - 1: 2}, 2)
    raw = bits.decoded(text, 2)
    assert len(raw) * 8 == bits.ENTRIES * 2
    assert [bits.entry(raw, at, 2) for at in (0, 1, 94567, bits.ENTRIES - 1)] == [1, 0, 3, 2]
    assert bits.decoded(bits.encoded({0: 1}))[0] == 0x80, "the first entry is the leftmost bit"
    for wrong in (None, "", "z" + text[1:], text[:-9], bits.encoded({}, 1)):
        with pytest.raises(Flaw):
            bits.decoded(wrong, 2)
    with pytest.raises(Flaw):
        bits.entry(raw, bits.ENTRIES, 2)


def test_what_is_concealed_is_of_the_standard() -> None:
    claims, shown = sdjwt.conceal({"a": {"name": "x", "b": 1}}, lambda path, name: name == "name", b"secret")
    assert set(claims["a"]) == {"b", "_sd"}
    assert claims["_sd_alg"] == "sha-256"
    (disclosure,) = shown.values()
    assert json.loads(unb64(disclosure))[1:] == ["name", "x"]
    assert sdjwt.revealed(claims, [disclosure]) == {"a": {"name": "x", "b": 1}}
    assert sdjwt.revealed(claims, []) == {"a": {"b": 1}}
