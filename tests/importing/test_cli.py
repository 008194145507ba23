"""The commands: what they print, what they return, what they leave behind."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from app.database import db
from models.housing.areas import Area
from models.housing.pets import Pet
from tests.importing.files import write_csv

pytestmark = pytest.mark.usefixtures("clean")


def run(app: Flask, *args: object) -> tuple[int, str]:
    answer = app.test_cli_runner().invoke(args=[str(a) for a in args])
    return answer.exit_code, answer.output


def number(app: Flask, model: type) -> int:
    with app.app_context():
        return db.session.scalar(sa.select(sa.func.count()).select_from(model))


def last(output: str) -> dict[str, str]:
    return dict(part.split("=") for part in output.strip().splitlines()[-1].split())


def test_import_and_export(app: Flask, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", "片区编号,片区名称\n湖滨,湖滨花园\n东苑,东苑小区\n")
    code, output = run(app, "import", "areas", path, "--dry-run", "--locale", "zh")
    assert (code, last(output)["new"], last(output)["written"], number(app, Area)) == (0, "2", "false", 0)
    code, output = run(app, "import", "areas", path)
    assert (code, last(output)["new"], last(output)["written"], number(app, Area)) == (0, "2", "true", 2)
    assert "code" in output, "it says how the columns were understood"
    out = tmp_path / "out.csv"
    assert run(app, "export", "areas", out, "--columns", "code,name")[0] == 0
    code, output = run(app, "import", "areas", out)
    assert (code, last(output)["unchanged"]) == (0, "2")
    assert run(app, "export", "areas", tmp_path / "out.xlsx", "--all-columns", "--locale", "en")[0] == 0
    assert last(run(app, "import", "areas", tmp_path / "out.xlsx")[1])["unchanged"] == "2"


def test_a_rejected_row_stops_all_unless_said(app: Flask, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", "片区编号,片区名称,竣工时间\n湖滨,湖滨花园,\n东苑,东苑小区,03/04/2026\n")
    report = tmp_path / "report.xlsx"
    code, output = run(app, "import", "areas", path, "--report", report)
    assert (code, number(app, Area), last(output)["rejected"], report.exists()) == (1, 0, "1", True)
    assert "03/04/2026" in output
    code, output = run(app, "import", "areas", path, "--on-error", "skip")
    assert (code, number(app, Area), last(output)) == (
        0,
        1,
        {"new": "1", "changed": "0", "unchanged": "0", "rejected": "1", "rows": "2", "dry_run": "false", "written": "true"},
    )


def test_every_option(app: Flask, tmp_path: Path) -> None:
    text = "登记表\n牌号;名字;种类;无关\n1;豆豆;狐狸;x\n2;小黑;犬;y\n"
    path = write_csv(tmp_path / "a.csv", text, "gb18030")
    options = [
        "--header-row",
        2,
        "--map",
        "牌号=tag_no",
        "--map",
        "无关=",
        "--set",
        "colour=黄",
        "--key",
        "tag_no",
        "--encoding",
        "gb18030",
    ]
    assert run(app, "import", "pets", path, *options)[0] == 1
    code, output = run(app, "import", "pets", path, *options, "--add-words")
    assert (code, number(app, Pet)) == (0, 2), output
    code, output = run(app, "import", "pets", path, *options, "--existing", "skip", "--set", "note=x")
    assert last(output)["unchanged"] == "2"


@pytest.mark.parametrize(
    "args",
    [
        ["nothing", "a.csv"],
        ["areas", "missing.csv"],
        ["areas", "a.csv", "--sheet", "x"],
        ["areas", "a.csv", "--map", "x=name"],
        ["areas", "a.csv", "--set", "name"],
        ["areas", "b.xlsx"],
    ],
)
def test_mistakes_are_explained(app: Flask, tmp_path: Path, args: list[str]) -> None:
    write_csv(tmp_path / "a.csv", "片区编号,片区名称\n湖滨,湖滨花园\n")
    write_csv(tmp_path / "b.xlsx", "片区编号,片区名称\n湖滨,湖滨花园\n")
    code, output = run(app, "import", args[0], tmp_path / args[1], *args[2:])
    assert code == 2
    assert "Traceback" not in output
    assert number(app, Area) == 0


def test_export_mistakes(app: Flask, tmp_path: Path) -> None:
    assert run(app, "export", "areas", tmp_path / "a.docx")[0] == 2
    assert run(app, "export", "areas", tmp_path / "a.csv", "--template", "x")[0] == 2
    assert run(app, "export", "areas", tmp_path / "a.csv", "--where", "x:eq:1")[0] == 1
    assert not list(tmp_path.iterdir())
    assert run(app, "export", "areas", tmp_path / "a.csv", "--columns", "x")[0] == 2
