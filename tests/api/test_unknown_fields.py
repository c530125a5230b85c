"""A name that a body does not have is told at any depth, with its pointer."""

from __future__ import annotations

from rest_framework import serializers

from api.views.base import _unknown


class Inner(serializers.Serializer[object]):
    line = serializers.IntegerField()
    remark = serializers.CharField(required=False)


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
