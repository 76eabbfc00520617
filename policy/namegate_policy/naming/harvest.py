r"""Grow the vocabulary from the registries of kept packages.

::

    pip download --no-deps -d wheels transformers timm huggingface_hub tensorflow-datasets gguf \
        lm-eval mteb torchvision torchaudio
    pip install langcodes language_data pycountry
    python -m namegate_policy.naming.harvest wheels grammars/vocabulary

reads the wheels as archives, imports nothing of them, and writes `KIND-PACKAGE.yaml` files, each
naming its source. Words written by hand live in `KIND.yaml` and are not touched; what they already
hold is only repeated where a package adds an attribute.
"""

from __future__ import annotations

import ast
import re
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from namegate_policy.naming.vocabulary import load_vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from namegate_policy.naming.vocabulary import Vocabulary

    Entries = Mapping[str, Mapping[str, object]]

_GENERATIONS = frozenset(
    [
        "aya",
        "cohere",
        "deepseek",
        "ernie",
        "exaone",
        "falcon",
        "gemma",
        "glm",
        "granite",
        "hunyuan",
        "internlm",
        "internvl",
        "kimi",
        "lfm",
        "llama",
        "minicpm",
        "minimax",
        "ministral",
        "mistral",
        "mixtral",
        "nemotron",
        "olmo",
        "olmoe",
        "phi",
        "qwen",
        "smollm",
        "solar",
        "zamba",
    ]
)
"""Families whose later generations differ in training more than in network: `qwen3_moe` is `qwen`."""

_PARTS = re.compile(
    r"_(?:text|vision|audio|image|video|speech|qformer|encoder|decoder|tokenizer|generator|model|processor|"
    r"backbone|config|vl_text|omni_.*|.*_model|.*_encoder|.*_decoder|.*_config|.*_tokenizer)$"
)
_COMMON = frozenset(
    [
        "act",
        "beam",
        "timm-backbone",
        "timm-wrapper",
        "align",
        "rag",
        "gemma",
        "gemma4",
        "qwen3",
        "deepseek",
        "lambda",
        "test",
        "maskformer-swin",
    ]
)


def transformers_architectures(read: Callable[[str], str], vocabulary: Vocabulary) -> Entries:
    """Return the architectures of transformers' configuration mapping, with their model types."""
    types = _string_pairs(read("transformers/models/auto/auto_mappings.py"), "CONFIG_MAPPING_NAMES")
    entries: dict[str, dict[str, list[str]]] = {}
    for model_type in sorted(types):
        if _PARTS.search(model_type):
            continue
        word = model_type.replace("_", "-")
        found = re.match(r"[a-z]+", word)
        family = found[0] if found else word
        later = word[len(family) :]
        if family in _GENERATIONS and (
            not later or re.match(r"\d|-(?:\d|moe|vl|vision|mm)|v\d|n$|moe|-v\d", later)
        ):
            word = family
        elif word in _COMMON:
            continue
        if release := re.fullmatch(r"(\w.{2,})-(v\d+)", word):  # `pvt_v2`: a family and its generation
            family, word = release[1], release[1] + release[2]
            if family.replace("-", "_") in types or not vocabulary.lookup("architecture", family):
                entries.setdefault(family, {}).setdefault("model_types", []).append(model_type)
        entries.setdefault(word, {}).setdefault("model_types", []).append(model_type)
    return entries


def transformers_tasks(read: Callable[[str], str], vocabulary: Vocabulary) -> Entries:
    """Return the pipeline tasks of transformers."""
    del vocabulary
    source = ast.parse(read("transformers/pipelines/__init__.py"))
    tasks: dict[str, dict[str, object]] = {}
    for node in source.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
            name = node.targets[0].id if isinstance(node.targets[0], ast.Name) else ""
            for k, v in zip(node.value.keys, node.value.values, strict=True):
                if not (isinstance(k, ast.Constant) and isinstance(k.value, str)):
                    continue
                if name == "SUPPORTED_TASKS":
                    tasks[k.value] = {"pipeline_tag": k.value}
                elif name == "TASK_ALIASES" and isinstance(v, ast.Constant):
                    tasks[k.value] = {"pipeline_tag": v.value}
    return tasks


