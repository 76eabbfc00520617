"""What a model card's front matter says, whatever form its values have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from namegate_policy.errors import UnreadableNameError
from namegate_policy.naming.split import check_text, organization_end

if TYPE_CHECKING:
    from collections.abc import Mapping


def texts(card: Mapping[str, Any] | None, key: str) -> tuple[str, ...]:
    """Return the text or the list of texts under `key`; values of other types are left out."""
    value = (card or {}).get(key)
    listed = value if isinstance(value, list | tuple) else [value]
    return tuple(each for each in listed if isinstance(each, str) and each)


def base_models(card: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Return the readable model ids under `base_model`."""
    return tuple(base for base in texts(card, "base_model") if _readable(base))


def _readable(text: str) -> bool:
    try:
        check_text(text)
        organization_end(text)
    except UnreadableNameError:
        return False
    return True
