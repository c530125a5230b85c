"""The printed licence."""

import io

from pypdf import PdfReader

from licensing.documents import licences
from licensing.models import Licence
from tests.licensing.conftest import Desk


def test_the_licence_is_archival_names_what_is_licensed_and_leads_to_its_verification(
    answered: Desk,
) -> None:
    licence = answered.licence(conditions=[{"code": "no_reexport"}])
    reader = PdfReader(io.BytesIO(licences.pdf(licence)))
    metadata = reader.xmp_metadata
    described = metadata.get_element("", "http://www.aiim.org/pdfa/ns/id/", "part")
    assert [part.value if hasattr(part, "value") else part.firstChild.data for part in described] == ["2"]
    text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    assert licence.number in text
    assert licence.holder.name in text
    assert "6A003" in text
    assert "No re-export" in text
    links = [
        note.get_object()["/A"]["/URI"]
        for page in reader.pages
        for note in page.get("/Annots", [])
        if "/URI" in note.get_object().get("/A", {})
    ]
    assert set(links) == {licences.verify_url(licence.number)}
    assert licences.pdf(Licence.objects.get(pk=licence.pk)) == licences.pdf(licence)


def test_names_in_any_script_are_set(answered: Desk) -> None:
    licence = answered.licence()
    licence.holder.name = "Łódź Оптика 東京光学 \U0001f6e9"
    assert licences.pdf(licence)