def hub_tasks(paths: list[str]) -> Entries:
    """Return the tasks that huggingface_hub has a type of."""
    folder = "huggingface_hub/inference/_generated/types/"
    names = [path[len(folder) : -3].replace("_", "-") for path in paths if path.startswith(folder)]
    return {
        name: {"pipeline_tag": name} for name in names if name not in ("base", "--init--", "chat-completion")
    }


def timm_architectures(paths: list[str], read: Callable[[str], str], vocabulary: Vocabulary) -> Entries:
    """Return the families of timm's registered model functions: `mobilenetv3` of `mobilenetv3_small_100`."""
    families = set()
    for path in paths:
        if path.startswith("timm/models/"):
            for name in re.findall(r"@register_model\s+def (\w+)\(", read(path)):
                words = name.removeprefix("tf_").split("_")
                family = re.sub(r"(?<=[a-z]{3})(?<!v)\d{2,}\w*$", "", words[0])
                if (
                    len(family) > 3
                    and words[0] not in _COMMON
                    and not set(map(str, vocabulary.kinds(family))) - {"architecture"}
                ):
                    families.add(family)
    return {family: {} for family in families}


def dataset_names(paths: list[str]) -> Entries:
    """Return the data sets that tensorflow_datasets has a builder of."""
    folder = re.compile(
        r"tensorflow_datasets/(?:datasets|text|image_classification|question_answering|summarization|"
        r"object_detection|audio|translate|video|vision_language|image|structured)/(\w+?)(?:\.py|/\w+\.py)$"
    )
    names = {found[1].replace("_", "-") for path in paths if (found := folder.match(path))}
    return {name: {} for name in names if re.search(r"[\d-]", name) and not re.search("test|init|util", name)}


_TASK = re.compile(
    r"[-_.]?(?:(?:Multi-?[Ll]abel|Pair|Zero-?[Ss]hot|Intent|Domain|Sentiment|Bitext|Instruction)?"
    r"(?:Classification|Clustering|Retrieval|[Rr]eranking|Mining|Zero[Ss]hot|MultiChoice|Summarization)"
    r"(?:P2P|S2S|Lite)?"
    r"|(?:Hard-?Negatives|Decontaminated|CentricQA|Mini|VN|PC)|-[A-Z][A-Za-z]|\.?[vV]\d)$"
)
"""What mteb's task names add to the name of the data set: the task, a translation, a revision."""

_PART = re.compile(
    r"[A-Z]{1,2}\d[A-Z]|Audio|Video|Visual|Music|Bright|JinaVDR|CQADupstack|HUME|LEMB|CodeRAG|IFIR|BIRCO|Nano"
    r"|R2MED|Vidore|ROxford|RParis|LegalBench|VDR|Visrag|(?:English|French|German|Japanese)[A-Z]\w*\d|BrowseComp"
)
"""mteb splits some collections into a task for every part or direction; these have no names of their own."""

_ORDINARY = re.compile(
    r"(?:^|-)(?:admission|advanced|arithmetic|babi|bangla|bear|benchmarks|birds|bridge|caps|click|code1|"
    r"corpus|csv|cure|diacritics|drop|emit|endpointing|entity|fake|faq|folder|greatest|"
    r"hatespeech|hindsight|hits|hotel|images|include|indic|instruction|into|json|leaderboard|"
    r"lexical|libra|limit|llama3|mask|mastermind|mela|memo|mini|modus|movie|mutual|naver|"
    r"news|noticia|null|paloma|pattern|persona|prescription|product|prost|public|qrels|"
    r"query2query|quote|race|real|redefine|relation|repetitive|reviews|ruler|score|scrolls|"
    r"sensitive|sentiment|sick|sig|snips|speaker|summarization|textual|topic|translation|uleval|"
    r"ulut|unscramble|vision|word)(?:-|$)"
)
"""Words of benchmarks' names that mean something else in the name of a model."""


