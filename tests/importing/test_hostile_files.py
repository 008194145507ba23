"""Hostile and broken files are refused with a sentence, or read within bounds: never a traceback, never the portal's memory."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import force_locale

from app.entity.file_limits import SheetError
from app.entity.sheets import open_book
from tests.importing.hostile_files import FILES, File

SECONDS = 5
_BY_ID = {f"{file.id}.{file.name.rpartition('.')[2]}": file for file in FILES}


def read(path: Path, file: File) -> list[list[object]]:
    """Every row of every sheet."""
    book = open_book(path, file.name, limits=file.limits)
    return [cells for sheet in book.sheets for _number, cells in book.rows(sheet)]


@pytest.mark.parametrize("name", _BY_ID)
def test_refused_or_read(name: str, tmp_path: Path) -> None:
    file = _BY_ID[name]
    path = file.make(tmp_path / f"file{Path(file.name).suffix}", file.small)
    before = time.monotonic()
    if file.rows is not None:
        assert read(path, file) == file.rows
    elif file.told:
        with pytest.raises(SheetError, match=file.told) as refused:
            read(path, file)
        assert "Traceback" not in str(refused.value)
        assert len(str(refused.value)) < 400
    else:
        assert read(path, file)
    assert time.monotonic() - before < SECONDS
