"""Pictures show the numbers they are made of, and the table beside them the same."""

import pytest

from pages import geography
from pages.drawings import ladder, route, score
from pages.drawings.ties import ties
from tests.pages import styleguide

BERLIN = geography.Place("DEBER", "Berlin", "DE", 52.52, 13.40)


def test_a_place_is_found_by_its_code():
    hamburg = geography.place("DEHAM")
    assert hamburg is not None
    assert (hamburg.name, hamburg.country, hamburg.exact) == ("Hamburg", "DE", True)


def test_a_place_not_listed_lies_in_the_middle_of_its_country_and_says_so():
    place = geography.place("DEXYZ")
    assert place is not None
    assert (place.name, place.exact) == ("DEXYZ, Germany", False)


@pytest.mark.parametrize("code", ["ZZXYZ", "", "1"])
def test_a_code_of_no_country_is_no_place(code):
    assert geography.place(code) is None


@pytest.mark.parametrize("code", geography.HUBS)
def test_every_hub_without_outline_has_a_place(code):
    assert geography.country(code) is not None
    assert geography.outline(code) == ""


def test_distances_are_those_of_great_circles():
    london, tokyo = geography.place("GBLON"), geography.place("JPTYO")
    assert london is not None
    assert tokyo is not None
    assert geography.distance_km(london, tokyo) == pytest.approx(9560, rel=0.01)


def test_python_projects_as_the_outline_was_projected():
    """The middle of each great country falls inside the box of its own outline."""
    for code in ("DE", "FR", "BR", "AU", "US", "CN"):
        numbers = [
            float(number)
            for number in geography.outline(code).replace("M", " ").replace("L", " ").replace("Z", " ")
            .replace(",", " ").split()
        ]  # fmt: skip
        middle = geography.country(code)
        assert middle is not None
        point = geography.project(middle.lat, middle.lon)
        assert min(numbers[::2]) < point.x < max(numbers[::2])
        assert min(numbers[1::2]) < point.y < max(numbers[1::2])


def test_crimea_is_drawn_with_ukraine():
    simferopol = geography.project(44.95, 34.10)
    assert _inside(simferopol, geography.outline("UA"))
    assert not _inside(simferopol, geography.outline("RU"))


def _inside(point: geography.Point, path: str) -> bool:
    inside = False
    for ring in filter(None, path.split("M")):
        corners = [
            tuple(float(number) for number in corner.split(",")) for corner in ring.rstrip("Z").split("L")
        ]
        for (x1, y1), (x2, y2) in zip(corners, [*corners[1:], corners[0]], strict=True):
            if (y1 > point.y) != (y2 > point.y) and point.x < (x2 - x1) * (point.y - y1) / (y2 - y1) + x1:
                inside = not inside
    return inside


def test_a_route_is_drawn_with_its_places_in_order():
    drawn = route.draw(styleguide.LEGS)
    assert [dot.place.name for dot in drawn.dots] == ["Hamburg", "Marsaxlokk", "Jebel Ali", "Almaty"]
    assert [dot.end for dot in drawn.dots] == [True, False, False, True]
    assert [stretch.mode for stretch in drawn.stretches] == ["Sea", "Sea", "Air"]
    assert drawn.total_km == sum(stretch.km for stretch in drawn.stretches)


def test_every_place_of_a_route_lies_inside_its_picture():
    drawn = route.draw([*styleguide.LEGS, *styleguide.PACIFIC])
    x, y, width, height = drawn.view
    assert all(x <= dot.x <= x + width and y <= dot.y <= y + height for dot in drawn.dots)


def test_a_leg_over_the_pacific_leaves_one_edge_and_comes_in_at_the_other():
    [stretch] = route.draw(styleguide.PACIFIC).stretches
    assert stretch.path.count("M") == 2


def test_a_leg_that_goes_nowhere_is_no_line():
    drawn = route.draw([{"origin": "DEHAM", "destination": "DEHAM", "mode": "road"}])
    assert (drawn.stretches[0].path, len(drawn.dots)) == ("", 1)


def test_a_route_without_legs_is_empty_and_an_unknown_place_is_named():
    assert route.draw([]).stretches == []
    assert route.draw([{"origin": "ZZXYZ", "destination": "DEHAM", "mode": "sea"}]).unknown == ["ZZXYZ"]


def test_a_score_shows_its_axes_with_what_is_missing():
    drawn = score.draw(styleguide.SCORE, styleguide.BANDS, styleguide.AXES)
    assert [(bar.axis, bar.points, bar.low, bar.high, bar.max) for bar in drawn.bars] == [
        ("Destination", 11, 11, 11, 20),
        ("Item", 12, 12, 12, 20),
        ("Parties", 6, 6, 6, 20),
        ("End use", 3, 0, 10, 15),
        ("Route", 4, 4, 4, 15),
        ("Commercial", 5, 0, 10, 10),
    ]
    assert sum(line.points for line in drawn.lines) == drawn.total == 41


def test_no_axis_is_drawn_past_its_end():
    lines = [
        {"axis": "route", "indicator": name, "points": 10, "max": 10, "reason": ""} for name in ("a", "b")
    ]
    [bar] = score.draw({**styleguide.SCORE, "lines": lines}, axes={"route": 15}).bars
    assert bar.points == 15
    assert sum(segment.length for segment in bar.segments) == pytest.approx(100)


def test_a_score_with_nothing_missing_says_so():
    whole = {**styleguide.SCORE, "low": 41, "high": 41, "lines": []}
    assert score.draw(whole).certain


def test_the_bands_of_a_score_fill_the_scale():
    drawn = score.draw(styleguide.SCORE, styleguide.BANDS)
    assert sum(band.length for band in drawn.bands) == 100


def test_a_ladder_shows_each_tier_with_its_window_and_what_silence_means():
    drawn = ladder.draw(styleguide.LADDER)
    assert [(rung.name, rung.window) for rung in drawn.rungs] == [
        ("Members with a stake", "48 hours"),
        ("Crisis unit", "24 hours"),
        ("Chair of the crisis unit", "12 hours"),
    ]
    whole = 48 + 24 + 12 + 3 * 24
    first, second, third = (rung.bars for rung in drawn.rungs)
    assert [(bar.x, bar.width, bar.then) for bar in first] == [
        ("0", f"{48 / whole * 1000:.0f}", False), (f"{48 / whole * 1000:.0f}", f"{24 / whole * 1000:.0f}", True),
    ]  # fmt: skip
    assert second[0].x == f"{72 / whole * 1000:.0f}"
    assert int(third[-1].x) + int(third[-1].width) == 1000
    assert "7 % of the outer limit of 90 days" in drawn.share_told
    assert drawn.rungs[-1].silence == "On silence the case is put on hold, with an owner and a date."
    assert not drawn.may_approve


def test_ties_are_as_wide_as_the_number_they_stand_for_and_stay_in_the_picture() -> None:
    drawn = ties(
        [
            ("A name that is longer than the picture has room for", {"Japan": 3, "Germany": 1}),
            ("B", {"Japan": 99}),
        ]
    )
    assert [(name.text, name.count) for name in drawn.left] == [("A name that is longer…", 4), ("B", 99)]
    assert [(name.text, name.count) for name in drawn.right] == [("Germany", 1), ("Japan", 102)]
    assert [tie.count for tie in drawn.ties] == [1, 3, 99]
    widths = [tie.width for tie in drawn.ties]
    assert widths == sorted(widths)
    assert widths[-1] == 10
    assert all(0 < name.y < drawn.height for name in [*drawn.left, *drawn.right])
    assert ties([]).ties == []
