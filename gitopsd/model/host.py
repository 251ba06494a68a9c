"""The cluster that the daemon runs in, as a pod sees it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Host:
    """Its API server, and a folder with `token` and `ca.crt`, which are renewed there."""

    url: str
    folder: Path
