"""Asks every address as every kind of person, and tells how it answered."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from app.entity.fields import Kind, fields_of
from app.security.guards import guard_of
from tests.security.asked import BODIES, FORMS, HEADERS, QUERIES, arguments
from tests.security.world import LIMITED, World

PEOPLE = ("stranger", "nobody", "clerk", "manager", "implementer", "admin", "inside", "outside")
"""The columns. inside, outside: the clerk whose role reaches one building, asking for a record in it and for another."""
LET_IN, SIGN_IN, NOT_ASKED = "✓", "→", "·"
FAILURE = 500
PUBLIC_STOCK = {
    "static": "public", "appbuilder.static": "public", "plotly": "public", "healthz": "public",
    "AuthDBView.login": "public", "AuthDBView.logout": "public", "LocaleView.index": "public", "UtilView.back": "public",
    "HomeView.index": "signed_in",
    "SecurityApi.login": "public", "SecurityApi.refresh": "refresh token",
}  # fmt: skip
"""What guards the addresses of libraries, whose functions do not say it themselves."""
KEPT = frozenset({"view_id", "template_id", "enquiry_id", "job_id", "schedule_id", "batch_id", "mapping_id", "token"})
"""Names in addresses of what people keep for themselves; RECORDS: of records."""
RECORDS = frozenset({"record_id", "pk", "building_id", "room_id", "area_id"})
_ARGUMENT = re.compile(r"<(?:(?:(\w+)(?:\(([^)]*)\))?):)?(\w+)>")
_TAKEN_IN = frozenset({*range(200, 400), 409, 422})


@dataclass(frozen=True)
class Asked:
    """An address and a method. entity: whose generated page it is, '' for one made by hand; section: where the table tells of it."""

    rule: Rule
    method: str
    entity: str
    section: str
    guard: str

    @property
    def address(self) -> str:
        return _ARGUMENT.sub(lambda m: f"<{m[3]}>", self.rule.rule)

    @property
    def names(self) -> tuple[str, ...]:
        """What stands open in the address."""
        return tuple(match[2] for match in _ARGUMENT.findall(self.rule.rule))

    @property
    def pattern(self) -> str:
        """The address without the name of its entity: the same for all entities."""
        return re.sub(rf"^(/api/v1/|/\w+/){re.escape(self.entity)}/", r"\1<entity>/", self.address) if self.entity else self.address

    @property
    def last(self) -> str:
        return self.rule.endpoint.rpartition(".")[2]


@dataclass
class Row:
    """How an address answered the people, in the order of PEOPLE."""

    asked: Asked
    answers: list[str] = field(default_factory=list)

    @property
    def by(self) -> dict[str, str]:
        return dict(zip(PEOPLE, self.answers, strict=True))


def everything(app: Flask) -> list[Asked]:
    """Every rule and method of the portal. Signing out comes last: it is written at once, and nobody would be known any more."""
    found = [_asked(app, rule, m) for rule in app.url_map.iter_rules() for m in sorted(rule.methods - {"HEAD", "OPTIONS"})]
    return sorted(found, key=lambda asked: asked.last == "logout")


def _asked(app: Flask, rule: Rule, method: str) -> Asked:
    function = app.view_functions[rule.endpoint]
    view = getattr(function, "__self__", None)
    entity = getattr(view, "entity", None)
    right, module = getattr(function, "_permission_name", None), getattr(view, "class_permission_name", "")
    guard = guard_of(function) or PUBLIC_STOCK.get(rule.endpoint) or (f"{module}: {right}" if right else "none")
    if entity is not None:
        kind = "REST" if rule.rule.startswith("/api/") else "pages"
        return Asked(rule, method, entity.name, kind, guard.replace(entity.module.name, "<module>"))
    head = rule.rule.split("/")[1]
    section = "REST, not of one entity" if head == "api" else "frame"
    if head in app.extensions["portal"].registry.subsystems:
        section = f"{head}, pages made by hand"
    return Asked(rule, method, "", section, guard)


def answers_of(world: World, asked: Asked) -> Row:
    """Ask an address as everybody."""
    row = Row(asked)
    for person in PEOPLE:
        if person == "outside" and not _names_a_record(world, asked):
            row.answers.append(NOT_ASKED)
            continue
        row.answers.append(_ask(world, asked, person))
    return row


def _names_a_record(world: World, asked: Asked) -> bool:
    """Whether the address is about a record of which there is one out of scope, or about what somebody else keeps for himself."""
    names = set(asked.names)
    if asked.rule.endpoint.startswith("ListViewsView.") or "form" in names:
        return False
    return bool(names & KEPT) or bool(names & RECORDS and (not asked.entity or asked.entity in {*world.outside, "jobs"}))


def _ask(world: World, asked: Asked, person: str) -> str:
    name = {"stranger": None, "inside": LIMITED, "outside": LIMITED}.get(person, person)
    inside = person != "outside"
    values = arguments(world, name or "clerk", inside, asked.entity, asked.rule.endpoint, "<form>" in asked.rule.rule)
    rest = asked.rule.rule.startswith("/api/")
    headers = dict(HEADERS.get(asked.rule.endpoint, {}))
    if name is not None:
        headers |= dict(world.tokens[name]) if rest else {"Cookie": world.cookies[name]}
    places = _places(world, asked, values) | {"masked": world.masked.get(asked.entity, "")}
    sent: dict[str, Any] = {}
    if asked.rule.endpoint in BODIES or rest:
        if asked.method != "GET":
            sent["json"] = BODIES.get(asked.rule.endpoint, {})
    elif asked.method == "POST":
        form = FORMS.get(asked.rule.endpoint) or FORMS.get(asked.last, {})
        sent["data"] = {k.format(**places): v.format(**places) for k, v in form.items()}
    query = QUERIES.get(asked.rule.endpoint) or (QUERIES.get(asked.last, "") if asked.entity else "")
    path = _path(asked, values) + (f"?{query.format(**places)}" if query else "")
    client = world.app.test_client(use_cookies=False)
    with client.open(path, method=asked.method, headers=headers, **sent) as answer:
        assert answer.status_code < FAILURE, (person, asked.method, path, answer.status_code)
        return _told(answer.status_code, answer.headers.get("Location", ""), rest)


def _told(status: int, location: str, rest: bool) -> str:
    if not rest and (status == 401 or (status == 302 and "/login/" in location)):
        return SIGN_IN
    return LET_IN if status in _TAKEN_IN else str(status)


def _path(asked: Asked, values: dict[str, Any]) -> str:
    def value(match: re.Match[str]) -> str:
        kind, inner, name = match.groups()
        return inner.split(",")[0] if kind == "any" else str(values.get(name, 1))

    return _ARGUMENT.sub(value, asked.rule.rule)


def _places(world: World, asked: Asked, values: dict[str, Any]) -> dict[str, Any]:
    """What may stand in a query or a form: a field of the entity, a relation, the record."""
    entity = world.app.extensions["portal"].registry.entities.get(asked.entity)
    found = {"record": values["record_id"], "field": "", "relation": ""}
    if entity is not None:
        names = [n for _title, part in entity.form for n in part]
        fields = [f for n, f in fields_of(entity.model).items() if n in names and not f.info.readonly]
        plain = [f for f in fields if f.kind is Kind.TEXT and f.mask is None and not f.required] or fields
        found["field"] = plain[0].name if plain else ""
        found["relation"] = next((f.name for f in fields if f.target is not None), "")
    return found
