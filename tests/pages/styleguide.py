"""Every component on one page, for tests and for looking at; no address of the product leads here."""

from datetime import timedelta
from types import SimpleNamespace

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from alliance import charters
from core import clock
from pages.fields import DayField
from pages.forms import EntenteForm
from pages.parts import Change, Row, Step, Tab, Task

BANDS = [
    {"band": "green", "from": 0, "to": 24},
    {"band": "amber", "from": 25, "to": 49},
    {"band": "red", "from": 50, "to": 74},
    {"band": "black", "from": 75, "to": 100},
]
AXES = {"destination": 20, "item": 20, "party": 20, "end_use": 15, "route": 15, "commercial": 10}
SCORE = {
    "score": 41,
    "low": 33,
    "high": 53,
    "band": "amber",
    "hard_stops": [{"code": "list-match", "reason": "Ora Instruments matches entry 1234 of the list."}],
    "lines": [
        {"axis": "destination", "indicator": "country-group", "points": 8, "max": 12, "reason": "Group D:1."},
        {
            "axis": "destination",
            "indicator": "fatf",
            "points": 3,
            "max": 8,
            "reason": "Increased monitoring.",
        },
        {"axis": "item", "indicator": "control-reason", "points": 12, "max": 12, "reason": "Reason NS."},
        {"axis": "party", "indicator": "list-match", "points": 6, "max": 20, "reason": "Close to a name."},
        {
            "axis": "end_use",
            "indicator": "military-end-user",
            "points": 3,
            "max": 10,
            "reason": "The dossier does not say whether the end-user is military.",
            "missing": True,
        },
        {"axis": "route", "indicator": "detour", "points": 4, "max": 15, "reason": "Via Jebel Ali."},
        {
            "axis": "commercial",
            "indicator": "third-party-payer",
            "points": 5,
            "max": 10,
            "reason": "Not told who pays.",
            "missing": True,
        },
    ],
}
LEGS = [
    {"origin": "DEHAM", "destination": "MTMAR", "mode": "sea"},
    {"origin": "MTMAR", "destination": "AEJEA", "mode": "sea"},
    {"origin": "AEJEA", "destination": "KZALA", "mode": "air"},
]
PACIFIC = [{"origin": "JPYOK", "destination": "USLAX", "mode": "sea"}]
TIERS = [
    ("Members with a stake", "stakes", "all_answer", 48, "escalate"),
    ("Crisis unit", "crisis_unit", "majority", 24, "escalate"),
    ("Chair of the crisis unit", "crisis_unit", "chair_decides", 12, "lapse_to_hold"),
]
LADDER = charters.parse(
    {
        "key": "crisis",
        "version": "1",
        "title": "Crisis ladder",
        "critical": True,
        "legal_basis": "The alliance's own rule.",
        "if_nobody_answers": "Silence never approves.",
        "tiers": [
            {
                "number": number,
                "name": name,
                "seats": {"kind": kind, "ministries": ["trade", "defence"]},
                "rule": rule,
                "window": {"amount": hours, "unit": "hours"},
                "silence": silence,
                "countersign": True,
                "objection": "binding",
            }
            for number, (name, kind, rule, hours, silence) in enumerate(TIERS)
        ],
        "reminders": [50, 75, 90],
        "decide_within": {"amount": 24, "unit": "hours"},
        "hold": {"amount": 5, "unit": "working_days"},
        "outer_limit": {"amount": 90, "unit": "calendar_days"},
    }
)