def benchmark_names(paths: list[str], read: Callable[[str], str], vocabulary: Vocabulary) -> Entries:
    """Return the tasks of lm_eval, by folder, and the data sets that they load."""
    names = set()
    for path in paths:
        if found := re.match(r"lm_eval/tasks/(\w[\w-]*)/", path):
            names.add(found[1])
            if path.endswith("yaml"):
                names.update(re.findall(r"^dataset_path: *(?:[\w-]+/)?([\w-]+) *$", read(path), re.MULTILINE))
    return _data_sets(names, vocabulary)


def retrieval_names(paths: list[str], read: Callable[[str], str], vocabulary: Vocabulary) -> Entries:
    """Return the data sets of mteb's tasks; a task is named after its data set."""
    names = set()
    for path in paths:
        if re.fullmatch(r"mteb/tasks/(?!aggregated)\w+/\w+/(?!__)\w+\.py", path):
            for name in re.findall(r'\bname="([\w.-]+)"', read(path)):
                while (shorter := _TASK.sub("", name)) != name:
                    name = shorter
                if not _PART.search(name):
                    names.add(name)
    return _data_sets(names, vocabulary)


def torch_data_sets(package: str, read: Callable[[str], str], vocabulary: Vocabulary) -> Entries:
    """Return the data sets of torchvision or torchaudio: the classes that it exports."""
    names = re.findall(r'^    "([A-Z]\w+)",$', read(f"{package}/datasets/__init__.py"), re.MULTILINE)
    return _data_sets(
        {
            re.sub(r"(?<=[a-z])(?:Classification|Detection|Segmentation|Folder|Pairs|People)$", "", n)
            for n in names
        },
        vocabulary,
    )


def _data_sets(names: Iterable[str], vocabulary: Vocabulary) -> Entries:
    """Return names of one or two words as models' names write them.

    Left out are words that mean something else in a model's name, and names made of known words alone
    (`german-news`), which are read by their words.
    """
    found = set()
    for name in names:
        word = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])|_+", "-", name).lower().strip("-")
        parts = word.split("-")
        coined = len(parts) > 1 or re.search(r"\d|[A-Z]{2}|^[a-z]+$", name)
        if (
            coined
            and len(parts) <= 2
            and 3 < len(word) < 17
            and not re.fullmatch(r"[a-z]*\d{4}|\d.*", word)
            and not _ORDINARY.search(word)
            and not all(vocabulary.kinds(part) or part.isdigit() for part in parts)
            and not vocabulary.kinds(word)
        ):
            found.add(word)
    return {word: {} for word in found}


def ggml_types(read: Callable[[str], str], vocabulary: Vocabulary) -> Entries:
    """Return the tensor types of ggml."""
    del vocabulary
    tree = ast.parse(read("gguf/constants.py"))
    enum = next(
        node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "GGMLQuantizationType"
    )
    names = [
        node.targets[0].id
        for node in enum.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    ]
    return {name.lower(): {} for name in names if not re.match(r"I\d+$", name)}


def languages() -> Entries:
    """Return the languages of ISO 639-1: by code, by ISO 639-2 code, and by English and own name."""
    import langcodes
    import pycountry

    entries: dict[str, dict[str, object]] = {}
    for language in pycountry.languages:
        code = getattr(language, "alpha_2", None)
        if code is None:
            continue
        tag = langcodes.Language.get(code)
        names = {tag.display_name().lower(), language.name.split(" (")[0].lower()}
        canonical, *others = sorted(  # the shortest: `khmer`, not `central khmer`
            (n for n in names if re.fullmatch(r"[a-z]{3,}(?:[ -][a-z]+)?", n)), key=lambda n: (len(n), n)
        ) or [language.name.lower().split(" ")[0].strip(";")]
        aliases = [code, language.alpha_3, *others]
        if getattr(language, "bibliographic", None):
            aliases.append(language.bibliographic)
        own = tag.autonym().lower()
        if re.fullmatch(r"[a-zà-ÿ]{4,}", own) and own not in names:
            aliases.append(own)
        entries[canonical.replace(" ", "-")] = {
            "aliases": [a.replace(" ", "-") for a in aliases],
            "code": code,
        }
    return entries


