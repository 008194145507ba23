"""Fields that a role hides or masks, for every entity of the registry, present and future, at every door of the engine (row 4.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale

from app.database import db
from app.entity.conditions import BadCondition, parse_condition
from app.entity.datamodel import Refused, save
from app.entity.fields import fields_of
from app.entity.file_kinds import SheetError
from app.entity.having import ways_of
from app.entity.headers import plain
from app.entity.list_columns import offered, usual, usual_sort
from app.entity.mapping import guess, known_target
from app.entity.search import parse_order
from app.entity.sheets import open_book
from app.entity.targets import targets_of
from app.entity.template_book import template_columns
from app.extension import portal
from app.registry import Entity, load
from models.platform.scopes import Level
from tests.portal import Users, make_example
from tests.security.levels import actor_with, levels_of, limited, planted, user_with

REGISTRY = load()
ENTITIES = [pytest.param(e, id=name) for name, e in REGISTRY.entities.items() if "write" in e.module.verbs]
EACH = [
    pytest.param(e, f.name, level, id=f"{e.name}-{f.name}-{level.value}")
    for e in REGISTRY.entities.values()
    for level in (Level.HIDDEN, Level.MASKED)
    for f in limited(e, level)
]
KEPT = (Level.HIDDEN, Level.MASKED)


def secret(n: int) -> str:
    """Letters and digits that stand nowhere else, short enough for a field of eight characters."""
    return f"zq9x7{n:03d}"


@pytest.fixture(scope="module", params=KEPT, ids=lambda level: level.value)
def level(request: pytest.FixtureRequest) -> Level:
    return request.param


@pytest.fixture(scope="module")
def person(app: Flask, level: Level) -> Iterator[str]:
    """Somebody from whom all that can be is kept at a level."""
    with user_with(app, levels_of(REGISTRY.entities.values(), level), name=f"of-{level.value}") as name:
        yield name


@pytest.fixture
def reader(app: Flask, person: str) -> FlaskClient:
    """His browser; each test signs in, because what cleans up after one ends the sign-ins."""
    return Users(app).browser(person)


@pytest.fixture
def found(app: Flask, entity: Entity) -> tuple[int, dict[str, str]]:
    with app.app_context():
        return planted(entity, secret)


def base(entity: Entity) -> str:
    return f"/{entity.module.subsystem.name}/{entity.name}/"


def rest(entity: Entity) -> str:
    return f"/api/v1/{entity.name}/"


# ── Every field by itself, asked where all doors ask ──────────────────────────────────────────────────────────


@pytest.mark.parametrize(("entity", "name", "level"), EACH)
def test_a_field_that_is_kept_is_no_condition_no_order_no_column_and_cannot_be_imported(
    session: Any, entity: Entity, name: str, level: Level
) -> None:
    actor = actor_with({(entity.name, name): level})
    for operator in ("filled", "empty", "eq"):
        with pytest.raises(BadCondition) as error:
            parse_condition(f"{name}:{operator}:1", entity, actor)
        assert level is Level.MASKED or str(fields_of(entity.model)[name].label) not in str(error.value).replace(name, "")
    with pytest.raises(BadCondition):
        parse_order(f"-{name}", entity, actor)
    assert name not in usual_sort(entity, actor).replace("-", "").split(",")
    columns = (offered(entity, actor), usual(entity, actor))
    for names in columns:
        gone = [n for n in names if name in n.split(".")[:1]]
        assert (not gone) if level is Level.HIDDEN else any(n == name for n in offered(entity, actor))
        assert names
    targets = targets_of(entity, portal().registry, actor)
    assert targets[name].locked
    assert not any(n.startswith(f"{name}.") for n in targets)
    with pytest.raises(SheetError) as refused:
        known_target(name, targets)
    assert name in str(refused.value) or level is Level.MASKED
    assert name not in {use.target for use in guess(entity, [str(fields_of(entity.model)[name].label)], targets)}
    assert name not in {c.target.name for c in template_columns(session, entity, portal().registry, actor)}


@pytest.mark.parametrize(("entity", "name", "level"), [p for p in EACH if p.values[2] is Level.HIDDEN])
def test_a_hidden_relation_leads_nowhere(session: Any, entity: Entity, name: str, level: Level) -> None:
    f = fields_of(entity.model)[name]
    if f.target is None:
        return
    actor, everybody = actor_with({(entity.name, name): level}), actor_with({})
    near = portal().registry.of_model(f.target)
    assert not [n for n in offered(entity, actor) if n.split(".")[0] == name]
    assert not [w for w in ways_of(entity, actor) if w.steps and w.steps[0] is f]
    if near is not None:
        with_it, without = ({w.name for w in ways_of(near, a)} for a in (everybody, actor))
        assert with_it - without == {f"{entity.name}.{name}"} & with_it


@pytest.mark.parametrize("entity", ENTITIES)
@pytest.mark.parametrize("level", KEPT, ids=lambda level: level.value)
def test_nobody_writes_what_is_kept_from_him(session: Any, entity: Entity, level: Level) -> None:
    record = make_example(entity)
    session.flush()
    for f in limited(entity, level):
        if f.info.readonly or (level is Level.MASKED and f.read(record) in (None, "")):
            continue
        with pytest.raises(Refused) as refused:
            save(session, entity, {f.name: None}, actor_with({(entity.name, f.name): level}), record)
        assert [p.field for p in refused.value.problems] == [f.name], f.name


# ── All of them together, through the doors ───────────────────────────────────────────────────────────────────


def told(page: str, names: list[str]) -> list[str]:
    """The fields that a page shows a column, an input or a condition for."""
    marks = ('data-col="{}"', 'data-field="{}"', 'data-ff="{}"', 'value="{}"', "sort={}", "sort=-{}", "?field={}")
    return [n for n in names if any(mark.format(n) + end in page for mark in marks for end in (("",) if '"' in mark else ('"', "&")))]


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize("entity", ENTITIES)
def test_pages(entity: Entity, level: Level, reader: FlaskClient, found: tuple[int, dict[str, str]]) -> None:
    number, secrets = found
    names = [f.name for f in limited(entity, level)]
    texts = [text for name, text in secrets.items() if name in names]
    page = reader.get(f"{base(entity)}?size=200")
    assert page.status_code == 200
    assert f'href="{base(entity)}{number}"' in page.text
    every = reader.get(f"{base(entity)}?cols={','.join(fields_of(entity.model))}")
    pages = {
        "list": page,
        "all columns": every,
        "conditions": reader.get(f"{base(entity)}conditions?part=1"),
        "record": reader.get(f"{base(entity)}{number}", follow_redirects=True),
        "edit": reader.get(f"{base(entity)}{number}/edit"),
        "add": reader.get(f"{base(entity)}add"),
        "export": reader.get(f"{base(entity)}export"),
        "import": reader.get(f"{base(entity)}import"),
        "bulk": reader.post(f"{base(entity)}bulk-edit", data={"ids": number}),
    }
    for what, answer in pages.items():
        assert answer.status_code == 200, what
        assert not [text for text in texts if text in answer.text], what
        if level is Level.HIDDEN:
            assert not told(answer.text, names), what
    assert not told(pages["conditions"].text, names)
    for name in names:
        for address in (f"?f={name}:filled:", f"?f={name}:empty:", f"?sort={name}"):
            assert reader.get(base(entity) + address).status_code == 400, address
        assert reader.get(f"{base(entity)}{number}/cell?field={name}").status_code == 404
        if level is Level.HIDDEN and fields_of(entity.model)[name].target is not None:
            assert reader.get(f"{base(entity)}choices?field={name}").status_code == 404
    for text in texts:
        answer = reader.get(f"{base(entity)}?q={text}").text
        assert "<tr data-id=" not in answer


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize("entity", ENTITIES)
def test_rest(entity: Entity, level: Level, reader: FlaskClient, found: tuple[int, dict[str, str]], app: Flask) -> None:
    number, secrets = found
    header = Users(app).token(f"of-{level.value}")
    client, kept = app.test_client(), limited(entity, level)
    names = [f.name for f in kept]
    texts = [text for name, text in secrets.items() if name in names]
    answers = [client.get(rest(entity) + path, headers=header) for path in ("", f"{number}", "_info")]
    one, columns = answers[1].json["result"], {c["name"] for c in answers[2].json["columns"]}
    for answer in answers:
        assert answer.status_code == 200
        assert not [text for text in texts if text in answer.text]
    told_of = one.keys() | columns | answers[0].json["label_columns"].keys()
    assert told_of & set(names) == (set(names) if level is Level.MASKED else set())
    for name in names:
        asked = [f"?f={name}:filled:", f"?sort={name}", f"?q=(filters:!((col:{name},opr:eq,value:'1')))"]
        for path in [*asked, f"?columns={name}"] if level is Level.HIDDEN else asked:
            assert client.get(rest(entity) + path, headers=header).status_code == 400, path
    filled = [f for f in kept if level is Level.HIDDEN or (one[f.name] not in (None, "") and not f.info.readonly)]
    body = dict.fromkeys(f.name for f in filled)
    if body:
        refused = client.put(f"{rest(entity)}{number}", json=body, headers=header)
        assert refused.status_code == 422
        assert {e["field"] for e in refused.json["errors"]} == set(body)
    # What was read may be sent back as it was: it changes nothing.
    again = client.put(f"{rest(entity)}{number}", json={n: v for n, v in one.items() if n in names}, headers=header)
    assert again.status_code in (200, 422)  # what was planted may break a rule of the record
    assert not [text for text in texts if text in again.text]
    assert level is Level.MASKED or not [e for e in again.json.get("errors", ()) if e["field"] in names]
    for text in texts:
        assert client.get(f"{rest(entity)}?search={text}", headers=header).json["count"] == 0
    for kind in ("json", "csv", "xml", "xsd"):
        file = client.get(f"{rest(entity)}export?format={kind}&columns={','.join(fields_of(entity.model))}", headers=header)
        assert file.status_code == 200, file.text
        content = file.get_data(as_text=True)
        file.close()
        assert not [text for text in texts if text in content]
        if level is Level.HIDDEN and kind != "csv":
            assert not [n for n in names if re.search(rf'["<]{n}["> ]', content)], kind


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize("entity", [p for p in ENTITIES if "import" in p.values[0].module.verbs])
def test_the_template_of_an_import(entity: Entity, level: Level, reader: FlaskClient, tmp_path: Path) -> None:
    answer = reader.get(f"{base(entity)}template")
    assert answer.status_code == 200
    (tmp_path / "template.xlsx").write_bytes(answer.data)
    book = open_book(tmp_path / "template.xlsx")
    heads = {plain(str(cell)) for name in book.sheets for _row, cells in book.head(name) for cell in cells if cell}
    kept = limited(entity, level)
    with reader.application.test_request_context(), force_locale("zh"):
        own = {str(f.label) for f in fields_of(entity.model).values() if f not in kept}
        labels = {plain(str(f.label)) for f in kept if str(f.label) not in own}
    assert heads
    assert not heads & labels


def test_the_document_of_the_interface(level: Level, reader: FlaskClient) -> None:
    document = reader.get("/api/v1/_openapi").json
    schemas = document["components"]["schemas"]
    for entity in REGISTRY.entities.values():
        name = "".join(part.capitalize() for part in entity.name.split("-")) + "Api"
        for part in ("get", "post", "put"):
            shown = schemas.get(f"{name}.{part}", {}).get("properties", {})
            kept = [f.name for f in limited(entity, level)]
            if level is Level.HIDDEN:
                assert not set(kept) & shown.keys(), name
            elif part == "get":
                assert all(shown[n]["type"] == "string" and "enum" not in shown[n] for n in kept), name


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize("entity", ENTITIES)
def test_a_record_has_no_tab_for_those_that_point_to_it_by_a_hidden_relation(
    app: Flask, entity: Entity, level: Level, reader: FlaskClient, found: tuple[int, dict[str, str]]
) -> None:
    if level is not Level.HIDDEN:
        return
    page = reader.get(f"{base(entity)}{found[0]}", follow_redirects=True).text
    for tab in REGISTRY.tabs_of(entity):
        other, _sep, relation = tab.partition(".")
        hidden = any(f.name == relation for f in limited(REGISTRY.entity(other), level))
        assert (f"tab={tab}" in page) is not hidden, tab


def test_what_a_role_may_not_keep_stays_seen(session: Any) -> None:
    """A rule about what names a record, from before it did, takes nothing away: lists without names would help nobody."""
    rooms = REGISTRY.entities["rooms"]
    actor = actor_with({("rooms", "number"): Level.HIDDEN, ("rooms", "layout"): Level.MASKED})
    assert "number" in offered(rooms, actor)
    assert "layout" not in offered(rooms, actor)
    assert db.session is not None
