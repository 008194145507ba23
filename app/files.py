"""Where files live: outside the database, under keys that say nothing about their content. Local folder; the same few calls
will be answered by an S3 bucket when one is configured, so nobody else may know of the folder."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path
from typing import BinaryIO

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


def put_file(key: str, source: Path) -> int:
    """Move a file of any size into the store, whole or not at all; returns its size in bytes."""
    path = _path(key)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(path.suffix + ".part")
    shutil.move(source, part)  # a rename where it can be, else a copy in pieces
    size = part.stat().st_size
    os.replace(part, path)
    return size


def put_stream(key: str, stream: BinaryIO) -> int:
    """Store what a stream gives, whole or not at all, in pieces; returns its size in bytes."""
    path = _path(key)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(path.suffix + ".part")
    try:
        with part.open("wb") as file:
            shutil.copyfileobj(stream, file, 1024 * 1024)
            size = file.tell()
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return size


def get(key: str) -> bytes:
    """The content of a stored file. Raises FileNotFoundError."""
    return _path(key).read_bytes()


def open_file(key: str) -> BinaryIO:
    """A stored file for reading piece by piece; the caller closes it. Raises FileNotFoundError."""
    return _path(key).open("rb")


def local_path(key: str) -> Path:
    """A stored file as one on this machine, for libraries that want a path; only to be read. Raises FileNotFoundError."""
    path = _path(key)
    if not path.is_file():
        raise FileNotFoundError(key)
    return path


def size(key: str) -> int:
    """The size of a stored file in bytes. Raises FileNotFoundError."""
    return _path(key).stat().st_size


def exists(key: str) -> bool:
    """Whether there is a stored file."""
    return _path(key).is_file()


def delete(key: str) -> None:
    """Remove a file; a missing one is already as wanted."""
    _path(key).unlink(missing_ok=True)
