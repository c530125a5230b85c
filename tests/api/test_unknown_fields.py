"""A name that a body does not have is told at any depth, with its pointer."""

from __future__ import annotations

import pytest
from rest_framework import serializers

from api.bodies import _unknown, checked


class Inner(serializers.Serializer[object]):
    line = serializers.IntegerField()
    remark = serializers.CharField(required=False)


class Chosen(serializers.Serializer[object]):
    kind = serializers.ChoiceField(["one", "two"])
    several = serializers.ListField(child=serializers.ChoiceField(["a", "b"]), required=False)
    rows = Inner(many=True, required=False)
    by_name = serializers.DictField(child=serializers.ChoiceField(["yes", "no"]), required=False)


class Outer(serializers.Serializer[object]):
    lines = Inner(many=True)
    one = Inner(required=False)
    free = serializers.DictField(required=False)


def test_each_unknown_name_is_told_where_it_stands_and_free_content_is_let_through() -> None:
    given = {
        "lines": [{"line": 1}, {"line": 2, "remrak": "x"}],
        "one": {"lin": 1},
        "free": {"any": 1},
        "on": {},
    }
    assert dict(_unknown(given, Outer())) == {
        "lines[1].remrak": "There is no such field. There are: line, remark.",
        "on": "There is no such field. There are: lines, one, free.",
        "one.lin": "There is no such field. There are: line, remark.",
    }


def test_what_is_no_list_or_object_is_left_to_the_fields() -> None:
    assert dict(_unknown({"lines": "x", "one": 3}, Outer())) == {}


def test_what_is_no_choice_is_told_with_those_that_there_are() -> None:
    given = {"kind": "three", "several": ["a", "c"], "rows": [{"line": "x"}], "by_name": {"told": "maybe"}}
    with pytest.raises(serializers.ValidationError) as refused:
        checked(Chosen(data=given))
    said = refused.value.detail
    assert said["kind"] == ['"three" is not a valid choice. One of: one, two.']
    assert said["several"] == {1: ['"c" is not a valid choice. One of: a, b.']}
    assert said["by_name"] == {"told": ['"maybe" is not a valid choice. One of: yes, no.']}
    assert said["rows"] == {0: {"line": ["A valid integer is required."]}}
    assert checked(Chosen(data={"kind": "one"})) == {"kind": "one"}
