"""Components of pages as template tags: `{% load entente %}`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms, template
from django.core.paginator import Page
from django.http import QueryDict
from django.template import Context
from django.utils.crypto import get_random_string
from django.utils.formats import date_format, number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from pages import clocks, geography, timeline
from pages.drawings import exit_plan, ladder, route, score, shift, world
from pages.forms import mistakes
from pages.parts import Chip
from pages.statuses import COLOURS

register = template.Library()


@register.inclusion_tag("components/error_summary.html")
def error_summary(form: forms.BaseForm) -> dict[str, Any]:
    """List what is wrong in a form, each line leading to its field. `{{ form }}` does so by itself."""
    form.summary_shown = True  # type: ignore[attr-defined]
    return {"mistakes": mistakes(form)}


@register.inclusion_tag("components/notification.html")
def notification(text: object, kind: str = "") -> dict[str, Any]:
    """Tell what has just happened. `kind`: success, error, or anything else for neutral."""
    titles = {"success": _("Success"), "error": _("There is a problem")}
    return {
        "text": text,
        "success": kind == "success",
        "alert": kind == "error",
        "title": titles.get(kind, _("Important")),
        "id": f"notification-{get_random_string(6)}",
    }


@register.simple_tag
def tag(label: object, colour: str = "grey") -> SafeString:
    """A short status in colour: grey, blue, teal, green, yellow, orange, red, purple, magenta."""
    return format_html('<strong class="govuk-tag govuk-tag--{}">{}</strong>', colour, label)


@register.simple_tag
def status_tag(status: object, label: object = "") -> SafeString:
    """A status of the domain in the colour it has everywhere; its own words unless others are given."""
    value = str(status)
    return tag(label or value.replace("_", " ").capitalize(), COLOURS.get(value, "grey"))


@register.inclusion_tag("components/summary_list.html")
def summary_list(rows: Iterable[Any], classes: str = "") -> dict[str, Any]:
    """Key and value pairs (pages.parts.Row), each with the link that changes it."""
    return {"rows": list(rows), "classes": classes}


@register.inclusion_tag("components/task_list.html")
def task_list(tasks: Iterable[Any], name: str = "task") -> dict[str, Any]:
    """What is done and what is left (pages.parts.Task)."""
    return {"tasks": list(tasks), "name": name}


@register.inclusion_tag("components/tabs.html")
def tabs(items: Iterable[Any], label: str) -> dict[str, Any]:
    """Tabs that are addresses (pages.parts.Tab); `label` names them for those who cannot see them."""
    return {"tabs": list(items), "label": label}


@register.inclusion_tag("components/steps.html")
def steps(items: Iterable[Any], label: str = "") -> dict[str, Any]:
    """Where a long procedure stands (pages.parts.Step)."""
    return {"steps": list(items), "label": label or _("Progress")}


@register.inclusion_tag("components/acts.html")
def acts(items: Iterable[Any]) -> dict[str, Any]:
    """Acts with `label`, `allowed`, `reason` and `href`: links, then what is not allowed and why."""
    items = list(items)
    return {
        "allowed": [act for act in items if act.allowed],
        "denied": [act for act in items if not act.allowed],
    }


@register.inclusion_tag("components/difference.html")
def difference(changes: Iterable[Any]) -> dict[str, Any]:
    """What changed between two revisions (pages.parts.Change)."""
    return {"changes": list(changes)}


@register.inclusion_tag("components/two_texts.html")
def two_texts(yours: str, theirs: str) -> dict[str, Any]:
    """Both texts of a stale form, side by side."""
    return {"yours": yours, "theirs": theirs}


@register.inclusion_tag("components/sort_header.html", takes_context=True)
def sort_header(context: Context, column: str, label: str, numeric: bool = False) -> dict[str, Any]:
    """A column heading that sorts by a link; see pages.lists.order."""
    request = context["request"]
    sort = request.GET.get("sort") or context.get("sort", "")
    rising, falling = sort == column, sort == f"-{column}"
    query = request.GET.copy()
    query["sort"] = f"-{column}" if rising else column
    query.pop("page", None)
    return {
        "label": label,
        "numeric": numeric,
        "href": f"?{query.urlencode()}",
        "direction": "ascending" if rising else "descending" if falling else "none",
        "arrow": "▲" if rising else "▼" if falling else "",
        "target": context.get("list_target", ""),
    }


@register.inclusion_tag("components/pagination.html", takes_context=True)
def pagination(context: Context, page: Page[Any], target: str = "", key: str = "page") -> dict[str, Any]:
    """Links to the pages of a list, keeping the filters; `target` is what htmx swaps, such as #results."""
    query = context["request"].GET.copy()

    def href(number: int) -> str:
        query[key] = str(number)
        return f"?{query.urlencode()}"

    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return {
        "page": page,
        "target": target,
        "previous": href(page.previous_page_number()) if page.has_previous() else "",
        "next": href(page.next_page_number()) if page.has_next() else "",
        "numbers": [
            {"number": number, "href": href(number) if isinstance(number, int) else ""} for number in numbers
        ],
    }


