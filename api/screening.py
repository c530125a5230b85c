"""How parties are asked about: our own shape, and that of yente's /match/{dataset}."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from core.errors import Invalid
from screening import services as screening
from screening.engine.addresses import LONGEST as LONGEST_ADDRESS
from screening.engine.align import THRESHOLD
from screening.engine.words import LONGEST
from screening.explaining import in_words
from screening.matching import Match
from screening.services.asking import MOST_ADDRESSES, MOST_MATCHES, MOST_NAMES, MOST_PARTIES

KINDS = ("company", "person", "vessel", "aircraft")


def _name() -> serializers.CharField:
    return serializers.CharField(max_length=LONGEST)


class PartySerializer(serializers.Serializer[Any]):
    reference = serializers.CharField(max_length=100, required=False, default="", allow_blank=True)
    names = serializers.ListField(child=_name(), min_length=1, max_length=MOST_NAMES)
    kind = serializers.ChoiceField(KINDS, required=False, allow_null=True, default=None)
    country = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")
    born = serializers.RegexField(
        r"^\d{4}(-\d{2}(-\d{2})?)?$",
        required=False,
        allow_null=True,
        default=None,
        help_text="YYYY[-MM[-DD]]",
    )
    identifiers = serializers.ListField(
        child=serializers.CharField(max_length=100), max_length=50, required=False, default=list
    )
    addresses = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_ADDRESS),
        max_length=MOST_ADDRESSES,
        required=False,
        default=list,
        help_text="A listed party at one of them is a match by the rule `address`, never a strong one.",
    )


class MatchRequestSerializer(serializers.Serializer[Any]):
    parties = serializers.ListField(child=PartySerializer(), min_length=1, max_length=MOST_PARTIES)
    threshold = serializers.FloatField(min_value=0.3, max_value=1, required=False, default=THRESHOLD)
    top = serializers.IntegerField(min_value=1, max_value=MOST_MATCHES, required=False, default=10)


class AlignedSerializer(serializers.Serializer[Any]):
    asked = serializers.CharField()
    listed = serializers.CharField()
    similarity = serializers.FloatField()
    rule = serializers.CharField()
    weight = serializers.FloatField()


class MatchSerializer(serializers.Serializer[Any]):
    list = serializers.CharField(source="list_key")
    version = serializers.CharField()
    entry_id = serializers.CharField()
    entry_kind = serializers.CharField()
    entry_name = serializers.CharField()
    matched_name = serializers.CharField()
    name_kind = serializers.CharField()
    score = serializers.FloatField()
    hit = serializers.SerializerMethodField()
    strong = serializers.BooleanField()
    rule = serializers.CharField()
    explanation = serializers.ListField(child=serializers.CharField())
    alignment = AlignedSerializer(many=True)

    def get_hit(self, match: Match) -> bool:
        return match.score >= THRESHOLD


class PartyAnswerSerializer(serializers.Serializer[Any]):
    reference = serializers.CharField()
    matches = MatchSerializer(many=True)


class MatchAnswerSerializer(serializers.Serializer[Any]):
    lists = serializers.ListField(child=serializers.DictField(child=serializers.CharField()))
    threshold = serializers.FloatField(help_text="Scores from here on are hits.")
    results = PartyAnswerSerializer(many=True)


# yente -----------------------------------------------------------------------------------------------------

#: FollowTheMoney schemata by our kinds of party; a LegalEntity may be either of two.
SCHEMATA = {
    "Person": "person",
    "Company": "company",
    "Organization": "company",
    "PublicBody": "company",
    "Vessel": "vessel",
    "Airplane": "aircraft",
    "LegalEntity": None,
    "Thing": None,
}
SCHEMA_OF = {"person": "Person", "company": "Company", "vessel": "Vessel", "aircraft": "Airplane"}
NAMES = ("name", "alias", "weakAlias", "previousName")
COUNTRIES = ("country", "nationality", "citizenship", "jurisdiction", "flag", "mainCountry")
NUMBERS = (
    "passportNumber", "idNumber", "taxNumber", "vatCode", "registrationNumber", "imoNumber", "mmsi", "leiCode",
    "innCode", "ogrnCode", "swiftBic", "dunsCode", "uscCode", "npiCode", "socialSecurityNumber", "callSign",
)  # fmt: skip
EVERYTHING = ("default", "all")


class QuerySerializer(serializers.Serializer[Any]):
    id = serializers.CharField(required=False, allow_null=True, allow_blank=True)
    schema = serializers.ChoiceField(sorted(SCHEMATA))
    properties = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField(max_length=LONGEST), max_length=100)
    )


class YenteRequestSerializer(serializers.Serializer[Any]):
    queries = serializers.DictField(child=QuerySerializer(), allow_empty=False)
    weights = serializers.DictField(required=False)
    config = serializers.DictField(required=False)


class YenteAnswerSerializer(serializers.Serializer[Any]):
    responses = serializers.DictField(child=serializers.DictField())
    matcher = serializers.DictField(child=serializers.CharField())
    limit = serializers.IntegerField()


class YenteParameters(serializers.Serializer[Any]):
    """What may stand in the address; whatever would narrow the answer and is not known here is refused."""

    limit = serializers.IntegerField(min_value=1, max_value=MOST_MATCHES, default=5)
    threshold = serializers.FloatField(min_value=0, max_value=1, default=THRESHOLD)
    cutoff = serializers.FloatField(min_value=0, max_value=1, default=0.5)
    include_dataset = serializers.ListField(child=serializers.CharField(), default=list)
    exclude_dataset = serializers.ListField(child=serializers.CharField(), default=list)
    exclude_entity_ids = serializers.ListField(child=serializers.CharField(), default=list)


IGNORED = ("algorithm", "fuzzy", "simple")  # how yente matches; here there is one way


def parameters(query: Any) -> dict[str, Any]:
    """Return the parameters of an address; Invalid, naming it, for one that is not known here."""
    known = YenteParameters().fields
    for name in query:
        if name not in known and name not in IGNORED:
            raise Invalid.field(name, _("This parameter is not known here; leave it out."))
    many = {name for name, field in known.items() if isinstance(field, serializers.ListField)}
    given = {name: query.getlist(name) if name in many else query[name] for name in query if name in known}
    serializer = YenteParameters(data=given)
    serializer.is_valid(raise_exception=True)
    found: dict[str, Any] = serializer.validated_data
    return found


def asked(query: Mapping[str, Any]) -> screening.Asked:
    """Return a FollowTheMoney entity as a party that is asked about."""
    said: Mapping[str, list[str]] = query["properties"]
    names = [name for field in NAMES for name in said.get(field, ())]
    parts = [said[part][0] for part in ("firstName", "fatherName", "lastName") if said.get(part)]
    if len(parts) > 1:
        names.append(" ".join(parts)[:LONGEST])
    return screening.Asked(
        names=tuple(dict.fromkeys(names))[:MOST_NAMES],
        kind=SCHEMATA[query["schema"]],
        country=next(iter(_all(said, COUNTRIES)), None),
        born=next(iter(said.get("birthDate", ())), None),
        identifiers=tuple(_all(said, NUMBERS)),
    )


def _all(said: Mapping[str, list[str]], fields: Iterable[str]) -> list[str]:
    return [value for field in fields for value in said.get(field, ())]


def scored(match: Match, threshold: float) -> dict[str, Any]:
    """Return a match as a scored entity."""
    detail = " ".join(in_words(pair) for pair in match.alignment)
    features = {f"{number:02} {pair.rule}": pair for number, pair in enumerate(match.alignment, start=1)}
    return {
        "id": match.entry_id,
        "caption": match.entry_name,
        "schema": SCHEMA_OF.get(match.entry_kind, "LegalEntity"),
        "properties": {
            "name": [match.entry_name],
            "alias": [match.matched_name] if match.matched_name != match.entry_name else [],
            "country": list(match.countries),
            "birthDate": list(match.born),
        },
        "datasets": [match.list_key],
        "referents": [],
        "target": True,
        "first_seen": None,
        "last_seen": None,
        "last_change": None,
        "score": match.score,
        "match": match.score >= threshold,
        "features": {"name": match.score},
        "explanations": {
            "name": {
                "score": match.score,
                "detail": detail,
                "query": " ".join(filter(None, (pair.asked for pair in match.alignment))),
                "candidate": match.matched_name,
                "weight": 1.0,
            },
            **{
                name: {
                    "score": pair.similarity,
                    "detail": in_words(pair),
                    "query": pair.asked,
                    "candidate": pair.listed,
                    "weight": pair.weight,
                }
                for name, pair in features.items()
            },
        },
    }
