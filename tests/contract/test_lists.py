"""Lists of every entity: every text sorts as people read it, by an index; the quick search finds a record by each searched field."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from app.database import db
from app.entity.fields import Kind, fields_of, path_of
from app.entity.paging import page_rows
from app.entity.search import parse_query
from app.registry import Entity, load
from app.security.actor import Actor
from models.base import SORT_SUFFIX
from models.search_index import searched_fields
from tests.portal import make_example

ENTITIES = [pytest.param(e, id=name) for name, e in load().entities.items() if "write" in e.module.verbs]


@pytest.mark.parametrize("entity", ENTITIES)
def test_every_text_of_a_list_sorts_as_people_read_it(entity: Entity) -> None:
    for path in (path_of(entity.model, name) for name in entity.columns):
        f = path.field
        if f.kind is Kind.TEXT and f.mask is None and not f.info.readonly:
            assert f.info.ordered, f"{f.model.__name__}.{f.name} stands in the list of {entity.name} and is not `ordered`"


@pytest.mark.parametrize("entity", ENTITIES)
def test_sort_keys_stand_under_an_index(entity: Entity) -> None:
    indexed = {tuple(c.name for c in index.columns) for index in entity.model.__table__.indexes}
    for f in fields_of(entity.model).values():
        if f.info.ordered:
            assert (f.name + SORT_SUFFIX, "id") in indexed


@pytest.mark.parametrize("entity", ENTITIES)
@pytest.mark.usefixtures("clean")
def test_a_record_is_found_by_what_is_searched(entity: Entity, app: Flask) -> None:
    with app.app_context():
        record = make_example(entity)
        db.session.commit()
        for name in searched_fields(entity.model):
            value = getattr(record, name)
            if not value:
                continue
            query = parse_query(entity, Actor.system(), q=str(value))
            assert record.id in [row.id for row in page_rows(db.session, query, Actor.system(), entity.columns)], name
        assert db.session.scalar(sa.select(sa.func.count()).select_from(entity.model)) >= 1