@register.inclusion_tag("components/filter_panel.html", takes_context=True)
def filter_panel(
    context: Context, form: forms.BaseForm, target: str = "#results", label: str = "", action: str = ""
) -> dict[str, Any]:
    """A GET form of filters beside a list; htmx swaps `target`, without it the page loads again.

    `action`: the list's address, where the page may be shown at another.
    """
    form.summary_shown = True  # type: ignore[attr-defined]
    request = context["request"]
    return {
        "form": form,
        "action": action or request.path,
        "target": target,
        "label": label or _("Filter"),
        "sort": request.GET.get("sort", ""),
        "chips": _chips(request.GET, form),
    }


def _chips(query: QueryDict, form: forms.BaseForm) -> list[Chip]:
    """Return one chip for each filter in force."""
    chips = []
    for bound in form:
        choices = getattr(bound.field, "choices", ())
        named = {str(key): str(text) for key, text in choices if not isinstance(text, list | tuple)}
        given = [value for value in query.getlist(bound.html_name) if value]
        for value in given:
            rest = query.copy()
            rest.setlist(bound.html_name, [other for other in given if other != value])
            rest.pop("page", None)
            chips.append(Chip(f"{bound.label}: {named.get(value, value)}", f"?{rest.urlencode()}"))
    return chips


@register.inclusion_tag("components/timeline.html")
def timeline_of(events: Iterable[Any], label: str = "") -> dict[str, Any]:
    """Events of the ledger as a list of what happened; times in the reader's zone."""
    return {"happenings": timeline.tell(events), "label": label or _("What happened")}


@register.inclusion_tag("components/time_left.html")
def time_left(
    due: datetime | None, zone: str = "", src: str = "", why: Iterable[str] = (), short: bool = False
) -> dict[str, Any]:
    """What is left until an instant, counting down; the instant in the reader's and the addressee's `zone`.

    `src`: address whose answer holds this component again, asked every 30 seconds. `why`: the steps that led
    to the instant. `short`: only what is left, for a table.
    """
    return {
        "countdown": clocks.countdown(due, zone) if due else None,
        "src": src,
        "why": list(why),
        "short": short,
    }


@register.inclusion_tag("components/score_picture.html")
def score_picture(
    result: Any, bands: Iterable[Mapping[str, Any]] = (), axes: Mapping[str, int] | None = None
) -> dict[str, Any]:
    """A score as a picture and a table; see pages.drawings.score.draw."""
    return {"score": score.draw(result, bands, axes)}


@register.inclusion_tag("components/route_map.html")
def route_map(legs: Iterable[Any], label: str = "") -> dict[str, Any]:
    """A route on the world map and in a table; see pages.drawings.route.draw."""
    return {"map": route.draw(legs), "label": label or _("Map of the route"), "world": geography.world()}


@register.inclusion_tag("components/world_map.html")
def world_map(places: Iterable[Any], label: str) -> dict[str, Any]:
    """Countries by open cases and lapses (`code`, `cases`, `lapses`); see pages.drawings.world.draw."""
    drawn = world.draw((place.code, place.cases, place.lapses) for place in places)
    return {"map": drawn, "label": label, "world": geography.world()}


