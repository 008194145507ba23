"""Memory does not grow with the rows."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.exporting.table import Chunk, Table
from tests.exporting.files import now, write
from tests.exporting.test_texts import NUMBERS, VALUES


def table(rows: int) -> Table:
    def chunks() -> Iterator[Chunk]:
        for _n in range(rows // 500):
            yield [VALUES[n % 3] for n in range(500)]

    return Table("表", NUMBERS, chunks(), now())


@pytest.mark.parametrize("kind", ["xlsx", "csv", "ods", "txt", "json", "xml"])
def test_a_writer_passes_its_rows_on(demo_app: Flask, tmp_path: Path, kind: str) -> None:
    peaks = []
    with demo_app.app_context():
        write(table(500), tmp_path / f"warm.{kind}")
        for rows in (1000, 10_000):
            tracemalloc.start()
            write(table(rows), tmp_path / f"{rows}.{kind}")
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert (tmp_path / f"10000.{kind}").stat().st_size > 5 * (tmp_path / f"1000.{kind}").stat().st_size or kind in ("xlsx", "ods")
    assert peaks[1] < peaks[0] + 200_000, peaks
