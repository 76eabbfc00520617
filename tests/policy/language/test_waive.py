from datetime import date
from pathlib import Path

import pytest

from namegate_policy.errors import PolicyError
from namegate_policy.language import load_policy
from namegate_policy.language.document import WaiverEntry
from namegate_policy.language.waive import add_waiver, insert_waiver

ENTRY = WaiverEntry(
    match="acme/old-*", rules=("NG103",), reason='ä "b"', approved_by="gov", expires=date(2027, 3, 31)
)
ITEM = '{match: "acme/old-*", rules: [NG103], reason: "ä \\"b\\"", approved_by: "gov", expires: 2027-03-31}'
HEAD = "apiVersion: namegate/v1\nkind: NamingPolicy\nmetadata: {name: acme} # ours\n"
OTHER = "{match: a, rules: [NG101], reason: x, approved_by: y, expires: 2027-01-01}"

INSERTED = {
    "no waivers yet": (HEAD, HEAD + f"waivers:\n  - {ITEM}\n"),
    "no newline at the end": (HEAD + "mode: warn", HEAD + f"mode: warn\nwaivers:\n  - {ITEM}\n"),
    "an empty list": (HEAD + "waivers: []  # none\n", HEAD + f"waivers: [{ITEM}]  # none\n"),
    "a list in brackets": (HEAD + f"waivers: [{OTHER}]\n", HEAD + f"waivers: [{ITEM}, {OTHER}]\n"),
    "at the end": (
        HEAD + f"waivers:\n  # old\n  - {OTHER}  # why\n",
        HEAD + f"waivers:\n  # old\n  - {OTHER}  # why\n  - {ITEM}\n",
    ),
    "before another key and its comment": (
        HEAD + f"waivers:\n- {OTHER}\n\n# rules\nrules: {{NG103: off}}\n",
        HEAD + f"waivers:\n- {OTHER}\n- {ITEM}\n\n# rules\nrules: {{NG103: off}}\n",
    ),
    "block mappings": (
        HEAD + "waivers:\n    - match: a\n      rules: [NG101]\n      reason: x\n      approved_by: y\n"
        "      expires: 2027-01-01\nmode: warn\n",
        HEAD + "waivers:\n    - match: a\n      rules: [NG101]\n      reason: x\n      approved_by: y\n"
        f"      expires: 2027-01-01\n    - {ITEM}\nmode: warn\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), INSERTED.values(), ids=INSERTED)
def test_everything_else_stays(before: str, after: str, tmp_path: Path) -> None:
    assert insert_waiver(before, ENTRY, "p") == after
    (tmp_path / "p.yaml").write_text(before)
    add_waiver("p.yaml", ENTRY, base=tmp_path)
    assert (tmp_path / "p.yaml").read_text() == after
    assert any(waiver.match == "acme/old-*" for waiver in load_policy("p.yaml", base=tmp_path).waivers)


REFUSED = ["{apiVersion: namegate/v1, kind: NamingPolicy, metadata: {name: acme}}", "[a]", "a: &b c", ""]


@pytest.mark.parametrize("text", REFUSED)
def test_what_cannot_be_written_safely_is_left_alone(text: str, tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(text)
    with pytest.raises(PolicyError):
        add_waiver("p.yaml", ENTRY, base=tmp_path)
    assert (tmp_path / "p.yaml").read_text() == text


def test_an_unknown_rule_is_told_and_not_written(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(HEAD)
    with pytest.raises(PolicyError, match="unknown rule 'QX77'"):
        add_waiver("p.yaml", ENTRY.model_copy(update={"rules": ("QX77",)}), base=tmp_path)
    assert (tmp_path / "p.yaml").read_text() == HEAD


def test_a_pack_is_not_written_to() -> None:
    with pytest.raises(PolicyError, match="shipped pack"):
        add_waiver("namegate:recommended", ENTRY)
