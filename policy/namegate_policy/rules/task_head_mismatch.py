"""The name states a task that the head of the network cannot do.

## What it does
Compares tasks that need a head of their own (classification of texts, tokens or images, question
answering, fill-mask, detection, segmentation) with the architecture classes whose tensors the weights
have. A chat or instruct model whose output matrix is missing is reported too.

## Why is this bad
Loading the model for the stated task silently creates a head with random numbers.

## Bad example
With the tensors of a BertForSequenceClassification:
```
acme/bert-base-ner
```

## Good example
With the same weights:
```
acme/bert-base-text-classification
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from namegate_policy.architecture.claims.task import contradicts, lacks_language_head, tag_of
from namegate_policy.naming.model import Kind
from namegate_policy.rules.base import Finding, Options, Rule, Subject
from namegate_policy.verdict import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator


class TaskHeadMismatchOptions(Options):
    """Options of task-head-mismatch: none."""


_CHAT = frozenset({"chat", "instruct", "it"})


def _check(subject: Subject, _: TaskHeadMismatchOptions) -> Iterator[Finding]:
    architecture = subject.evidence.architecture
    if architecture is None or architecture.adapter is not None:
        return
    classes = ", ".join(architecture.classes[:3])
    tasks = []
    for component in subject.name.of(Kind.TASK):
        entry = subject.vocabulary.lookup(Kind.TASK, component.text)
        tag = tag_of(component.text, entry.pipeline_tag if entry is not None else None)
        if tag is not None:
            tasks.append((component, contradicts(tag, architecture)))
        if component.text.casefold() in _CHAT and lacks_language_head(architecture):
            yield Finding(
                f"the name says {component.text}, the weights are a {classes} without an output matrix",
                component.span,
                actual=list(architecture.classes),
                severity=Severity.WARN,
            )
    if tasks and all(wrong for _, wrong in tasks):
        component = tasks[0][0]
        yield Finding(
            f"the name says {component.text}, the head of the weights is that of {classes}",
            component.span,
            actual=list(architecture.classes),
        )


RULE = Rule("NG410", "task-head-mismatch", Severity.ERROR, TaskHeadMismatchOptions, _check)
