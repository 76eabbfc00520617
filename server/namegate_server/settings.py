"""How a server is set up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """What the operator decides; everything else follows from requests.

    `policies` is a folder of policy files, beside the packs that Namegate ships; `names` an index or a
    list of the names that the registry has; `keys` a key file (`namegate_server.keys`), without which
    everybody may ask; `database` the URL of the decision log, without which none is kept. `max_body` is
    in bytes: the headers of a very large checkpoint take a few megabytes, a third more in base64.
    """

    policies: Path | None = None
    names: Path | None = None
    keys: Path | None = None
    database: str | None = None
    max_body: int = 64 * 1024 * 1024
    max_names: int = 1_000
    max_concurrent: int = 4
