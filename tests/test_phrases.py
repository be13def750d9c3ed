import re
import string
from pathlib import Path

import pytest

from analysis import points
from analysis.rating import TYPES
from ghapp.phrases import TEMPLATES, Phrases, phrases
from ghapp.settings import LANGUAGES

LEVELS = ("high", "medium", "low")
ASKED = re.compile(r"""\b(?:t|say)\(\s*"([a-z]+\.[a-z-]+)"\s*[,)]""")


def by_key(language):
    """Every phrase with its forms: {"table.key": {"": text}} or {"table.key": {"one": text, "other": text}}."""
    found = {}
    for table, rows in Phrases(language)._tables.items():
        for key, phrase in rows.items():
            found[f"{table}.{key}"] = phrase if isinstance(phrase, dict) else {"": phrase}
    return found


def placeholders(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def whole(forms):
    """The form that every number may take, which says most."""
    return forms.get("other", forms.get(""))


def test_all_languages_have_the_same_keys():
    for language in LANGUAGES:
        assert by_key(language).keys() ^ by_key("en").keys() == set(), language


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_are_the_same_in_each_language_and_form(language):
    english = by_key("en")
    for key, forms in by_key(language).items():
        expected = placeholders(whole(english[key]))
        assert placeholders(whole(forms)) == expected, key
        assert all(placeholders(text) <= expected for text in forms.values()), key
        assert ("n" in expected) or len(forms) == 1, f"{key} has forms and no number to choose by"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_and_type_has_a_phrase_and_no_phrase_is_left_over(language):
    keys = by_key(language).keys()
    for table, names in (("reasons", reason_codes()), ("types", TYPES), ("level", (*LEVELS, "pending"))):
        assert {key for key in keys if key.startswith(table + ".")} == {f"{table}.{name}" for name in names}


def reason_codes():
    """Every code of the table of points, and those that stand alone in the analysis's own source."""
    sources = "".join(path.read_text(encoding="utf-8") for path in Path(points.__file__).parent.glob("*.py"))
    phrased = {key.removeprefix("reasons.") for key in by_key("en") if key.startswith("reasons.")}
    return {*points.POINTS, *(code for code in phrased if f'= "{code}"' in sources)}


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.j2")), ids=lambda path: path.name)
def test_every_phrase_that_a_template_asks_for_is_there(path):
    asked = set(ASKED.findall(path.read_text(encoding="utf-8")))
    assert asked <= by_key("en").keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_phrase_is_empty_or_can_break_a_line(language):
    for key, forms in by_key(language).items():
        for text in forms.values():
            assert text.strip() == text != "", key
            assert "\n" not in text, key


def test_a_number_chooses_the_form():
    assert phrases("en").say("count.commits", n=1) == "1 commit"
    assert phrases("en").say("count.commits", n=0) == "0 commits"
    assert phrases("zh-CN").say("count.commits", n=1) == "1 个提交"


def test_values_are_not_read_as_phrases():
    assert phrases("en").say("reasons.reverts", what="{day} {0} %s") == "reverts an earlier change: {day} {0} %s"


def test_what_is_missing_is_an_error():
    with pytest.raises(FileNotFoundError):
        Phrases("tlh")
    for key in ("digest.nothing", "nothing.here"):
        with pytest.raises(KeyError):
            phrases("en").say(key)
    with pytest.raises(KeyError):
        phrases("en").say("digest.heading")
