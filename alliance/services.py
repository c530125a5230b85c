"""Loading of bundles: each file whole or not at all, each version once and for ever."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from alliance import aid_reading, instruments, library, register, selectors
from alliance.charters import parse as parse_charter
from alliance.contents import CHECKS
from alliance.models import AuthoredCharter, Bundle, Charter, ControlEntry, Criterion, Instrument
from alliance.reading import Reader
from core import clock
from core.actors import PROCESS
from core.audience import PUBLIC, Audience
from core.errors import Conflict, EntenteError, Invalid
from core.models import ref
from ledger import services as ledger
from members import services as members

LARGEST = 20_000_000  # bytes of one file
LOCK = 0x656E7465_00000001  # of pg_advisory_xact_lock: loaders wait for one another
FIELDS = ("kind", "version", "effective_from", "source", "as_of", "entries")
OPTIONAL = ("tables", "extends", "note")


@dataclass(frozen=True)
class BundleFile:
    """A file that was read and is well formed; its entries are checked when it is loaded."""

    path: str
    kind: str
    version: str
    effective_from: date
    source: str
    as_of: date
    entries: list[Any]
    tables: dict[str, Any]
    extends: str


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for index, name in enumerate(names) if name in names[:index])
        raise ValueError(_("the field “%(name)s” is there twice in one object") % {"name": twice})
    return found


def _constant(text: str) -> object:
    raise ValueError(_("%(text)s is not a number of JSON") % {"text": text})


def _refuse_what_cannot_be_stored(value: object, path: str) -> None:
    """Raise Invalid at text with NUL or half a surrogate pair, which PostgreSQL refuses."""
    waiting: list[tuple[object, str]] = [(value, path)]
    while waiting:
        item, where = waiting.pop()
        if isinstance(item, str):
            if "\0" in item or any(0xD800 <= ord(letter) <= 0xDFFF for letter in item):
                raise Invalid.field(where or "$", _("Has a character that cannot be stored."))
        elif isinstance(item, Mapping):
            for name, member in item.items():
                waiting.append((name, where))
                waiting.append((member, f"{where}.{name}" if where else str(name)))
        elif isinstance(item, list):
            waiting.extend((member, f"{where}.{index}") for index, member in enumerate(item))


def parse(content: bytes, path: str = "") -> BundleFile:
    """Return the bundle a file holds; Invalid names the path in the JSON, or line and column."""
    if len(content) > LARGEST:
        raise Invalid(_("The file is larger than %(limit)d bytes.") % {"limit": LARGEST})
    try:
        value = json.loads(content.decode(), object_pairs_hook=_pairs, parse_constant=_constant)
    except json.JSONDecodeError as error:
        raise Invalid.field("$", _("Not JSON: %(error)s") % {"error": error}) from error
    except RecursionError as error:
        raise Invalid.field("$", _("The JSON is nested too deep.")) from error
    except ValueError as error:  # decoding, a double field, a number no computer can hold
        raise Invalid.field("$", _("Not usable JSON: %(error)s") % {"error": str(error)[:300]}) from error
    _refuse_what_cannot_be_stored(value, "")
    reader = Reader(value, "", FIELDS, optional=OPTIONAL)
    tables = dict(reader.open_object("tables").value) if reader.has("tables") else {}
    return BundleFile(
        path=path,
        kind=reader.choice("kind", tuple(CHECKS)),
        version=reader.text("version", longest=40),
        effective_from=reader.day("effective_from"),
        source=reader.text("source"),
        as_of=reader.day("as_of"),
        entries=reader.items("entries"),
        tables=tables,
        extends=reader.text("extends", longest=40) if reader.has("extends") else "",
    )


def _identity(entry: object) -> object:
    """What makes two entries of one kind the same: its key, code, group or regime."""
    if isinstance(entry, Mapping):
        for name in ("key", "code", "group", "regime", "hs6"):
            if isinstance(entry.get(name), str):
                return entry[name]
    return None


def _resolved(file: BundleFile) -> tuple[list[Any], dict[str, Any]]:
    """Return entries and tables over those of the extended version; an own entry replaces its like."""
    if not file.extends:
        return file.entries, file.tables
    base = Bundle.objects.filter(kind=file.kind, version=file.extends).first()
    if base is None:
        raise Invalid.field(
            "extends", _("The version %(version)s of this kind is not loaded.") % {"version": file.extends}
        )
    own = {_identity(entry) for entry in file.entries} - {None}
    entries = [entry for entry in base.payload["entries"] if _identity(entry) not in own] + file.entries
    return entries, {**base.payload["tables"], **file.tables}


def _sha256(file: BundleFile, payload: Mapping[str, Any]) -> str:
    content = {
        "kind": file.kind,
        "version": file.version,
        "effective_from": file.effective_from.isoformat(),
        "source": file.source,
        "as_of": file.as_of.isoformat(),
        **payload,
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def one_at_a_time() -> None:
    """Let whoever loads a bundle, or settles what one has to hold, wait for the others' transactions."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


