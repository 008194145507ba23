"""A book whose first rows are remembered gives the same rows as one that is read anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.entity import book_heads
from app.entity.book_heads import headed
from app.entity.sheets import LEAVE_OUT, open_book
from tests.importing.files import write_csv


@pytest.mark.parametrize("rows", [1, 30, 400])
def test_the_same_rows_with_corrections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    monkeypatch.setattr(book_heads, "MANY", 300)
    path = write_csv(tmp_path / f"{rows}.csv", "a,b\n" + "".join(f"{n},x\n" for n in range(rows)))
    fixes = {"": {2: {1: "y"}, 5: {LEAVE_OUT: ""}, 350: {0: "z"}}}
    plain = open_book(path, "a.csv").with_fixes(fixes)
    kept = headed(open_book(path, "a.csv"), "a.csv").with_fixes(fixes)
    assert list(kept.rows("")) == list(plain.rows(""))
    assert kept.head("", 20) == plain.head("", 20)
    assert kept.head(None, 250) == plain.head(None, 250)
