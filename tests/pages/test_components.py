"""Components say what they were given, to everyone and in one way."""

import re
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import Context, Template
from django.test import RequestFactory
from django.utils.translation import gettext_lazy as _

from pages import navigation, timeline
from pages.lists import order, page_of
from pages.navigation import Item
from pages.parts import Change, Row, Step, Tab
from pages.sentences import SENTENCES
from tests.architecture import source
from tests.pages import styleguide


def component(source: str, path: str = "/", **context: object) -> str:
    context.setdefault("request", RequestFactory().get(path))
    return Template("{% load entente %}" + source).render(Context(context))


@pytest.fixture
def offered(monkeypatch):
    monkeypatch.setattr(navigation, "_offered", [])
    return navigation.offer


def request_for(path: str, user: object = None) -> object:
    request = RequestFactory().get(path)
    request.user = user or AnonymousUser()
    return request


def test_a_link_is_shown_to_those_it_is_for_in_its_order(offered):
    offered(
        Item(_("Criteria"), "public:criteria", rank=20),
        Item(_("Verify"), "public:verify", rank=10),
        Item(_("Charters"), "public:charters", when=lambda user: user.is_authenticated),
    )
    found = navigation.links(request_for("/"), "main")
    assert [link.label for link in found] == ["Verify", "Criteria"]


def test_the_deepest_link_that_leads_here_is_marked(offered):
    offered(Item("Home", "public:home"), Item("Verify", "public:verify"), Item("Charters", "public:charters"))
    found = navigation.links(request_for("/verify/EL-1/"), "main")
    assert [(link.label, link.active, link.current) for link in found] == [
        ("Home", False, False),
        ("Verify", True, False),
        ("Charters", False, False),
    ]


def test_a_link_counts_what_waits_for_its_reader(offered):
    offered(Item("Inbox", "public:home", count=lambda user: 3, place="person"))
    assert [link.count for link in navigation.links(request_for("/"), "person")] == [3]


def test_the_links_of_a_group_stand_behind_one_and_in_a_second_row_on_its_pages(offered):
    offered(
        Item("Home", "public:home", rank=1),
        Item("Verify", "public:verify", rank=10, group="crisis", count=lambda user: 2),
        Item("Charters", "public:charters", rank=20, group="crisis"),
        Item("Lists", "public:lists", rank=30),
    )
    elsewhere = request_for("/lists/")
    shown = [(link.label, link.active) for link in navigation.links(elsewhere, "main")]
    assert shown == [("Home", False), ("Crisis", False), ("Lists", True)]
    assert navigation.beside(elsewhere) == []
    inside = request_for("/charters/")
    shown = [(link.label, link.active) for link in navigation.links(inside, "main")]
    assert shown == [("Home", False), ("Crisis", True), ("Lists", False)]
    second = [(link.label, link.active, link.count) for link in navigation.beside(inside)]
    assert second == [("Verify", False, 2), ("Charters", True, 0)]


def test_a_link_offered_twice_stands_there_once(offered):
    offered(Item("Old", "public:home"))
    offered(Item("New", "public:home"))
    assert [item.label for item in navigation.offered()] == ["New"]


def test_every_link_on_offer_leads_somewhere(client, db):
    from django.urls import reverse

    assert all(reverse(item.url_name) for item in navigation.offered())


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["-next_due_at", "-pk"]),
        ("?sort=due", ["next_due_at", "pk"]),
        ("?sort=-due", ["-next_due_at", "-pk"]),
        ("?sort=password", ["-next_due_at", "-pk"]),
    ],
)
def test_a_list_is_ordered_only_by_what_is_allowed(query, expected):
    assert order(RequestFactory().get(f"/{query}"), {"due": "next_due_at"}, "-due") == expected


@pytest.mark.parametrize(("query", "number"), [("?page=2", 2), ("?page=999", 4), ("?page=x", 1)])
def test_a_page_out_of_range_is_the_nearest(query, number):
    assert page_of(RequestFactory().get(f"/{query}"), list(range(100))).number == number


def test_a_sorted_column_says_so_and_turns_round():
    html = component('{% sort_header "due" "Time left" %}', "/?sort=due&lane=crisis&page=3")
    assert 'aria-sort="ascending"' in html
    assert 'href="?sort=-due&amp;lane=crisis"' in html


