"""What goes out comes in again without a difference, says only what may be seen, and runs nothing when it is opened."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy.orm import Session

from app.database import db
from app.entity.exporter import all_columns, export_csv, export_xlsx, guarded
from app.entity.records import stream
from app.entity.search import parse_query
from app.entity.sheets import open_book
from app.extension import portal
from app.registry import Entity, load
from app.security.actor import Actor, Denied
from tests.importing.community import make, small_community
from tests.importing.files import SYSTEM, counts, run_import

ENTITIES = [pytest.param(e, id=name) for name, e in load().entities.items() if "write" in e.module.verbs]


def export(session: Session, name: str, path: Path, actor: Actor = SYSTEM, columns: tuple[str, ...] = ()) -> Path:
    entity = portal().registry.entity(name)
    names = columns or all_columns(entity)
    target = io.BytesIO()
    records = list(stream(session, parse_query(entity, SYSTEM), SYSTEM, names))
    (export_xlsx if path.suffix == ".xlsx" else export_csv)(session, entity, names, records, actor, target)
    path.write_bytes(target.getvalue())
    return path


@pytest.fixture
def demo(demo_app: Flask) -> Iterator[Session]:
    with demo_app.app_context():
        yield db.session
        db.session.rollback()
        db.session.remove()


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
@pytest.mark.parametrize("entity", ENTITIES)
def test_every_entity_comes_back_unchanged(demo: Session, tmp_path: Path, entity: Entity, kind: str) -> None:
    with force_locale("zh"):
        path = export(demo, entity.name, tmp_path / f"a.{kind}")
        rows = sum(1 for _row in open_book(path).rows()) - 1
        demo.expunge_all()
        result = run_import(entity.name, path)
    assert counts(result) == (0, 0, rows, 0), (result.rejections[:3], result.changes[:3])
    assert rows == result.rows


@pytest.mark.parametrize("entity", ENTITIES)
def test_the_list_comes_back_unchanged_in_english(demo: Session, tmp_path: Path, entity: Entity) -> None:
    columns = tuple(dict.fromkeys((*entity.columns, *entity.key)))
    with force_locale("en"):
        path = export(demo, entity.name, tmp_path / "a.xlsx", columns=columns)
        demo.expunge_all()
        result = run_import(entity.name, path)
    assert result.rejected == result.changed == result.new == 0, (result.rejections[:3], result.changes[:3])


NASTY = ["=1+1", "+86 138", "-5", "@x", "'=1", "''@", "'abc", "=cmd|' /C calc'!A0", 'a"b,c;d', "㎡ é 𠮷", "x\ty"]


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_texts_are_safe_and_come_back(app: Flask, session: Session, tmp_path: Path, kind: str) -> None:
    for i, text in enumerate(NASTY):
        make("companies", name=f"公司{i}", address=text, note=f"{text}\n二")
    path = export(session, "companies", tmp_path / f"a.{kind}")
    if kind == "csv":
        raw = path.read_bytes()
        assert raw.startswith(b"\xef\xbb\xbf")
        import csv  # noqa: PLC0415

        cells = [cell for row in csv.reader(io.StringIO(raw.decode("utf-8-sig"))) for cell in row]
        assert not [cell for cell in cells if cell[:1] in tuple("=+-@\t\r")]
    assert counts(run_import("companies", path)) == (0, 0, len(NASTY), 0)
    assert [guarded(t)[0] for t in ("=x", "'=x", "x")] == ["'", "'", "x"]


def test_masks_and_rights(app: Flask, session: Session, tmp_path: Path) -> None:
    make("residents", name="赵雪梅", id_number="620102196803142186", phone="13893401234", born_on=date(1968, 3, 14))
    may = frozenset({("can_read", "housing.residents"), ("can_export", "housing.residents")})
    path = export(session, "residents", tmp_path / "a.csv", Actor(1, "x", may))
    assert "620102************" in path.read_text("utf-8-sig")
    assert "620102196803142186" not in path.read_text("utf-8-sig")
    assert "620102196803142186" in export(session, "residents", tmp_path / "b.csv").read_text("utf-8-sig")
    with pytest.raises(Denied):
        export(session, "residents", tmp_path / "c.csv", Actor(1, "x", frozenset({("can_read", "housing.residents")})))
    result = run_import("residents", path, on_error="skip")
    assert {r.value for r in result.rejections} == {"620102************", "138****1234"}, "a mask is never taken for a value"


def test_exactly_the_columns_asked_for(app: Flask, session: Session, tmp_path: Path) -> None:
    small_community()
    path = export(session, "rooms", tmp_path / "a.xlsx", columns=("number", "floor", "building.area", "building.completed_on"))
    with force_locale("zh"):
        rows = [cells for _n, cells in open_book(path).rows()]
    assert len(rows[0]) == 4
    assert rows[1] == ["501", 5.0, "湖滨"]
    assert len(set(rows[0])) == 4


def test_people_of_one_name_are_told_apart(app: Flask, session: Session, tmp_path: Path) -> None:
    home = small_community()
    for i in range(2):
        person = make("residents", name="张三")
        make("ownerships", room=home["room"], owner=person, share=10 + i)
    path = export(session, "ownerships", tmp_path / "a.xlsx")
    session.expunge_all()
    assert counts(run_import("ownerships", path)) == (0, 0, 2, 0)