@transaction.atomic
def load(*, file: BundleFile) -> tuple[Bundle, bool]:
    """Put a bundle on record and return it with whether it is new; the same content again changes nothing.

    Invalid when its content does not fit its kind or changes a threshold that the members have not agreed to
    change, Conflict when the version is known with other content.
    """
    one_at_a_time()
    entries, tables = _resolved(file)
    payload = {"entries": entries, "tables": tables}
    sha256 = _sha256(file, payload)
    known = Bundle.objects.filter(kind=file.kind, version=file.version).first()
    if known is not None:
        if known.sha256 != sha256:
            raise Conflict(
                _("%(bundle)s is loaded with other content. Give the changed content a version of its own.")
                % {"bundle": known},
                fields={"version": [_("Is loaded with other content.")]},
            )
        return known, False
    CHECKS[file.kind](entries, tables)
    register.require_agreed(file.kind, payload, file.effective_from)
    bundle = Bundle.objects.create(
        kind=file.kind,
        version=file.version,
        effective_from=file.effective_from,
        source=file.source,
        as_of=file.as_of,
        sha256=sha256,
        payload=payload,
        loaded_at=clock.now(),
    )
    if unpack := UNPACK.get(file.kind):
        unpack(bundle, entries)
    ledger.record(
        "bundle.loaded",
        actor=PROCESS,
        subject=bundle,
        aggregate=ref(bundle),
        audience=Audience.of(PUBLIC),
        facts={
            "kind": file.kind,
            "version": file.version,
            "effective_from": file.effective_from.isoformat(),
            "entries": len(entries),
            "sha256": sha256,
        },
    )
    return bundle, True


def _unpack_control_list(bundle: Bundle, entries: Iterable[Mapping[str, Any]]) -> None:
    ControlEntry.objects.bulk_create(
        ControlEntry(
            bundle=bundle,
            **{name: entry[name] for name in ("code", "title", "category", "product_group", "reasons")},
        )
        for entry in entries
    )


def _unpack_charters(bundle: Bundle, entries: Iterable[Mapping[str, Any]]) -> None:
    for index, entry in enumerate(entries):
        same = Charter.objects.filter(key=entry["key"], version=entry["version"]).first()
        if same is not None and same.payload != entry:
            raise Conflict(
                _("The charter %(key)s %(version)s is known with other terms.")
                % {"key": entry["key"], "version": entry["version"]},
                fields={f"entries.{index}.version": [_("Changed terms need a version of their own.")]},
            )
        Charter.objects.create(
            bundle=bundle, key=entry["key"], version=entry["version"], title=entry["title"], payload=entry
        )


def _unpack_criteria(bundle: Bundle, entries: Iterable[Mapping[str, Any]]) -> None:
    latest = Bundle.objects.filter(kind=Bundle.Kind.CHARTERS).order_by("-effective_from", "-pk").first()
    charters = {charter.key: charter.payload for charter in latest.charters.all()} if latest else {}
    written = AuthoredCharter.objects.filter(
        status=AuthoredCharter.Status.ACTIVE, effective_from__lte=max(bundle.effective_from, clock.today())
    )
    charters |= {row.key: row.payload for row in written.order_by("effective_from", "activated_at")}
    rows = []
    for index, entry in enumerate(entries):
        key = entry["outcome"].get("charter")
        if key is not None and key not in charters:
            raise Invalid.field(f"entries.{index}.outcome.charter", _("No such charter is loaded."))
        if entry["outcome"].get("review") and parse_charter(charters[key]).silence_may_approve:
            raise Invalid.field(
                f"entries.{index}.outcome.charter",
                _("While a case awaits a review, silence may not approve."),
            )
        rows.append(
            Criterion(
                bundle=bundle,
                **{
                    name: entry[name]
                    for name in (
                        "key",
                        "kind",
                        "expression",
                        "sentence",
                        "legal_basis",
                        "owner",
                        "outcome",
                        "rank",
                    )
                },
                review_date=date.fromisoformat(entry["review_date"]),
            )
        )
    Criterion.objects.bulk_create(rows)


