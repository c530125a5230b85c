r"""Files of UK customs' licence messages: numbered records whose fields stand between backslashes.

A record is `number\kind\field\field…`. Records that hold others are closed by `end`, which counts them
together with itself and the one it closes. The trailer counts transactions. Layouts follow the published samples
and the record descriptions of LITE-HMRC (uktrade/lite-hmrc): licenceData, licenceReply, usageData and usageReply
of CHIEF.

What is written reads as it was written; every fault names its line and its field.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

LARGEST = 5_000_000  # characters of one file
SEPARATOR = "\\"
HEADER, TRAILER, END = "fileHeader", "fileTrailer", "end"


@dataclass(frozen=True)
class Layout:
    """The fields of a record in their order, of which those in `needed` are never empty."""

    names: tuple[str, ...]
    needed: frozenset[str]


def _layout(names: str) -> Layout:
    """Fields in their order; an asterisk marks those that are never empty."""
    words = names.split()
    return Layout(
        tuple(word.rstrip("*") for word in words),
        frozenset(word[:-1] for word in words if word.endswith("*")),
    )


_ADDRESS = "name* address1 address2 address3 address4 address5 postcode"
_HEADER = _layout("sourceSystem* destinationSystem* dataId* creationDateTime* runNum* resetRunNum")
_COUNTED = _layout("transactionCount*")
_REPLIED = _layout("acceptedCount* rejectedCount* fileErrorCount*")
_END = _layout("startRecordType* recordCount*")


@dataclass(frozen=True)
class Kind:
    """A kind of file: its records, which stand in which, which are closed by `end`, and its trailer."""

    layouts: Mapping[str, Layout]
    inside: Mapping[str, tuple[str, ...]]  # what may stand in a record; "" is the file
    closed: frozenset[str]
    trailer: Layout


_REPLY = Kind(
    {
        "accepted": _layout("transactionRef*"),
        "rejected": _layout("transactionRef*"),
        "error": _layout("code* text*"),
        "fileError": _layout("code* text* position"),
    },
    {"": ("accepted", "rejected", "fileError"), "rejected": ("error",)},
    frozenset({"rejected"}),
    _REPLIED,
)
KINDS: dict[str, Kind] = {
    "licenceData": Kind(
        {
            "licence": _layout("transactionRef* action* licenceRef* licenceType usage startDate endDate"),
            "trader": _layout(f"turn rpaTraderId startDate endDate {_ADDRESS}"),
            "country": _layout("code group use*"),
            "foreignTrader": _layout(f"{_ADDRESS} country*"),
            "restrictions": _layout("text*"),
            "line": _layout(
                "lineNum* commodity supplement1 supplement2 commodityGroup goodsDescription controlledBy* currency "
                "quantityUnit valueIssued quantityIssued subPeriod subPeriodQuantity subPeriodValue"
            ),
        },
        {"": ("licence",), "licence": ("trader", "country", "foreignTrader", "restrictions", "line")},
        frozenset({"licence"}),
        _COUNTED,
    ),
    "usageData": Kind(
        {
            "licenceUsage": _layout("transactionRef* action* licenceRef* licenceStatus* completionDate"),
            "line": _layout("lineNum* quantityUsed valueUsed currency"),
            "usage": _layout(
                "usageType* declarationUCR* declarationPartNum controlDate* quantityUsed valueUsed "
                "currency traderId claimRef originCountry customsMIC customsMessage consigneeName declarationMRN "
                "departureICS"
            ),
        },
        {"": ("licenceUsage",), "licenceUsage": ("line",), "line": ("usage",)},
        frozenset({"licenceUsage", "line"}),
        _COUNTED,
    ),
    "licenceReply": _REPLY,
    "usageReply": _REPLY,
}
_DATE = (r"(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])", "a day such as 20261127")
_NUMBER = (r"\d{1,9}", "a whole number")
_AMOUNT = (r"-?\d{1,15}(\.\d{1,3})?", "a number with at most three decimals")
#: How a field has to read where it is not empty, by its name.
SHAPES: dict[str, tuple[str, str]] = {
    "creationDateTime": (
        r"(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])([01]\d|2[0-3])[0-5]\d",
        "ccyymmddhhmm",
    ),
    "runNum": _NUMBER,
    "resetRunNum": (r"[YN]", "Y or N"),
    "transactionCount": _NUMBER,
    "acceptedCount": _NUMBER,
    "rejectedCount": _NUMBER,
    "fileErrorCount": _NUMBER,
    "recordCount": _NUMBER,
    "lineNum": (r"[1-9]\d{0,2}", "the number of a line"),
    "startDate": _DATE,
    "endDate": _DATE,
    "controlDate": _DATE,
    "completionDate": _DATE,
    "quantityUsed": _AMOUNT,
    "valueUsed": _AMOUNT,
    "quantityIssued": _AMOUNT,
    "valueIssued": _AMOUNT,
    "currency": (r"[A-Z]{3}", "three letters of a currency"),
    "usageType": (r"[ACLMO]", "A, C, L, M or O"),
    "licenceStatus": (r"[CEOSD]", "C, E, O, S or D"),
    "controlledBy": (r"[BOQV]", "B, O, Q or V"),
    "action": (r"insert|replace|update|cancel", "insert, replace, update or cancel"),
    "transactionRef": (r"[A-Za-z0-9/\-]{1,35}", "letters, digits, slashes and hyphens"),
    "licenceRef": (r"[A-Za-z0-9/\-]{1,35}", "letters, digits, slashes and hyphens"),
    "declarationUCR": (r"[A-Za-z0-9/\-]{1,35}", "letters, digits, slashes and hyphens"),
    "declarationPartNum": (r"[A-Za-z0-9/\-]{1,4}", "at most four letters or digits"),
}
#: What a file that is wrong as a whole is answered with; 18 is the sample's own.
CODES = {"number": 1, "header": 2, "trailer": 3, "count": 4, "place": 5, "record": 18}
WRONG_FIELD = 20


@dataclass(frozen=True)
class Fault:
    """What is wrong with a line of a file; `field` is empty where the record as a whole is."""

    line: int
    field: str
    text: str
    code: int = WRONG_FIELD

    @property
    def told(self) -> str:
        where = f"Line {self.line}, {self.field}" if self.field else f"Line {self.line}"
        return f"{where}: {self.text}"


@dataclass(frozen=True)
class Record:
    """A record with those inside it. `line` is where it stood; two records alike are equal wherever they stood."""

    kind: str
    fields: tuple[str, ...]
    inside: tuple[Record, ...] = ()
    line: int = field(default=0, compare=False)

    def walk(self) -> Iterator[Record]:
        yield self
        for one in self.inside:
            yield from one.walk()


@dataclass(frozen=True)
class File:
    """A file: what kind it is, its header, its transactions, and what is wrong with it.

    `faults` are of the file as a whole: nothing of it is carried out. Those of a field lie at their line.
    """

    data_id: str
    header: tuple[str, ...]
    records: tuple[Record, ...] = ()
    faults: tuple[Fault, ...] = field(default=(), compare=False)
    field_faults: tuple[Fault, ...] = field(default=(), compare=False)

    def get(self, record: Record, name: str) -> str:
        """Return a field of one of its records by name; empty where it ends before that."""
        at = KINDS[self.data_id].layouts[record.kind].names.index(name)
        return record.fields[at] if at < len(record.fields) else ""

    def head(self, name: str) -> str:
        at = _HEADER.names.index(name)
        return self.header[at] if at < len(self.header) else ""

    def faults_of(self, record: Record) -> list[Fault]:
        """Return what is wrong with fields of a transaction."""
        by_line = self._faults_by_line
        return [fault for one in record.walk() for fault in by_line.get(one.line, ())]

    @cached_property
    def _faults_by_line(self) -> dict[int, list[Fault]]:
        found: dict[int, list[Fault]] = {}
        for one in self.field_faults:
            found.setdefault(one.line, []).append(one)
        return found


def plain(text: object, longest: int = 200) -> str:
    """Return a text as a field can hold it: on one line, without the separator."""
    return " ".join(str(text).replace(SEPARATOR, "/").split())[:longest]


def write(file: File) -> str:
    """Write a file: records numbered, ends and trailer counted. ValueError for a field no record can hold."""
    kind = KINDS[file.data_id]
    lines: list[tuple[str, ...]] = [(HEADER, *file.header)]

    def add(record: Record) -> int:
        lines.append((record.kind, *record.fields))
        count = 1 + sum(add(one) for one in record.inside)
        if record.kind not in kind.closed:
            return count
        lines.append((END, record.kind, str(count + 1)))
        return count + 1

    for one in file.records:
        add(one)
    lines.append((TRAILER, *map(str, _counts(kind, file.records))))
    for line in lines:
        if any(SEPARATOR in one or one.splitlines() not in ([], [one]) for one in line):
            raise ValueError(f"No field holds this: {line!r}")
    return "\n".join(SEPARATOR.join((str(at), *line)) for at, line in enumerate(lines, 1)) + "\n"


def _counts(kind: Kind, records: Iterable[Record]) -> list[int]:
    kinds = [one.kind for one in records]
    if kind.trailer is _COUNTED:
        return [len(kinds)]
    return [kinds.count(name) for name in ("accepted", "rejected", "fileError")]


def data_id_of(text: str) -> str:
    """Return which kind of file a text says it is; empty where it says none."""
    fields = text[:200].split("\n")[0].split(SEPARATOR)
    return fields[4] if len(fields) > 4 and fields[1] == HEADER else ""


def read(text: str, data_id: str) -> File:
    """Read a file that is to be of a kind; what is wrong with it stands in its faults, each with line and field."""
    return _Reader(text, data_id).file()


class _Reader:
    """Goes through the lines once, with the records that are open at each."""

    def __init__(self, text: str, data_id: str) -> None:
        self.text, self.data_id, self.kind = text, data_id, KINDS[data_id]
        self.faults: list[Fault] = []
        self.field_faults: list[Fault] = []
        self.header: tuple[str, ...] = ()
        self.trailer: int = 0
        self.top: list[Record] = []
        self.open: list[tuple[int, str, tuple[str, ...], list[Record]]] = []

    def file(self) -> File:
        if len(self.text) > LARGEST:
            self._wrong(1, "", "The file is too large.", "record")
        else:
            lines = self.text.split("\n")
            while lines and not lines[-1].strip():
                lines.pop()
            for number, line in enumerate(lines, 1):
                self._line(number, line.rstrip("\r"))
            self._finish(len(lines))
        return File(self.data_id, self.header, tuple(self.top), tuple(self.faults), tuple(self.field_faults))

    def _wrong(self, line: int, name: str, text: str, code: str) -> None:
        self.faults.append(Fault(line, name, text, CODES[code]))

    def _line(self, number: int, line: str) -> None:
        said, *rest = line.split(SEPARATOR)
        if said != str(number):
            self._wrong(number, "lineNumber", f"it is {plain(said, 20)!r} and should be {number}.", "number")
        kind, fields = (rest[0] if rest else ""), tuple(rest[1:])
        if number == 1 or kind == HEADER:
            self._head(number, kind, fields)
        elif self.trailer:
            self._wrong(number, "", "nothing stands after the trailer.", "place")
        elif kind == TRAILER:
            self._trail(number, fields)
        elif kind == END:
            self._end(number, fields)
        elif kind not in self.kind.layouts:
            self._wrong(
                number, "recordType", f"{plain(kind, 30)!r} is no record of {self.data_id}.", "record"
            )
        else:
            self._record(number, kind, fields)

    def _head(self, number: int, kind: str, fields: tuple[str, ...]) -> None:
        if number != 1 or kind != HEADER:
            self._wrong(number, "recordType", "the first record, and no other, is the file header.", "header")
            return
        self.header = fields
        self.faults += [
            Fault(one.line, one.field, one.text, CODES["header"]) for one in _check(1, _HEADER, fields)
        ]
        named = fields[2] if len(fields) > 2 else ""
        if named != self.data_id:
            self._wrong(1, "dataId", f"it is {plain(named, 30)!r} and should be {self.data_id}.", "header")

    def _record(self, number: int, kind: str, fields: tuple[str, ...]) -> None:
        within = self.open[-1][1] if self.open else ""
        if kind not in self.kind.inside.get(within, ()):
            place = f"in a record {within}" if within else "here"
            self._wrong(number, "recordType", f"{kind} does not stand {place}.", "place")
            return
        self.field_faults += _check(number, self.kind.layouts[kind], fields)
        if kind in self.kind.closed:
            self.open.append((number, kind, fields, []))
        else:
            self._into(Record(kind, fields, (), number))

    def _into(self, record: Record) -> None:
        (self.open[-1][3] if self.open else self.top).append(record)

    def _end(self, number: int, fields: tuple[str, ...]) -> None:
        faults = _check(number, _END, fields)
        self.faults += [Fault(one.line, one.field, one.text, CODES["count"]) for one in faults]
        if not self.open:
            self._wrong(number, "recordType", "there is nothing to end.", "place")
            return
        began, kind, own, inside = self.open.pop()
        if not faults and fields[0] != kind:
            self._wrong(
                number, "startRecordType", f"it ends {plain(fields[0], 30)}, and {kind} is open.", "place"
            )
        elif not faults and int(fields[1]) != (count := number - began + 1):
            self._wrong(number, "recordCount", f"it says {fields[1]}, and there are {count}.", "count")
        self._into(Record(kind, own, tuple(inside), began))

    def _trail(self, number: int, fields: tuple[str, ...]) -> None:
        self.trailer = number
        faults = _check(number, self.kind.trailer, fields)
        self.faults += [Fault(one.line, one.field, one.text, CODES["trailer"]) for one in faults]
        for _began, kind, _own, _inside in self.open:
            self._wrong(number, "", f"a record {kind} is not ended.", "place")
        if faults:
            return
        for name, said, count in zip(
            self.kind.trailer.names, fields, _counts(self.kind, self.top), strict=False
        ):
            if int(said) != count:
                self._wrong(number, name, f"it says {said}, and there are {count}.", "trailer")

    def _finish(self, last: int) -> None:
        if not self.trailer:
            self._wrong(max(last, 1), "", "the file has no trailer: it is cut off.", "trailer")


def _check(line: int, layout: Layout, fields: tuple[str, ...]) -> list[Fault]:
    """Say what is wrong with the fields of a record."""
    found = []
    for at, name in enumerate(layout.names):
        value = fields[at] if at < len(fields) else ""
        if not value:
            if name in layout.needed:
                found.append(Fault(line, name, "it is missing."))
        elif name in SHAPES and not re.fullmatch(SHAPES[name][0], value, re.ASCII):
            found.append(Fault(line, name, f"{plain(value, 40)!r} is not {SHAPES[name][1]}."))
    if any(fields[len(layout.names) :]):
        found.append(Fault(line, "", f"it has more than {len(layout.names)} fields."))
    return found
