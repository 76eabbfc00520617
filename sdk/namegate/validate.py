"""The verdict on one name, in process or from a server."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from namegate.evidence import gather
from namegate_policy.engine import judge
from namegate_policy.language import Policy, load_policy

if TYPE_CHECKING:
    from pathlib import Path

    from namegate.evidence import Document, Weights
    from namegate_policy.index.names import NameIndex
    from namegate_policy.verdict import Verdict

RECOMMENDED = "namegate:recommended"


def validate_name(
    name: str,
    *,
    policy: str | Path | Policy | None = None,
    weights: Weights | None = None,
    config: Document | None = None,
    card: Document | None = None,
    names: str | Path | NameIndex | None = None,
    owner: str | None = None,
    now: datetime | None = None,
    url: str | None = None,
    key: str | None = None,
    timeout: float | None = None,
) -> Verdict:
    """Return the verdict of `policy` (else `namegate:recommended`) on `name`, and on what its upload holds.

    `weights` is a checkpoint file or a folder; of a folder, `config.json` and `README.md` are read too,
    unless `config` and `card` are given. `names` are those that the registry has: an index, its file, or a
    file that lists them; `owner` is its lasting id of the account that uploads. `now` decides which
    waivers have expired.

    With `url` a server decides, at its own time, with its own names and by a policy of its own, which it
    chooses by the organization where none is named; `key` is
    its API key, `timeout` in seconds. Only header bytes of the weights are sent.

    Raises the errors of `namegate.errors` when no verdict can be had. A denial is a verdict.
    """
    if url is not None:
        if not isinstance(policy, str | None) or now is not None or names is not None:
            raise TypeError("a server takes one of its own policies, by name, its own time and names")
        from namegate.client import TIMEOUT, Client

        with Client(url, key=key, timeout=TIMEOUT if timeout is None else timeout) as client:
            return client.validate(
                name, policy=policy, weights=weights, config=config, card=card, owner=owner
            )
    loaded = policy if isinstance(policy, Policy) else resolve_policy(policy or RECOMMENDED)
    evidence = gather(weights, config=config, card=card, names=names, owner=owner)
    return judge(name, loaded, evidence, now=now or datetime.now(UTC))


def resolve_policy(reference: str | Path) -> Policy:
    """Load a policy; the packs that Namegate ships are kept, files are read each time."""
    if isinstance(reference, str) and reference.startswith("namegate:"):
        return _pack(reference)
    return load_policy(reference)


@lru_cache(maxsize=32)
def _pack(reference: str) -> Policy:
    return load_policy(reference)