def _unpack_jurisdictions(bundle: Bundle, entries: Iterable[Mapping[str, Any]]) -> None:
    for entry in entries:
        jurisdiction = members.load_jurisdiction(
            **{name: entry[name] for name in ("code", "name", "timezone", "calendar")}
        )
        for authority in entry["authorities"]:
            members.load_authority(jurisdiction=jurisdiction, **authority)


def _check_scenarios(bundle: Bundle, entries: Iterable[Mapping[str, Any]]) -> None:
    charters = {charter.key: charter for charter in selectors.all_charters()}
    for index, entry in enumerate(entries):
        path = f"entries.{index}.parameters.charter"
        library.require_charter(entry["parameters"]["charter"], charters, path)


def _check_areas(bundle: Bundle, entries: Iterable[Mapping[str, Any]]) -> None:
    known = {country.code for country in selectors.countries()}
    for index, entry in enumerate(entries):
        if known and entry["code"][:2] not in known:
            raise Invalid.field(f"entries.{index}.code", _("No such country is agreed."))


def _check_grounds(bundle: Bundle, entries: Iterable[Mapping[str, Any]]) -> None:
    agreed = selectors.humanitarian()
    aid_reading.check_known(
        aid_reading.parse(list(entries), bundle.payload["tables"]),
        providers=[row["key"] for row in agreed.get("providers", [])],
        supplies=[row["key"] for row in agreed.get("supplies", [])],
        countries=[country.code for country in selectors.countries()],
        groups=[entry["group"] for entry in selectors.entries(Bundle.Kind.COUNTRY_GROUPS)],
    )


def _check_measures(bundle: Bundle, entries: Iterable[Mapping[str, Any]]) -> None:
    for index, entry in enumerate(entries):
        library.accept(entry, f"entries.{index}")


def _unpack_instruments(bundle: Bundle, entries: Iterable[Mapping[str, Any]]) -> None:
    rows = instruments.rows_of(entries)
    for row in rows:
        row.bundle = bundle
    Instrument.objects.bulk_create(rows)


UNPACK: Mapping[str, Callable[[Bundle, Iterable[Mapping[str, Any]]], None]] = {
    Bundle.Kind.JURISDICTIONS: _unpack_jurisdictions,
    Bundle.Kind.CONTROL_LIST: _unpack_control_list,
    Bundle.Kind.CHARTERS: _unpack_charters,
    Bundle.Kind.CRITERIA: _unpack_criteria,
    Bundle.Kind.AREAS: _check_areas,
    Bundle.Kind.GROUNDS: _check_grounds,
    Bundle.Kind.SCENARIOS: _check_scenarios,
    Bundle.Kind.MEASURES: _check_measures,
    Bundle.Kind.AUTHORISATIONS: _unpack_instruments,
}


@dataclass(frozen=True)
class Loaded:
    """What became of one file."""

    path: str
    bundle: Bundle | None
    new: bool
    error: EntenteError | None


def load_folder(*, folder: Path) -> list[Loaded]:
    """Load the bundle files of a folder, each in its own transaction, in the order they need each other."""
    read: list[BundleFile] = []
    done: list[Loaded] = []
    for path in sorted(folder.glob("*.json")):
        try:
            read.append(parse(path.read_bytes(), str(path)))
        except EntenteError as error:
            done.append(Loaded(str(path), None, False, error))
    order = list(CHECKS)
    read.sort(
        key=lambda file: (order.index(file.kind), bool(file.extends), file.effective_from, file.version)
    )
    for file in read:
        try:
            bundle, new = load(file=file)
            done.append(Loaded(file.path, bundle, new, None))
        except EntenteError as error:
            done.append(Loaded(file.path, None, False, error))
    return done
