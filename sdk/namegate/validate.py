"""The verdict on one name, in process or from a server."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from namegate.evidence import Document, gather
from namegate_policy.engine import judge
from namegate_policy.language import Policy, load_policy

if TYPE_CHECKING:
    from pathlib import Path

    from namegate_policy.verdict import Verdict

RECOMMENDED = "namegate:recommended"


def validate_name(
    name: str,
    *,
    policy: str | Path | Policy = RECOMMENDED,
    weights: str | Path | None = None,
    config: Document | None = None,
    card: Document | None = None,
    now: datetime | None = None,
    url: str | None = None,
    key: str | None = None,
    timeout: float | None = None,
) -> Verdict:
    """Return the verdict of `policy` on `name`, and on what its upload holds.

    `weights` is a checkpoint file or a folder; of a folder, `config.json` and `README.md` are read too,
    unless `config` and `card` are given. `now` decides which waivers have expired.

    With `url` a server decides, at its own time and by a policy that it knows under that name; `key` is
    its API key, `timeout` in seconds. Only header bytes of the weights are sent.

    Raises the errors of `namegate.errors` when no verdict can be had. A denial is a verdict.
    """
    if url is not None:
        if not isinstance(policy, str) or now is not None:
            raise TypeError("a server takes the name of one of its policies, and its own time")
        from namegate.client import TIMEOUT, Client

        with Client(url, key=key, timeout=TIMEOUT if timeout is None else timeout) as client:
            return client.validate(name, policy=policy, weights=weights, config=config, card=card)
    loaded = policy if isinstance(policy, Policy) else resolve_policy(policy)
    evidence = gather(weights, config=config, card=card)
    return judge(name, loaded, evidence, now=now or datetime.now(UTC))


def resolve_policy(reference: str | Path) -> Policy:
    """Load a policy; the packs that Namegate ships are kept, files are read each time."""
    if isinstance(reference, str) and reference.startswith("namegate:"):
        return _pack(reference)
    return load_policy(reference)


@lru_cache(maxsize=32)
def _pack(reference: str) -> Policy:
    return load_policy(reference)
