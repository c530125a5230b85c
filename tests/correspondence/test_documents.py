"""Files are judged by their content, kept by their hash, and read by their audience."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from core import audience
from core.audience import Audience
from core.errors import Invalid, NotFound
from correspondence import services, sniffing
from correspondence.models import Document
from ledger.models import Event
from members.models import Organisation, Role, User

OfficerOf = Callable[..., User]
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + b"\x00" * 17 + b"\x00\x00\x00\x00IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + b"\x00" * 32 + b"\xff\xd9"
EXE = b"MZ\x90\x00\x03\x00\x00\x00" + b"\x00" * 200 + b"PE\x00\x00"
ELF = b"\x7fELF\x02\x01\x01" + b"\x00" * 100
HTML = b"<!doctype html><script>alert(1)</script>"


def office(**parts: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml").replace("_bin", ".bin"), content)
    return target.getvalue()


DOCX = office(word__document_xml=b"<w:document/>", Content_Types_xml=b"<Types/>")
XLSX = office(xl__workbook_xml=b"<workbook/>")


def store(actor: User, content: bytes, name: str, *keys: str) -> Document:
    return services.store_document(
        actor=actor,
        upload=io.BytesIO(content),
        filename=name,
        aggregate="application:1",
        audience=Audience.of(*keys or ("organisation:1",)),
        kind="datasheet",
    )


@pytest.mark.parametrize(
    ("name", "content", "media"),
    [
        ("a.pdf", PDF, "application/pdf"),
        ("a.PDF", PDF, "application/pdf"),
        ("a.png", PNG, "image/png"),
        ("a.jpg", JPEG, "image/jpeg"),
        ("a.jpeg", JPEG, "image/jpeg"),
        ("a.docx", DOCX, sniffing.WORD),
        ("a.xlsx", XLSX, sniffing.SHEET),
        ("a.txt", "Größe: 3 µm\n".encode(), "text/plain"),
        ("a.csv", b'\xef\xbb\xbfname;amount\r\n"x";1\r\n', "text/csv"),
    ],
)
def test_what_we_take_is_told_by_its_content(name: str, content: bytes, media: str):
    assert sniffing.media_type(name, content) == media


DISGUISED = [
    ("licence.pdf", EXE),
    ("licence.pdf", ELF),
    ("licence.pdf", HTML),
    ("licence.pdf", PNG),
    ("licence.pdf", DOCX),
    ("licence.png", PDF),
    ("licence.jpg", EXE),
    ("licence.docx", PDF),
    ("licence.docx", XLSX),
    ("licence.docx", b"PK\x03\x04 not really"),
    ("licence.docx", office(evil_xml=b"x")),
    ("licence.xlsx", office(xl__workbook_xml=b"<x/>", xl__vbaProject_bin=b"macro")),
    ("licence.txt", EXE),
    ("licence.txt", b"text with \x00 zero"),
    ("licence.csv", "latin ä".encode("latin-1")),
]


@pytest.mark.parametrize(("name", "content"), DISGUISED)
def test_a_disguised_file_is_refused(name: str, content: bytes):
    with pytest.raises(Invalid, match="not what its name says") as refused:
        sniffing.media_type(name, content)
    assert list(refused.value.fields) == ["file"]


@pytest.mark.parametrize(
    "name", ["a.exe", "a.html", "a.svg", "a.js", "a.zip", "a.docm", "a.pdf.exe", "a", "pdf", ".pdf "]
)
def test_kinds_we_do_not_take_are_refused_whatever_they_hold(name: str):
    with pytest.raises(Invalid, match="not taken"):
        sniffing.media_type(sniffing.safe_name(name), PDF)


def test_an_empty_file_is_refused():
    with pytest.raises(Invalid, match="empty"):
        sniffing.media_type("a.pdf", b"")


def test_an_oversized_file_is_refused_without_being_read_to_its_end(exporter: User):
    class Endless(io.RawIOBase):
        read_bytes = 0

        def read(self, size: int = -1) -> bytes:
            assert size > 0
            self.read_bytes += size
            return b"x" * size

    upload: Any = Endless()
    with pytest.raises(Invalid, match="larger than 20 MB"):
        services.store_document(
            actor=exporter,
            upload=upload,
            filename="a.txt",
            aggregate="x:1",
            audience=Audience.of("x"),
            kind="x",
        )
    assert upload.read_bytes <= sniffing.LARGEST + 1


def test_a_zip_bomb_is_refused():
    bomb = office(word__document_xml=b"\x00" * 30_000_000)
    assert len(bomb) < 100_000
    with pytest.raises(Invalid, match="unpacks to far more"):
        sniffing.media_type("a.docx", bomb)


def test_a_file_of_many_thousand_parts_is_refused():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("word/document.xml", b"<x/>")
        for number in range(5001):
            archive.writestr(f"p{number}", b"x" * 10)
    with pytest.raises(Invalid, match="unpacks to far more"):
        sniffing.media_type("a.docx", target.getvalue())


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\system32\\evil.pdf", "evil.pdf"),
        ("/absolute/path.pdf", "path.pdf"),
        ("a/b/c/d/e/f/" * 50 + "deep.pdf", "deep.pdf"),
        ("nul\x00l.pdf", "null.pdf"),
        ("line\r\nbreak.pdf", "linebreak.pdf"),
        ("gpj\u202eexe.pdf", "gpjexe.pdf"),
        ('a"b<c>.pdf', "a_b_c_.pdf"),
        ("..", "document"),
        ("", "document"),
        (".pdf", "pdf"),
    ],
)
def test_names_are_made_harmless(given_name: str, kept: str):
    assert sniffing.safe_name(given_name) == kept


@given(st.text(max_size=400))
def test_no_name_leaves_its_folder_or_grows(name: str):
    safe = sniffing.safe_name(name)
    assert 0 < len(safe) <= 150
    assert not set(safe) & set('/\\\x00\r\n"<>:|?*')
    assert safe not in (".", "..")
    assert sniffing.safe_name(safe) == safe


@given(st.binary(max_size=300), st.sampled_from(sorted(sniffing.ACCEPTED)))
def test_no_content_whatever_breaks_the_check(content: bytes, suffix: str):
    try:
        media = sniffing.media_type(f"a.{suffix}", content)
    except Invalid as refused:
        media = ""
        told = refused.fields
        assert list(told) == ["file"]
    assert media in ("", sniffing.ACCEPTED[suffix])


def test_a_document_lies_outside_the_web_root_under_its_hash(exporter: User):
    document = store(exporter, PDF, "../../x.pdf")
    path = Path(settings.DATA_DIR, "documents", document.sha256[:2], document.sha256)
    assert path.read_bytes() == PDF
    assert path.stat().st_mode & 0o777 == 0o600
    assert Path(settings.STATIC_ROOT) not in path.parents
    assert services.open_document(document).read() == PDF


def test_storing_is_recorded_and_the_name_is_erasable(exporter: User):
    document = store(exporter, PDF, "Ada Neumann passport.pdf")
    event = Event.objects.get(type="document.stored")
    assert event.facts["sha256"] == document.sha256
    assert event.detail.payload == {"name": "Ada Neumann passport.pdf"}
    assert "Neumann" not in f"{event.facts}{event.subject_label}"


def test_the_same_content_is_kept_once_and_goes_with_its_last_document(
    exporter: User, django_capture_on_commit_callbacks: Any
):
    first, second = store(exporter, PDF, "a.pdf"), store(exporter, PDF, "b.pdf")
    path = Path(settings.DATA_DIR, "documents", first.sha256[:2], first.sha256)
    with django_capture_on_commit_callbacks(execute=True):
        services.remove_document(actor=exporter, document=first)
    assert path.exists()
    with django_capture_on_commit_callbacks(execute=True):
        services.remove_document(actor=exporter, document=second)
    assert not path.exists()


def test_a_document_whose_file_is_gone_is_not_found(exporter: User):
    document = store(exporter, PNG, "a.png")
    Path(settings.DATA_DIR, "documents", document.sha256[:2], document.sha256).unlink()
    with pytest.raises(NotFound):
        services.open_document(document)


def test_a_document_is_read_by_its_audience_alone(
    exporter: User, organisation: Organisation, officer_of: OfficerOf
):
    document = store(
        exporter, PDF, "a.pdf", audience.organisation(organisation.pk), audience.jurisdiction("DE")
    )

    def may_read(user: User) -> bool:
        return Document.objects.visible_to(user).filter(pk=document.pk).exists()

    assert may_read(exporter)
    assert may_read(officer_of("DE"))
    assert not may_read(officer_of("DE", second_factor=False))
    french = officer_of("FR")
    assert not may_read(french)
    services.share_documents(aggregate="application:1", audience=Audience.of(audience.jurisdiction("FR")))
    assert may_read(french)
    assert not may_read(officer_of("JP", Role.AUDITOR))


def test_what_is_public_by_mistake_is_still_no_document_for_strangers(exporter: User, officer_of: OfficerOf):
    document = store(exporter, PDF, "a.pdf", audience.PUBLIC)
    assert document not in Document.objects.visible_to(officer_of("JP"))


def test_the_database_refuses_a_document_without_content(exporter: User):
    document = store(exporter, PDF, "a.pdf")
    document.size = 0
    with pytest.raises(IntegrityError, match="document_hashed"), transaction.atomic():
        document.save()
