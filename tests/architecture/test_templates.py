"""Pages carry neither style nor script of their own: the content security policy would drop them."""

import re

import pytest

from tests.architecture import source

INLINE = {
    "a style attribute": re.compile(r"<[a-z][^<>]*\sstyle\s*=", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "an event attribute": re.compile(r"<[a-z][^<>]*\son[a-z]+\s*=", re.IGNORECASE),
    "a javascript address": re.compile(r"javascript:", re.IGNORECASE),
    "a script without src": re.compile(
        r"<script(?![^>]*(\bsrc\s*=|type\s*=\s*[\"'](application/(ld\+)?json|speculationrules)))",
        re.IGNORECASE,
    ),
}


@pytest.mark.parametrize("what", INLINE)
def test_no_template_has(what):
    found = [
        f"{path.relative_to(source.ROOT)}:{text.count(chr(10), 0, match.start()) + 1}"
        for path in source.templates()
        for text in [path.read_text(encoding="utf-8")]
        for match in INLINE[what].finditer(text)
    ]
    assert found == []


def test_no_template_turns_escaping_off():
    off = [
        str(path.relative_to(source.ROOT))
        for path in source.templates()
        if re.search(r"\|\s*safe\b|autoescape off", path.read_text(encoding="utf-8"))
    ]
    assert off == []


def test_every_table_scrolls_in_a_frame_of_its_own():
    unframed = [
        f"{path.relative_to(source.ROOT)}:{text.count(chr(10), 0, match.start()) + 1}"
        for path in source.templates()
        for text in [path.read_text(encoding="utf-8")]
        for match in re.finditer(r"<table\b", text)
        if not re.search(r'class="app-table-frame"[^>]*>\s*$', text[: match.start()])
    ]
    assert unframed == []