def _string_pairs(source: str, variable: str) -> list[str]:
    """Return the first strings of the pairs in `variable = OrderedDict([("a", "b"), …])`."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == variable:
            return [
                pair.elts[0].value
                for pair in ast.walk(node.value)
                if isinstance(pair, ast.Tuple)
                and isinstance(pair.elts[0], ast.Constant)
                and isinstance(pair.elts[0].value, str)
            ]
    raise SystemExit(f"the package has no {variable}; its layout has changed")


def _write(folder: Path, kind: str, package: str, source: str, entries: Entries) -> None:
    plain = sorted(word for word, attributes in entries.items() if not attributes)
    rich = {word: dict(attributes) for word, attributes in sorted(entries.items()) if attributes}
    lines = [f"kind: {kind}", f"source: {source}; written by namegate_policy.naming.harvest"]
    if plain:
        lines += ["words: >-", *_wrapped(plain)]
    if rich:
        lines.append("entries:")
        for word, attributes in rich.items():
            value = yaml.safe_dump(
                attributes, default_flow_style=True, width=10_000, allow_unicode=True
            ).strip()
            lines.append(f"  {yaml.safe_dump(word).splitlines()[0]}: {value}")
    (folder / f"{kind}-{package}.yaml").write_text("\n".join(lines) + "\n")


def _wrapped(words: Iterable[str]) -> Iterator[str]:
    line = " "
    for word in words:
        if len(line) + len(word) > 108:
            yield line
            line = " "
        line += f" {word}"
    yield line


def main(wheels: Path, folder: Path) -> None:
    """Write the harvested vocabulary files."""
    archives = {path.name.split("-")[0]: path for path in sorted(wheels.glob("*.whl"))}
    by_hand = load_vocabulary([path for path in sorted(folder.glob("*.yaml")) if "-" not in path.stem])

    def package(name: str) -> tuple[str, list[str], Callable[[str], str]]:
        archive = zipfile.ZipFile(archives[name])
        version = archives[name].name.split("-")[1]
        return f"{name} {version}", archive.namelist(), lambda path: archive.read(path).decode()

    source, paths, read = package("transformers")
    _write(
        folder,
        "architecture",
        "transformers",
        f"model types of {source} (Apache-2.0)",
        transformers_architectures(read, by_hand),
    )
    tasks = dict(transformers_tasks(read, by_hand))
    hub, paths, _ = package("huggingface_hub")
    _write(
        folder,
        "task",
        "huggingface",
        f"tasks of {source} and {hub} (Apache-2.0)",
        {**hub_tasks(paths), **tasks},
    )
    source, paths, read = package("timm")
    _write(
        folder,
        "architecture",
        "timm",
        f"registered models of {source} (Apache-2.0)",
        timm_architectures(paths, read, by_hand),
    )
    source, paths, _ = package("tensorflow_datasets")
    known = {word: attributes for word, attributes in dataset_names(paths).items() if not by_hand.kinds(word)}
    _write(folder, "dataset", "tensorflow", f"builders of {source} (Apache-2.0)", known)
    source, paths, read = package("lm_eval")
    _write(folder, "dataset", "lmeval", f"tasks of {source} (MIT)", benchmark_names(paths, read, by_hand))
    source, paths, read = package("mteb")
    _write(
        folder, "dataset", "mteb", f"tasks of {source} (Apache-2.0)", retrieval_names(paths, read, by_hand)
    )
    for name in ("torchvision", "torchaudio"):
        source, _, read = package(name)
        _write(
            folder,
            "dataset",
            name,
            f"data sets of {source} (BSD)",
            torch_data_sets(name, read, by_hand),
        )
    source, _, read = package("gguf")
    _write(folder, "quantization", "ggml", f"tensor types of {source} (MIT)", ggml_types(read, by_hand))
    _write(folder, "language", "iso", "ISO 639 by pycountry, own names by langcodes (CLDR)", languages())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
