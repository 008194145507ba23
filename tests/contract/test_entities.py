"""What holds for every entity of the registry, present and future: an entity that is added is covered without a new test."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask

from app.database import db
from app.entity.fields import Kind, fields_of, path_of
from app.registry import Entity, load
from models.base import Journaled
from tests.portal import Users, make_example

REGISTRY = load()
ENTITIES = [pytest.param(e, id=name) for name, e in REGISTRY.entities.items() if "write" in e.module.verbs]
pytestmark = pytest.mark.usefixtures("clean")


@pytest.fixture
def record_id(app: Flask, entity: Entity) -> Iterator[int]:
    """A committed example record."""
    with app.app_context():
        record = make_example(entity)
        db.session.commit()
        number = record.id
        db.session.remove()
    return number


def base(entity: Entity) -> str:
    return f"/{entity.module.subsystem.name}/{entity.name}/"


class Inputs(HTMLParser):
    """What a browser would send of the form `record`: names and values."""

    def __init__(self) -> None:
        super().__init__()
        self.inside = False
        self.values: dict[str, str] = {}
        self._select: str | None = None
        self._area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        a = dict(attrs)
        if tag == "form":
            self.inside = a.get("method") == "post" and a.get("id") == "record"
        if not self.inside or "disabled" in a:
            return
        name = a.get("name") or ""
        if tag == "input" and name and a.get("type") not in ("submit", "file"):
            if a.get("type") not in ("checkbox", "radio") or "checked" in a:
                self.values[name] = a.get("value") or ""
        elif tag == "select" and name:
            self._select = name
            self.values.setdefault(name, "")
        elif tag == "option" and self._select and "selected" in a:
            self.values[self._select] = a.get("value") or ""
        elif tag == "textarea" and name:
            self._area = name
            self.values[name] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None
        elif tag == "form":
            self.inside = False

    def handle_data(self, data: str) -> None:
        if self._area:
            self.values[self._area] += data


def form_values(page: str) -> dict[str, str]:
    parser = Inputs()
    parser.feed(page)
    assert parser.values, "the page has no form"
    return parser.values


@pytest.mark.parametrize("entity", ENTITIES)
def test_every_page_opens(entity: Entity, users: Users, record_id: int) -> None:
    browser = users.browser("admin")
    for path in ("", f"{record_id}", f"{record_id}/edit", f"{record_id}/delete", "add"):
        answer = browser.get(base(entity) + path)
        assert answer.status_code == 200, path
        assert "Traceback" not in answer.text


@pytest.mark.parametrize("entity", ENTITIES)
def test_list_and_record_show_the_example(entity: Entity, users: Users, record_id: int) -> None:
    browser = users.browser("admin")
    page = browser.get(base(entity) + "?size=200").text
    assert f'href="{base(entity)}{record_id}"' in page
    for name in entity.columns:
        assert path_of(entity.model, name), name


@pytest.mark.parametrize("entity", ENTITIES)
def test_every_column_sorts_and_every_field_filters(entity: Entity, users: Users, record_id: int) -> None:
    browser = users.browser("admin")
    for name in entity.columns:
        for sign in ("", "-"):
            if path_of(entity.model, name).field.kind is not Kind.LONG:
                assert browser.get(f"{base(entity)}?sort={sign}{name}").status_code == 200, name
    for name in fields_of(entity.model):
        f = fields_of(entity.model)[name]
        if f.kind not in (Kind.BOOLEAN, Kind.DATETIME):
            filled = browser.get(f"{base(entity)}?size=200&f={name}:filled:")
            empty = browser.get(f"{base(entity)}?size=200&f={name}:empty:")
            assert (filled.status_code, empty.status_code) == (200, 200), name
            shown = [f'href="{base(entity)}{record_id}"' in answer.text for answer in (filled, empty)]
            assert sum(shown) == 1, f"{name}: a record is either filled or empty"


@pytest.mark.parametrize("entity", ENTITIES)
def test_quick_search_takes_anything(entity: Entity, users: Users, record_id: int) -> None:
    browser = users.browser("admin")
    for q in ("%", "_", "'\"<>&", "张三 李四", "\\", "x" * 500):
        assert browser.get(base(entity), query_string={"q": q}).status_code == 200


@pytest.mark.parametrize("entity", ENTITIES)
def test_saving_an_unchanged_form_changes_nothing(entity: Entity, users: Users, record_id: int) -> None:
    browser = users.browser("admin")
    before = _snapshot(entity, users, record_id)
    values = form_values(browser.get(f"{base(entity)}{record_id}/edit").text)
    answer = browser.post(f"{base(entity)}{record_id}/edit", data=values)
    assert answer.status_code == 302, _errors(answer.text)
    assert _snapshot(entity, users, record_id) == before


@pytest.mark.parametrize("entity", ENTITIES)
def test_a_form_with_nonsense_keeps_every_word(entity: Entity, users: Users, record_id: int) -> None:
    browser = users.browser("admin")
    values = form_values(browser.get(f"{base(entity)}{record_id}/edit").text)
    nonsense: dict[str, str] = {}
    for name in values:
        f = fields_of(entity.model).get(name)
        if f is not None and f.kind in (Kind.INTEGER, Kind.DECIMAL, Kind.DATE):
            nonsense[name] = f"nonsense-{name}"
    if not nonsense:
        pytest.skip("this form takes any text")
    answer = browser.post(f"{base(entity)}{record_id}/edit", data=values | nonsense)
    assert answer.status_code == 422
    for name, text in nonsense.items():
        assert f'value="{text}"' in answer.text, name
        assert re.search(rf'id="f-{name}-err"|aria-invalid="true"', answer.text), name


@pytest.mark.parametrize("entity", ENTITIES)
def test_required_fields_are_named(entity: Entity, users: Users) -> None:
    browser = users.browser("admin")
    names = [n for _t, part in entity.form for n in part]
    required = [f for f in fields_of(entity.model).values() if f.required and f.name in names and not f.info.readonly]
    answer = browser.post(base(entity) + "add", data=dict.fromkeys(names, ""))
    assert answer.status_code == (422 if required else answer.status_code)
    assert answer.text.count('aria-invalid="true"') >= len(required)


@pytest.mark.parametrize("entity", ENTITIES)
def test_every_required_field_is_on_the_form(entity: Entity) -> None:
    names = {n for _t, part in entity.form for n in part}
    for f in fields_of(entity.model).values():
        if f.required and not f.info.readonly:
            assert f.name in names, f"{entity.name}.{f.name} is required but nobody can enter it"
    assert set(entity.example) <= set(fields_of(entity.model))
    assert entity.model.__doc__, "the docstring becomes documentation"


@pytest.mark.parametrize("entity", ENTITIES)
def test_rest_goes_round(entity: Entity, users: Users, record_id: int) -> None:
    client, head = users.app.test_client(), users.token("admin")
    url = f"/api/v1/{entity.name}/"
    listed = client.get(f"{url}?page_size=1000", headers=head).json
    assert record_id in listed["ids"]
    assert listed["count"] >= 1
    got = client.get(f"{url}{record_id}", headers=head).json["result"]
    unchanged = client.put(f"{url}{record_id}", headers=head, json=got)
    assert unchanged.status_code == 200, unchanged.text
    assert unchanged.json["result"] == got, "sending a record back as it came changes nothing"
    if issubclass(entity.model, Journaled):
        stale = client.put(f"{url}{record_id}", headers=head, json=got | {"version": got["version"] + 1})
        assert stale.status_code == 409
    assert client.delete(f"{url}{record_id}", headers=head).status_code == 200
    assert client.get(f"{url}{record_id}", headers=head).status_code == 404
    body = {k: v for k, v in got.items() if k in fields_of(entity.model) and not fields_of(entity.model)[k].info.readonly}
    made = client.post(url, headers=head, json=body)
    assert made.status_code == 201, made.text
    assert made.headers["Location"] == f"{url}{made.json['id']}"


@pytest.mark.parametrize("entity", ENTITIES)
def test_rest_refuses_with_field_names(entity: Entity, users: Users) -> None:
    client, head = users.app.test_client(), users.token("admin")
    url = f"/api/v1/{entity.name}/"
    cases: list[tuple[Any, int]] = [({"no_such_field": 1}, 422), ([], 400), ("text", 400), (None, 400)]
    for body, status in cases:
        answer = client.post(url, headers=head, json=body)
        assert answer.status_code == status
        assert answer.content_type.startswith("application/problem+json")
    empty = client.post(url, headers=head, json={})
    required = {f.name for f in fields_of(entity.model).values() if f.required and not f.info.readonly}
    if required:
        assert empty.status_code == 422
        assert required <= {e["field"] for e in empty.json["errors"]}
    for f in fields_of(entity.model).values():
        if not f.info.readonly:
            odd = client.post(url, headers=head, json={f.name: {"deep": [1, {"er": None}]}})
            assert odd.status_code == 422, f.name


@pytest.mark.parametrize("entity", ENTITIES)
def test_nothing_without_rights(entity: Entity, users: Users, record_id: int) -> None:
    """Anonymous and without a role: no page, no resource, no file."""
    with users.app.app_context():
        rules = [r for r in users.app.url_map.iter_rules() if r.endpoint.startswith(f"{entity.name}.")]
    assert len(rules) > 10
    nobody, stranger = users.browser("nobody"), users.browser(None)
    for rule in rules:
        path = re.sub(r"<[^>]*record_id>", str(record_id), rule.rule)
        path = re.sub(r"<any\((\w+)[^>]*>", r"\1", path)
        path = re.sub(r"<[^>]*>", "1", path)
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            assert nobody.open(path, method=method).status_code == 403, (method, path)
            answer = stranger.open(path, method=method)
            assert answer.status_code == 302, (method, path)
            assert "/login/" in answer.location, (method, path)
    token = users.token("nobody")
    for method, path in (
        ("GET", ""),
        ("GET", str(record_id)),
        ("POST", ""),
        ("PUT", str(record_id)),
        ("DELETE", str(record_id)),
        ("GET", "_info"),
    ):
        url = f"/api/v1/{entity.name}/{path}"
        assert users.app.test_client().open(url, method=method, json={}).status_code == 401, (method, url)
        refused = users.app.test_client().open(url, method=method, json={}, headers=token)
        assert refused.status_code == 403, (method, url)
        assert refused.content_type.startswith("application/problem+json")


@pytest.mark.parametrize("entity", ENTITIES)
def test_a_reader_cannot_write(entity: Entity, users: Users, record_id: int) -> None:
    """The manager role reads and exports; whatever else its module does not seed is refused on every door."""
    letters = entity.module.roles.get("Manager", "")
    if "r" not in letters or "w" in letters:
        pytest.skip("managers do not merely read here")
    browser, head = users.browser("manager"), users.token("manager")
    page = browser.get(base(entity)).text
    assert f"{base(entity)}add" not in page
    for path in ("add", f"{record_id}/edit", f"{record_id}/delete", "import"):
        assert browser.get(base(entity) + path).status_code == 403, path
    client = users.app.test_client()
    assert client.post(f"/api/v1/{entity.name}/", headers=head, json={}).status_code == 403
    assert client.put(f"/api/v1/{entity.name}/{record_id}", headers=head, json={}).status_code == 403
    assert client.delete(f"/api/v1/{entity.name}/{record_id}", headers=head).status_code == 403


@pytest.mark.parametrize("entity", ENTITIES)
def test_masked_values_stay_masked(entity: Entity, users: Users, record_id: int) -> None:
    """Without `reveal` a sensitive value is nowhere: list, record, form, filter, sort, search, export, API, error text."""
    masked = [f for f in fields_of(entity.model).values() if f.mask is not None]
    letters = entity.module.roles.get("Manager", "")
    if not masked or "v" in letters or "r" not in letters:
        pytest.skip("nothing is hidden from managers here")
    secrets = _secrets(entity, users, record_id)
    assert secrets, "the example must fill the sensitive fields"
    browser, head = users.browser("manager"), users.token("manager")
    pages = [browser.get(base(entity)), browser.get(f"{base(entity)}{record_id}")]
    if "e" in letters:
        pages.append(browser.get(f"{base(entity)}export.csv?columns=all", buffered=True))
    client = users.app.test_client()
    pages += [client.get(f"/api/v1/{entity.name}/{path}", headers=head) for path in ("", str(record_id))]
    for page in pages:
        assert page.status_code == 200
        for secret in secrets.values():
            assert secret not in page.text
    for name, secret in secrets.items():
        for query in (f"f={name}:eq:{secret}", f"f={name}:starts:{secret[:3]}", f"sort={name}"):
            refused = browser.get(f"{base(entity)}?{query}")
            assert refused.status_code == 400, query
        assert client.get(f"/api/v1/{entity.name}/?f={name}:eq:{secret}", headers=head).status_code == 400
        found = browser.get(base(entity), query_string={"q": secret}).text
        assert f'href="{base(entity)}{record_id}"' not in found, "the quick search must not answer what it may not show"


@pytest.mark.parametrize("entity", ENTITIES)
def test_deleting(entity: Entity, users: Users, record_id: int) -> None:
    browser = users.browser("admin")
    url = f"{base(entity)}{record_id}/delete"
    assert browser.get(url).status_code == 200
    assert browser.post(url, data={}).status_code == 200, "without the confirmation it only asks"
    assert browser.get(f"{base(entity)}{record_id}").status_code == 200
    assert browser.post(url, data={"confirmed": "1"}).status_code == 302
    assert browser.get(f"{base(entity)}{record_id}").status_code == 404


def _snapshot(entity: Entity, users: Users, record_id: int) -> dict[str, Any]:
    with users.app.app_context():
        record = db.session.get(entity.model, record_id)
        values = {c.key: getattr(record, c.key) for c in entity.model.__table__.columns}
        db.session.remove()
    return values


def _secrets(entity: Entity, users: Users, record_id: int) -> dict[str, str]:
    with users.app.app_context():
        record = db.session.get(entity.model, record_id)
        found = {f.name: str(f.read(record)) for f in fields_of(entity.model).values() if f.mask is not None and f.read(record)}
        db.session.remove()
    return found


def _errors(page: str) -> list[str]:
    return re.findall(r'class="error"[^>]*>(.*?)</p>', page, re.S)


def test_a_masked_id_number_cannot_be_put_together_from_its_row(users: Users) -> None:
    """The birth date stands beside it and is a part of it, so no other part but the place may be seen."""
    with users.app.app_context():
        resident = make_example(REGISTRY.entity("residents"))
        number, born, key = resident.id_number, resident.born_on, resident.id
        db.session.commit()
        db.session.remove()
    page = users.browser("manager").get(f"/housing/residents/{key}").text
    assert born.isoformat() in page
    shown = re.search(r"[0-9X*]{18}", page)
    assert shown is not None
    seen = {n for n, c in enumerate(shown.group()) if c != "*"} | set(range(6, 14))
    assert len(set(range(len(number))) - seen) >= 4, "four digits that nobody is told"
