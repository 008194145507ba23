"""Where files live: outside the database, under keys that say nothing about their content. Local folder; the same few calls
will be answered by an S3 bucket when one is configured."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from flask import current_app


def new_key(suffix: str) -> str:
    """A fresh key such as `4f/4f9a….jpg`, spread over folders."""
    name = secrets.token_hex(16)
    return f"{name[:2]}/{name}{suffix}"


def _path(key: str) -> Path:
    root = Path(current_app.config["INSTANCE_DIR"]) / "files"
    path = (root / key).resolve()
    if not path.is_relative_to(root.resolve()):
        raise ValueError(f"a file key must stay inside the store: {key}")
    return path


def put(key: str, content: bytes) -> None:
    """Store a file whole or not at all."""
    path = _path(key)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(path.suffix + ".part")
    part.write_bytes(content)
    os.replace(part, path)


def get(key: str) -> bytes:
    """The content of a stored file. Raises FileNotFoundError."""
    return _path(key).read_bytes()


def delete(key: str) -> None:
    """Remove a file; a missing one is already as wanted."""
    _path(key).unlink(missing_ok=True)
