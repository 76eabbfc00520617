"""Repairs, over rules small enough to see every outcome by eye."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from namegate_policy.repair import apply, edits_between, repairs
from namegate_policy.verdict import Edit, Mode, Severity, Violation


def violation(severity: Severity, message: str) -> Violation:
    return Violation("T001", "test", severity, Mode.ENFORCE, message)


def weigh(text: str):
    """No `_` (error, fixable), lower case (warning, fixable), no digit 9 (error, beyond repair)."""
    found = []
    if (position := text.find("_")) >= 0:
        fix = (Edit((position, position + 1), "-"),)
        found.append((violation(Severity.ERROR, "underscore"), (fix,)))
    for position, character in enumerate(text):
        if character.isupper():
            fix = (Edit((position, position + 1), character.lower()),)
            found.append((violation(Severity.WARN, "capital"), (fix,)))
    if "9" in text:
        found.append((violation(Severity.ERROR, "nine"), ()))
    return found


REPAIRED = {
    "a_b": "a-b",
    "a_B": "a-b",
    "a_b_c": "a-b-c",
    "AB_c": "ab-c",
}
BEYOND_REPAIR = ["a_9", "9", "A9"]
FINE = ["a-b", ""]


def test_repaired_names_pass_and_are_stable() -> None:
    for text, expected in REPAIRED.items():
        suggestions = repairs(text, weigh(text), weigh)
        assert [suggestion.name for suggestion in suggestions] == [expected]
        assert weigh(expected) == []


def test_no_name_is_suggested_that_does_not_pass() -> None:
    for text in [*BEYOND_REPAIR, *FINE]:
        assert repairs(text, weigh(text), weigh) == ()


def test_ties_are_all_shown_in_the_order_of_the_fixes() -> None:
    def either(text: str):
        fixes = ((Edit((0, 1), "y"),), (Edit((0, 1), "x"),))
        return [(violation(Severity.ERROR, "z"), fixes)] if text.startswith("z") else []

    assert [suggestion.name for suggestion in repairs("za", either("za"), either)] == ["ya", "xa"]


def test_a_smaller_edit_wins() -> None:
    def longer(text: str):
        fixes = ((Edit((0, 1), "alpha"),), (Edit((0, 1), "a"),))
        return [(violation(Severity.ERROR, "z"), fixes)] if text.startswith("z") else []

    assert [suggestion.name for suggestion in repairs("z-1", longer("z-1"), longer)] == ["a-1"]


def test_edits_that_touch_the_same_characters_are_not_applied() -> None:
    assert apply("abc", [Edit((0, 2), "x"), Edit((1, 3), "y")]) is None
    assert apply("abc", [Edit((0, 1), "x"), Edit((0, 1), "x")]) == "xbc"


def test_texts_inserted_at_one_place_keep_their_order() -> None:
    words = [f"-{number}" for number in range(9)]
    assert apply("a", [Edit((1, 1), word) for word in words]) == "a" + "".join(words)


def test_fixes_that_touch_the_same_characters_are_made_in_turn() -> None:
    """The fix of all underscores touches that of every `x`; there are too many to try every combination."""

    def underscored(text: str):
        places = [place for place, character in enumerate(text) if character == "_"]
        removals = [(Edit((place - 1, place + 1), ""),) for place in places if text[place - 1] == "x"]
        joined = tuple(Edit((place, place + 1), "-") for place in places)
        found = [(violation(Severity.ERROR, "x"), (fix,)) for fix in removals]
        return [(violation(Severity.ERROR, "underscore"), (joined,)), *found] if places else found

    text = "x_" * 40 + "a"
    assert [each.name for each in repairs(text, underscored(text), underscored)] == ["x-" * 40 + "a"]


@given(st.text(), st.text())
def test_edits_lead_from_the_old_text_to_the_new(old: str, new: str) -> None:
    assert apply(old, edits_between(old, new)) == new
