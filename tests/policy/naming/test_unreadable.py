import pytest

from namegate_policy.errors import UnreadableNameError
from namegate_policy.naming import parse_name

UNREADABLE = [
    ("", "empty", (0, 0)),
    ("   ", "empty", (0, 3)),
    ("a" * 10_000, "too-long", (1024, 10_000)),
    ("acme/llama\n-7b", "control-character", (10, 11)),
    ("acme/\x00", "control-character", (5, 6)),
    ("acme/lla\ud800ma", "unpaired-surrogate", (8, 9)),
    ("acme/\u202eamall", "bidirectional-mark", (5, 6)),
    ("../llama", "path", (0, 2)),
    ("acme/..", "path", (5, 7)),
    ("/llama", "path", (0, 1)),
    ("llama/", "path", (5, 6)),
    ("acme//llama", "path", (4, 6)),
    ("acme/llama/7b", "path", (10, 11)),
    ("acme\\llama", "path", (4, 5)),
    (".", "path", (0, 1)),
]


@pytest.mark.parametrize(("text", "reason", "span"), UNREADABLE)
def test_unreadable_texts_say_why_and_where(text: str, reason: str, span: tuple[int, int]) -> None:
    with pytest.raises(UnreadableNameError) as caught:
        parse_name(text)
    assert (caught.value.reason, caught.value.span, caught.value.source) == (reason, span, text)


def test_the_error_shows_the_place() -> None:
    with pytest.raises(UnreadableNameError) as caught:
        parse_name("acme/llama/7b")
    assert str(caught.value) == (
        "the text is a path; a model id is a name, or an organization, one '/' and a name\n"
        "acme/llama/7b\n"
        "          ^"
    )
