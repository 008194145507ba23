"""The template of every entity goes in as it comes out, and offers what can be chosen."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy.orm import Session

from app.entity.headers import plain
from app.entity.sheets import open_book
from app.entity.template_book import template_columns, write_template
from app.extension import portal
from app.registry import Entity, load
from app.security.actor import Actor
from tests.importing.community import small_community
from tests.importing.files import SYSTEM, counts, run_import
from tests.portal import allowed, make_example

ENTITIES = [pytest.param(e, id=name) for name, e in load().entities.items() if "write" in e.module.verbs]


def template(session: Session, entity: Entity, path: Path, actor: Actor = SYSTEM) -> Path:
    stream = io.BytesIO()
    write_template(session, entity, portal().registry, actor, stream)
    path.write_bytes(stream.getvalue())
    return path


@pytest.mark.parametrize("locale", ["zh", "en"])
@pytest.mark.parametrize("entity", ENTITIES)
def test_a_template_imports_as_it_is(app: Flask, session: Session, tmp_path: Path, entity: Entity, locale: str) -> None:
    record = make_example(entity)
    session.flush()
    with force_locale(locale):
        path = template(session, entity, tmp_path / "t.xlsx")
        result = run_import(entity.name, path)
        assert counts(result) == (0, 0, 1, 0), result.rejections
    session.delete(record)
    session.flush()
    with force_locale("en" if locale == "zh" else "zh"):
        result = run_import(entity.name, path)
        assert counts(result) == (1, 0, 0, 0), "a template serves people of the other language too"


@pytest.mark.parametrize("entity", ENTITIES)
def test_headers_are_different_and_required_ones_are_marked(app: Flask, session: Session, entity: Entity) -> None:
    columns = template_columns(session, entity, portal().registry, SYSTEM)
    headers = [c.header for c in columns]
    assert len({plain(h) for h in headers}) == len(headers)
    for column in columns:
        assert column.header.endswith("*") == column.target.required
    assert {n for _t, names in entity.form for n in names if not portal_readonly(entity, n)} <= {c.target.name for c in columns}


def portal_readonly(entity: Entity, name: str) -> bool:
    from app.entity.fields import fields_of  # noqa: PLC0415

    return fields_of(entity.model)[name].info.readonly


def test_what_is_in_it(app: Flask, session: Session, tmp_path: Path) -> None:
    small_community()
    path = template(session, portal().registry.entity("rooms"), tmp_path / "t.xlsx")
    book = open_book(path)
    assert len(book.sheets) == 2, "rows and notes; the lists are hidden"
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        strings = archive.read("xl/sharedStrings.xml").decode()
    assert 'type="list"' in sheet
    assert "lists!" in sheet
    assert 'state="frozen"' in sheet
    assert all(word in strings for word in ("三室两厅", "湖滨-3", "南北通透"))
    notes = [cells for _n, cells in book.rows(book.sheets[1])]
    assert len(notes) > len(template_columns(session, portal().registry.entity("rooms"), portal().registry, SYSTEM))


def test_masked_columns_are_absent_without_reveal(app: Flask, session: Session) -> None:
    clerk = allowed(1, "x", frozenset({("can_import", "housing.residents"), ("can_write", "housing.residents")}))
    names = {c.target.name for c in template_columns(session, portal().registry.entity("residents"), portal().registry, clerk)}
    assert "name" in names
    assert not names & {"id_number", "phone"}