class ExampleForm(EntenteForm):
    """One field of each kind."""

    groups = [("Who you are", ["name", "country", "password"]), ("What you send", ["about", "how", "marks"])]
    reveals = {"how": {"other": ["which"]}}
    choice_hints = {"how": {"post": "Takes a week."}}

    name = forms.CharField(label="Full name", help_text="As in the register.", max_length=40)
    country = forms.ChoiceField(
        label="Country", choices=[("", "Choose"), ("DE", "Germany"), ("FR", "France")]
    )
    password = forms.CharField(label="Password", widget=forms.PasswordInput)
    about = forms.CharField(
        label="What it is for", widget=forms.Textarea(attrs={"rows": 4}), max_length=200, required=False
    )
    how = forms.ChoiceField(
        label="How it travels",
        choices=[("sea", "By sea"), ("post", "By post"), ("other", "Otherwise")],
        widget=forms.RadioSelect,
    )
    which = forms.CharField(label="How else")
    marks = forms.MultipleChoiceField(
        label="What applies",
        choices=[("new", "New"), ("used", "Used")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    on = DayField(label="Day of shipment", help_text="For example, 27 3 2026.")
    quantity = forms.DecimalField(
        label="Quantity", widget=forms.NumberInput(attrs={"class": "govuk-input--width-5"})
    )
    paper = forms.FileField(label="End-use certificate", required=False)
    agree = forms.BooleanField(label="I have read this")


class ExampleFilter(EntenteForm):
    all_optional = True
    text = forms.CharField(label="Reference or party", required=False)
    status = forms.MultipleChoiceField(
        label="Status",
        choices=[("in_review", "In review"), ("decided", "Decided")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    lane = forms.ChoiceField(
        label="Lane", choices=[("", "All"), ("standard", "Standard"), ("crisis", "Crisis")], required=False
    )


def happening(type_: str, actor: str, kind: str = "user", **facts: object) -> SimpleNamespace:
    return SimpleNamespace(
        type=type_,
        at=clock.now() - timedelta(hours=5),
        actor_label=actor,
        actor_kind=kind,
        subject_label="EN-7K3M-9QX2",
        facts=facts,
    )


def act(label: str, reason: str = "") -> SimpleNamespace:
    return SimpleNamespace(label=label, allowed=not reason, reason=reason, href="#")


def components(request: HttpRequest) -> HttpResponse:
    statuses = ["in_review", "awaiting_applicant", "decided", "in_assessment"]
    context = {
        "score": SCORE,
        "bands": BANDS,
        "axes": AXES,
        "legs": LEGS,
        "pacific": PACIFIC,
        "charter": LADDER,
        "due": clock.now() + timedelta(hours=27, minutes=13),
        "why": ["Asked on Monday at 10:00.", "48 hours, without a break.", "Due on Wednesday at 10:00."],
        "summary": [
            Row("End-user", "Almaty Instruments\nAbay Avenue 1", "#", "Change"),
            Row("Value", "12,500.00 EUR"),
        ],
        "tasks": [
            Task("Items", "#", "Completed", "done"),
            Task("Parties", "#", "Incomplete", "todo", "Consignee and end-user"),
            Task("End use", "#", "There is a problem", "problem"),
            Task("Declaration", "#", "Cannot start yet", "locked"),
        ],
        "tabs": [Tab("Case", "#", True), Tab("Positions", "#", count=3), Tab("Score", "#")],
        "steps": [
            Step("Filed", "done", "23 November"),
            Step("Assessed", "done"),
            Step("Members asked", "now", "until 25 November"),
            Step("Decided", "todo"),
        ],
        "acts": [
            act("Take a position"),
            act("Add a note"),
            act("Decide", "Your role can recommend but not decide."),
        ],
        "changes": [Change("Quantity", "4", "5"), Change("Site of use", "", "Abay Avenue 1, Almaty")],
        "events": [
            happening("case.routed", "Entente", "process", rule="critical-destination", lane="crisis"),
            happening("position.taken", "Claire Petit", outcome="no objection", countersigned=False),
            happening("window.lapsed", "The clock", "clock", tier=0),
        ],
        "page": Paginator(range(400), 25).get_page(request.GET.get("page", 4)),
        "filters": ExampleFilter(request.GET or None),
        "rows": [
            {
                "reference": f"EN-{number}K3M-9QX2",
                "status": status,
                "due": clock.now() + timedelta(hours=number * 7 - 6),
            }
            for number, status in enumerate(statuses)
        ],
    }
    return render(request, "styleguide.html", context)


def filled_form(request: HttpRequest) -> HttpResponse:
    form = ExampleForm(request.POST or None, request.FILES or None)
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render(request, "styleguide_form.html", {"form": form}, status=status)


urlpatterns = [path("styleguide/", components), path("styleguide/form/", filled_form)]