def test_pages_keep_the_filters():
    page = page_of(RequestFactory().get("/?page=2"), list(range(100)))
    html = component("{% pagination page %}", "/?lane=crisis&page=2", page=page)
    assert 'href="?lane=crisis&amp;page=3"' in html


def test_a_list_of_one_page_has_no_pagination():
    page = page_of(RequestFactory().get("/"), [1])
    assert component("{% pagination page %}", page=page).strip() == ""


def test_each_filter_in_force_can_be_taken_back_alone():
    path = "/?status=in_review&status=decided&lane=crisis&text="
    form = styleguide.ExampleFilter({"status": ["in_review", "decided"], "lane": "crisis"})
    html = component("{% filter_panel form %}", path, form=form)
    assert "Status: In review" in html
    assert 'href="?status=decided&amp;lane=crisis&amp;text="' in html
    assert html.count("app-chip") - html.count("app-chips") == 3


def test_what_is_not_allowed_is_shown_with_its_reason():
    acts = [styleguide.act("Decide", "Your role can recommend but not decide.")]
    html = component("{% acts acts %}", acts=acts)
    assert "Your role can recommend but not decide." in html
    assert 'href="#"' not in html


def test_a_summary_row_without_link_has_no_action():
    html = component("{% summary_list rows %}", rows=[Row("Value", "12 <b>EUR</b>")])
    assert "govuk-summary-list__row--no-actions" in html
    assert "12 &lt;b&gt;EUR&lt;/b&gt;" in html


def test_the_present_step_and_tab_are_told_to_those_who_cannot_see():
    html = component("{% steps steps %}", steps=[Step("Filed", "done"), Step("Asked", "now")])
    assert html.count('aria-current="step"') == 1
    assert "(done)" in html
    html = component('{% tabs tabs "Case" %}', tabs=[Tab("One", "/1", True), Tab("Two", "/2")])
    assert html.count('aria-current="page"') == 1


def test_a_difference_shows_both_values():
    html = component("{% difference changes %}", changes=[Change("Quantity", "4", "5")])
    assert "<del>4</del>" in html
    assert "<ins>5</ins>" in html


def test_events_are_told_with_plain_facts_only():
    [told] = timeline.tell(
        [
            SimpleNamespace(
                type="case.put_aside",
                at=None,
                actor_label="The clock",
                actor_kind="clock",
                subject_label="EN-1",
                facts={"owner": "DE", "case_id": 7, "nested": {"a": 1}, "final": False, "codes": ["a", "b"]},
            )
        ]
    )
    assert (told.title, told.by_itself) == ("Case put aside", True)
    assert told.facts == [("Owner", "DE"), ("Final", "no"), ("Codes", "a, b")]


def test_every_sentence_is_of_an_event_that_can_happen():
    floors = [name for name in source.floors() if name not in ("core", "deadlines", "pages", *source.DOORS)]
    code = "".join(path.read_text(encoding="utf-8") for path in source.modules(*floors))
    assert [type_ for type_ in SENTENCES if f'"{type_}"' not in code] == []


def test_every_event_that_is_recorded_by_name_has_its_sentence():
    """So that `/events/` lists it, and a webhook may ask for it."""
    named = re.compile(r"(?:record|Happened)\(\s*(?:type=)?\"([a-z_]+\.[a-z_]+)\"")
    recorded = {
        type_ for path in source.modules() for type_ in named.findall(path.read_text(encoding="utf-8"))
    }
    assert len(recorded) > 150
    assert recorded - SENTENCES.keys() == set()


def test_a_door_may_give_an_event_its_own_sentence(monkeypatch):
    monkeypatch.setattr(timeline, "_sentences", {})
    timeline.name({"window.lapsed": _("The window lapsed")})
    assert timeline.title("window.lapsed") == "The window lapsed"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (Decimal("1250.500"), "kg", "1,250.5 kg"),
        (Decimal("1250"), "EUR", "1,250.00 EUR"),
        (Decimal("1000"), "", "1,000"),
        ("0.001", "kg", "0.001 kg"),
        (None, "kg", ""),
    ],
)
def test_amounts_have_their_unit_and_no_idle_zeros(value, unit, text):
    assert component(f'{{{{ value|amount:"{unit}" }}}}', value=value) == text


def test_places_and_countries_are_named():
    assert component('{{ "DEHAM"|place }}, {{ "FR"|country }}') == "Hamburg, Germany, France"
    assert component('{{ "QQXYZ"|place }} {{ "QQ"|country }}') == "QQXYZ QQ"
