"""The pages of charters: writing one, seeing why it is refused, and putting it into force by two persons."""

import copy
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from alliance import charter_text
from alliance.models import AuthoredCharter
from alliance.selectors import charter_payload
from core import clock
from members.models import Role

pytestmark = pytest.mark.usefixtures("in_force")


def written(**changes) -> str:
    return charter_text.write(
        {**copy.deepcopy(charter_payload("crisis-48-24-12")), "version": "9", **changes}
    )


@pytest.fixture
def author(signed_in, officer_of):
    return signed_in(officer_of("DE", Role.DECIDER))


@pytest.fixture
def second(signed_in, officer_of):
    return signed_in(officer_of("FR", Role.DECIDER))


def test_the_list_shows_what_is_in_force_and_what_no_criterion_leads_to(author) -> None:
    page = author.get("/workbench/charters/").content.decode()
    for title in ("United States interagency review", "Crisis ladder of 48, 24 and 12 hours"):
        assert title in page
    assert "No criterion leads here" in page
    assert "Nobody has written one yet." in page


def test_what_silence_means_and_nobody_knows_is_marked_unknown(client, author) -> None:
    page = author.get("/workbench/charters/in-force/us-interagency/").content.decode()
    assert page.count("Unknown</strong>") == 2
    assert "What silence means there is not known" in page
    assert "recalled, as of 2026-11-23" in page
    assert "86 days of 90 days" in page
    assert "Unknown</strong>" in client.get("/charters/").content.decode()


def test_a_new_version_begins_with_the_one_in_force(author) -> None:
    page = author.get("/workbench/charters/new/?from=crisis-48-24-12").content.decode()
    assert "version: &#x27;3&#x27;" in page
    assert author.get("/workbench/charters/new/?from=absent").status_code == 404


def test_only_checking_keeps_nothing_and_shows_the_trace(author) -> None:
    text = written().replace("silence: escalate", "silence: no_objection", 1)
    answer = author.post("/workbench/charters/new/", {"text": text, "act": "check"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "say nothing for 48 hours" in page
    assert "The case can be granted although nobody approved it." in page
    assert not AuthoredCharter.objects.exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Write the charter, or choose a file."),
        ("a: [", "Not YAML"),
        ("a: 1", "Is not a field here"),
        ("x" * 100_001, "100000"),
    ],
)
def test_rubbish_is_answered_with_its_place(author, text, said) -> None:
    answer = author.post("/workbench/charters/new/", {"text": text})
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_an_error_names_the_path_and_how_to_mend_it(author) -> None:
    answer = author.post(
        "/workbench/charters/new/", {"text": written().replace("unit: hours", "unit: fortnights", 1)}
    )
    assert answer.status_code == 422
    assert "tiers.0.window.unit: Must be one of seconds, hours" in answer.content.decode()


def test_a_version_already_there_is_refused(author) -> None:
    answer = author.post("/workbench/charters/new/", {"text": written(version="3")})
    assert answer.status_code == 422
    assert "Give this one a number of its own" in answer.content.decode()


def test_a_file_is_uploaded_activated_by_another_downloaded_and_retired(author, second, client) -> None:
    file = SimpleUploadedFile("charter.yaml", written(title="Crisis ladder, revised").encode())
    answer = author.post("/workbench/charters/new/", {"text": "", "file": file})
    found = AuthoredCharter.objects.get()
    page = f"/workbench/charters/{found.uid}/"
    assert answer.headers["Location"] == page
    assert "another person than its author" in author.get(page).content.decode()
    assert author.get(f"{page}activate/").status_code == 302
    assert author.post(f"{page}activate/", {"effective_from": "2099-01-01"}).status_code == 403
    day = clock.today()
    dated = {"effective_from_0": day.day, "effective_from_1": day.month, "effective_from_2": day.year}
    assert second.get(f"{page}activate/").status_code == 200
    past = {**dated, "effective_from_2": day.year - 1}
    assert second.post(f"{page}activate/", {"effective_from": "2001-01-01", **past}).status_code == 422
    assert second.post(f"{page}activate/", {"effective_from": day.isoformat(), **dated}).status_code == 302
    assert "In force</strong>" in second.get(page).content.decode()
    assert "Crisis ladder, revised" in client.get("/charters/").content.decode()
    published = client.get("/charters/?format=json").json()
    assert published["authored"][0]["charter"] == found.payload
    yaml = second.get(f"{page}yaml/")
    assert yaml.headers["Content-Disposition"] == 'attachment; filename="crisis-48-24-12-9.yaml"'
    assert charter_text.read(yaml.content.decode()) == found.payload
    in_force = second.get("/workbench/charters/in-force/crisis-48-24-12/yaml/")
    assert charter_text.read(in_force.content.decode()) == found.payload
    assert second.post(f"{page}retire/", {"reason": "x"}).status_code == 422
    assert second.post(f"{page}retire/", {"reason": "It was only a trial."}).status_code == 302
    assert "Crisis ladder, revised" not in client.get("/charters/").content.decode()


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"x" * 100_001])
def test_a_file_that_is_no_text_is_refused(author, content) -> None:
    file = io.BytesIO(content)
    file.name = "charter.yaml"
    assert author.post("/workbench/charters/new/", {"text": "", "file": file}).status_code == 422


def test_a_draft_with_a_hole_shows_its_trace_and_is_mended_by_its_author(author, second) -> None:
    text = written().replace("silence: escalate", "silence: no_objection", 1)
    author.post("/workbench/charters/new/", {"text": text})
    found = AuthoredCharter.objects.get()
    page = f"/workbench/charters/{found.uid}/"
    shown = second.get(page).content.decode()
    assert "Draft with a hole" in shown
    assert "Silence never approves a critical item." in shown
    assert second.get(f"{page}edit/").status_code == 403
    assert "silence: no_objection" in author.get(f"{page}edit/").content.decode()
    author.post(f"{page}edit/", {"text": written()})
    assert AuthoredCharter.objects.get().status == "checked"
