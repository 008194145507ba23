"""Every entity in every kind of file: what the import reads comes back without a difference, what programs read is valid."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import force_locale
from lxml import etree
from sqlalchemy.orm import Session

from app.database import db
from app.entity.sheets import open_book
from app.registry import Entity, load
from tests.exporting.files import export
from tests.importing.files import counts, run_import

ENTITIES = [pytest.param(e, id=name) for name, e in load().entities.items() if "write" in e.module.verbs]


@pytest.fixture
def demo(demo_app: Flask) -> Iterator[Session]:
    with demo_app.app_context():
        yield db.session
        db.session.rollback()
        db.session.remove()


@pytest.mark.parametrize("kind", ["xlsx", "csv", "ods"])
@pytest.mark.parametrize("entity", ENTITIES)
def test_it_comes_back_unchanged(demo: Session, tmp_path: Path, entity: Entity, kind: str) -> None:
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


@pytest.mark.parametrize("entity", ENTITIES)
def test_xml_is_valid_by_its_schema_and_json_says_the_same(demo: Session, tmp_path: Path, entity: Entity) -> None:
    with force_locale("zh"):
        found, schema, objects = (export(demo, entity.name, tmp_path / f"a.{kind}") for kind in ("xml", "xsd", "json"))
    tree = etree.parse(found)
    etree.XMLSchema(etree.parse(schema)).assertValid(tree)
    records = json.loads(objects.read_text("utf-8"))
    assert len(records) == len(tree.getroot())
    for record, element in zip(records, tree.getroot(), strict=True):
        in_xml = {e.tag: e.text for e in element if e.text}
        in_json = {k: str(v).lower() if isinstance(v, bool) else str(v) for k, v in record.items() if v is not None}
        assert in_xml.keys() == in_json.keys()
