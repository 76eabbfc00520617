"""No name, configuration or card makes a rule fail; what a rule finds lies in the name."""

from datetime import UTC, datetime

from hypothesis import assume, given
from hypothesis import strategies as st

from namegate_policy.errors import UnreadableNameError
from namegate_policy.evidence import Evidence
from namegate_policy.index.names import KnownName
from namegate_policy.index.store import NameStore
from namegate_policy.naming import default_vocabulary, parse_name
from namegate_policy.repair import apply
from namegate_policy.rules.base import Subject
from namegate_policy.rules.registry import RULES

NOW = datetime(2027, 1, 1, tzinfo=UTC)
REQUIRED = {
    "allowed-values": {"values": {"size": ["8b"], "architecture": ["llama"]}},
    "denied-values": {"values": {"size": ["7b"], "version": ["3"]}},
}
STRICT = {
    "invalid-registry-name": {"registries": ["huggingface", "oci", "mlflow", "sagemaker"]},
    "separator-style": {"glued": False},
    "component-order": {"order": ["size", "version", ["architecture", "title"], "task"]},
    "missing-component": {"components": ["dataset", ["task", "language"]]},
    "name-length": {"minimum": 5, "maximum": 12},
    "version-format": {"formats": ["semver"], "prefix": "required"},
    "size-range": {"minimum": "1B", "maximum": "2B"},
    "unexplained-text": {"maximum": 0.0},
    "lineage-name": {"kinds": ["architecture", "size", "version"]},
}
WORDS = st.sampled_from(
    [
        "llama",
        "bert",
        "3",
        "3.1",
        "8b",
        "8x7B",
        "30b",
        "A3B",
        "instruct",
        "it",
        "de",
        "squad",
        "GPTQ",
        "Q4_K_M",
        "gguf",
        "v2",
        "base",
        "L-12",
        "test",
        "лама",
        "ﬁnal",
        "224",
    ]
)
NAMES = st.one_of(
    st.lists(WORDS, min_size=1, max_size=8).flatmap(
        lambda words: st.sampled_from("-_./ ").map(
            lambda separator: "acme/" + separator.join(words).replace("/", "-")
        )
    ),
    st.text(min_size=1, max_size=40),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
CONFIG_KEYS = [
    "model_type",
    "text_config",
    "quantization_config",
    "num_hidden_layers",
    "hidden_size",
    "image_size",
    "num_experts",
]
CARD_KEYS = [
    "language",
    "pipeline_tag",
    "datasets",
    "base_model",
    "license",
    "license_name",
    "model-index",
    "base_model_relation",
]


def documents(keys):
    return st.none() | st.dictionaries(st.sampled_from(keys), JSON, max_size=5)


@given(NAMES, documents(CONFIG_KEYS), documents(CARD_KEYS), st.booleans())
def test_every_rule_judges_every_name(text, config, card, strict):
    try:
        name = parse_name(text)
    except UnreadableNameError:
        assume(False)
    names = NameStore.create(":memory:")
    names.add(map(KnownName, ["acme/llama-3-8b", "acne/bert-base", text.swapcase()]))
    evidence = Evidence(config=config, card=card, names=names, owner="u1")
    subject = Subject(name=name, evidence=evidence, vocabulary=default_vocabulary(), now=NOW)
    for rule in RULES:
        options = rule.options(**REQUIRED.get(rule.name, {}) | (STRICT.get(rule.name, {}) if strict else {}))
        for finding in rule.check(subject, options):
            assert finding.message
            if finding.span is not None:
                assert 0 <= finding.span[0] <= finding.span[1] <= len(text)
            for fix in finding.fixes:
                assert apply(text, fix) is not None
