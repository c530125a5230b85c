"""Words written as one: many names at once get the keys that each gets alone."""

import re

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from screening.engine.joined import BASE, JOINABLE, adjacent, joined_keys, sound_key
from screening.engine.sounds import fold
from screening.engine.words import Word
from tests.examples import examples

KINDS = [*sorted(JOINABLE), "number", "legal"]
WORDS = st.lists(
    st.tuples(
        st.text("abkhhsstuz", min_size=1, max_size=6)
        | st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=4),
        st.sampled_from(KINDS),
    ),
    min_size=1,
    max_size=8,
    unique=True,
)


@settings(max_examples=examples(300), deadline=None)
@given(WORDS, st.data())
def test_many_names_get_the_keys_that_each_gets_alone(
    words: list[tuple[str, str]], data: st.DataObject
) -> None:
    number = st.integers(0, len(words) - 1)
    names = data.draw(st.lists(st.lists(number, max_size=6), max_size=5))
    never = data.draw(st.sets(st.integers(0, 4)))
    run = [word for name in names for word in name]
    reading = [-1 if at in never else at for at, name in enumerate(names) for _word in name]

    keys, of = joined_keys(words, np.array(run, np.int32), np.array(reading, np.int32))

    alone = [
        (_key_of_letters(joined), at)
        for at, name in enumerate(names)
        if at not in never
        for joined in adjacent([Word(words[word][0], "", words[word][1], 1.0) for word in name])
    ]
    assert sorted(zip(keys.tolist(), of.tolist(), strict=True)) == sorted(alone)


def _key_of_letters(words: tuple[str, ...]) -> int:
    """Return the key of words joined by their sounds, letter by letter."""
    sounds = re.sub(r"(.)\1+", r"\1", "".join(map(fold, words)))
    key = 0
    for letter in sounds:
        key = (key * BASE + ord(letter)) % 2**64
    return key


def test_two_words_meet_the_one_word_however_it_is_spelt() -> None:
    words = [("ros", "word"), ("soboron", "word"), ("eksport", "word")]
    keys, _of = joined_keys(words, np.array([0, 1, 2]), np.array([0, 0, 0]))

    assert sound_key("rosoboron") in keys.tolist()
    assert sound_key("rosoboroneksport") in keys.tolist()
    assert sound_key("soboroneksport") in keys.tolist()
    assert sound_key("roseksport") not in keys.tolist()
