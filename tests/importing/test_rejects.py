"""Rejected rows come back as a workbook that says why, and goes in again once it is corrected."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from flask import Flask
from sqlalchemy.orm import Session

from app.entity.sheets import open_book
from tests.importing.community import small_community
from tests.importing.files import counts, run_import, write_csv, write_xlsx


def test_the_workbook_is_the_file_with_reasons(app: Flask, session: Session, tmp_path: Path) -> None:
    small_community()
    header = ["楼栋（必填）\n如湖滨-3", "楼层", "房号", "竣工日期", "建筑面积"]
    rows = [["普查"], header, ["湖滨-3", "x", 101.0, date(2011, 9, 30), "=1"], ["湖滨-3", 1.0, 102.0], ["湖滨-9", "y", 103.0]]
    report = tmp_path / "report.xlsx"
    result = run_import("rooms", write_xlsx(tmp_path / "a.xlsx", ("S", rows)), report=report, on_error="skip")
    assert counts(result) == (1, 0, 0, 2)
    back = [cells for _number, cells in open_book(report).rows()]
    assert back[0][:5] == header
    assert back[1][:5] == ["湖滨-3", "x", 101.0, date(2011, 9, 30), "=1"]
    assert [cells[-1] for cells in back[1:]] == [3.0, 5.0]
    assert "楼层" in back[1][5]
    assert "湖滨-9" in back[2][5]
    assert "y" in back[2][5]
    again = run_import("rooms", report, on_error="skip")
    assert counts(again) == (0, 0, 0, 2), "unchanged, it is rejected for the same reasons and not for the columns that were added"


def test_no_file_without_rejections(app: Flask, session: Session, tmp_path: Path) -> None:
    small_community()
    report = tmp_path / "report.xlsx"
    run_import("areas", write_csv(tmp_path / "a.csv", "片区编号,片区名称\n新,新区\n"), report=report)
    assert not report.exists()