@register.inclusion_tag("components/ladder.html")
def ladder_drawing(charter: Any) -> dict[str, Any]:
    """The tiers of a charter with their windows."""
    return {"ladder": ladder.draw(charter)}


@register.inclusion_tag("components/exit_plan.html")
def exit_plan_drawing(steps: Iterable[Any]) -> dict[str, Any]:
    """The steps of an exit plan as a picture; see pages.drawings.exit_plan.draw."""
    return {"drawing": exit_plan.draw(steps)}


@register.filter
def instant(at: datetime | None, zone: str = "") -> str:
    """An instant in a zone, the reader's where none is given: "Fri 27 Nov 2026, 14:05 Berlin time"."""
    return str(clocks.instant(at, zone)) if at else ""


@register.filter
def spoken(length: timedelta) -> str:
    """A length of time in its two greatest units: "3 days 4 hours"."""
    return clocks.spoken(length)


@register.filter
def day(on: date | None) -> str:
    """A calendar date: "27 November 2026"."""
    return date_format(on, "j F Y", use_l10n=False) if on else ""


@register.filter
def country(code: str) -> str:
    """The name of a country by its code."""
    return geography.country_name(code)


@register.filter
def place(code: str) -> str:
    """The name of a UN/LOCODE place with its country, the code where it is not known."""
    found = geography.place(code)
    return f"{found.name}, {geography.country_name(found.country)}" if found and found.exact else code


@register.filter
def amount(value: Decimal | int | str | None, unit: str = "") -> str:
    """A quantity or sum with its unit or currency, without idle zeros: "1,250.5 kg"."""
    if value in (None, ""):
        return ""
    number = Decimal(str(value))
    places = 2 if len(unit) == 3 and unit.isupper() and unit.isalpha() else None
    exact = number if places is not None else number.normalize()
    exponent = exact.as_tuple().exponent
    decimals = places if places is not None else max(0, -exponent) if isinstance(exponent, int) else 0
    return f"{number_format(exact, decimals, use_l10n=True, force_grouping=True)} {unit}".strip()


#: Languages by which browsers choose the letters of a script; "und" leaves the language open.
SCRIPTS = (
    (re.compile("[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff]"), "ar"),
    (re.compile("[\u0590-\u05ff]"), "he"),
    (re.compile("[\u3040-\u30ff]"), "ja"),
    (re.compile("[\uac00-\ud7af]"), "ko"),
    (re.compile("[\u3400-\u9fff]"), "zh"),
    (re.compile("[\u0400-\u04ff]"), "ru"),
)


@register.filter
def signed(value: float | None) -> str:
    """A change with its sign: "+3.5", "−12", "0"; a dash where it is not known."""
    text = shift.figure(value)
    return f"−{text[1:]}" if text.startswith("-") else f"+{text}" if value else text


@register.filter
def written(text: object) -> SafeString:
    """A name in any script: set apart, so that it runs in its own direction and is read in its own language."""
    value = str(text)
    lang = next((lang for letters, lang in SCRIPTS if letters.search(value)), "")
    if lang:
        return format_html('<bdi dir="auto" lang="{}">{}</bdi>', lang, value)
    return format_html("<bdi>{}</bdi>", value)


@register.filter
def marked(text: object, words: Iterable[str]) -> SafeString:
    """A text with the words that begin with any of some words marked."""
    wanted = "|".join(re.escape(word) for word in words)
    if not wanted:
        return written(text)
    pieces = re.split(rf"(?i)(?<!\w)((?:{wanted})\w*)", str(text))
    told = (format_html("<mark>{}</mark>" if odd % 2 else "{}", piece) for odd, piece in enumerate(pieces))
    return format_html('<bdi dir="auto">{}</bdi>', format_html_join("", "{}", ((one,) for one in told)))


@register.filter
def axis_name(axis: str) -> str:
    """How an axis of the scorecard is called."""
    return score.axis_name(axis)
