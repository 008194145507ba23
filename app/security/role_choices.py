"""What the pages about roles let one choose from while typing: kinds of records, fields, rights, people. The answers are those that
comboboxes understand (app/entity/choice_views.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.declarations import Entity
from app.entity.choices import COUNTED, MOST
from app.entity.conditions import like
from app.entity.fields import Field, fields_of
from app.entity.marks import LONGEST, mark, words
from app.extension import portal
from app.security.accounts import full_name
from app.security.masks import limitable
from app.security.matrix import right_label, value_of
from app.security.people import USERS, USERS_MODULE
from app.security.places import places
from app.security.rights import Grant
from app.security.role_words import entity_text, ruled_text

Answer = dict[str, Any]


class Choice(NamedTuple):
    """One of several: what is sent, what people read, what tells it from others of that name."""

    id: str
    text: str
    sub: str = ""


def answer(options: Iterable[Choice], q: str, exact: bool = False) -> Answer:
    """Those of a known set that answer what was typed, by letters, pinyin or initials: the best first."""
    typed, found = words(q.strip()[:LONGEST]), []
    for n, option in enumerate(options):
        rank = mark(f"{option.sub} {option.text}", typed).rank if typed else 0
        if rank < 2:
            # What the name itself says in so many letters comes before what only its place or its reading does.
            found.append((rank, not all(word in option.text.lower() for word in typed), n, option))
    found.sort(key=lambda f: f[:3])
    fits = [option for *_key, option in found]
    named = fits[0] if len(fits) == 1 else next((o for o in fits if o.text == q), None)
    only = _item(named, typed) if exact and named is not None else None
    return told([_item(option, typed) for option in fits[:MOST]], len(fits)) | {"exact": only}


def told(items: Sequence[Answer], total: int) -> Answer:
    """Items as comboboxes want them."""
    return {
        "items": list(items),
        "total": min(total, COUNTED),
        "over": total > COUNTED,
        "more": total > len(items),
        "beyond": False,
        "recent": [],
        "exact": None,
    }


def _item(option: Choice, typed: Sequence[str]) -> Answer:
    title, sub = mark(option.text, typed), mark(option.sub, typed)
    item: Answer = {"id": option.id, "text": option.text, "parts": title.text, "sub": sub.text if option.sub else []}
    return item | ({"read": title.reading} if title.reading else {})


def entity_choices() -> list[Choice]:
    """Every kind of record that can have a scope of its own."""
    entities = portal().registry.entities.values()
    users = Choice(USERS, ruled_text(USERS), str(portal().registry.modules[USERS_MODULE].subsystem.label))
    return [*(Choice(e.name, entity_text(e), str(e.module.subsystem.label)) for e in entities), users]


def field_choices() -> list[Choice]:
    """Every field that a role can be kept from."""
    return [Choice(f"{e.name}.{f.name}", str(f.label), entity_text(e)) for e in portal().registry.entities.values() for f in limitable(e)]


def right_choices(shown: Iterable[Grant]) -> list[Choice]:
    """Rights, as `read:housing.pets`."""
    modules = portal().registry.modules
    return [Choice(value_of(p), right_label(p), str(modules[p[1]].subsystem.label) if p[1] in modules else "") for p in shown]


def people(session: Session, q: str, exact: str, ids: str = "", among: Sequence[Any] = ()) -> Answer:
    """Accounts by name or login. among: conditions of those that the reader may see."""
    columns = (User.id, User.username, User.last_name, User.first_name, User.active)
    query = sa.select(*columns).where(*among)
    for word in q.strip()[:LONGEST].split():
        pattern = f"%{like(word)}%"
        texts = (User.username, User.last_name + User.first_name, User.first_name + " " + User.last_name)
        query = query.where(sa.or_(*(t.ilike(pattern, escape="\\") for t in texts)))
    if ids:
        query = query.where(User.id.in_([int(n) for n in ids.split(",")[:8] if n.isascii() and n.isdigit() and len(n) < 10]))
    rows = session.execute(query.order_by(sa.func.lower(User.username)).limit(MOST + 1)).all()
    items = [_person(row) for row in rows[:MOST]]
    only = items[0] if exact and len(rows) == 1 else next((i for i in items if exact and q in (i["text"], i["end"])), None)
    return told(items, len(rows)) | {"exact": only}


def _person(row: Any) -> Answer:
    name = full_name(row)
    return {"id": row.id, "text": name, "parts": [name], "sub": [] if row.active else [_("deactivated")], "end": row.username}


def _named(options: Callable[[], list[Choice]], text: str) -> str | None:
    """The choice that a text means: by what would be sent, or by what people read, when only one is called so."""
    found = options()
    if any(o.id == text for o in found):
        return text
    same = [o.id for o in found if text and text in (o.text, f"{o.sub} {o.text}", f"{o.sub} · {o.text}")]
    return same[0] if len(same) == 1 else None


def entity_named(text: str) -> str | None:
    """What a text means of all that can have a reach of its own."""
    return _named(entity_choices, text)


def field_named(text: str) -> tuple[Entity, Field] | None:
    key = _named(field_choices, text)
    if key is None:
        return None
    name, _dot, last = key.partition(".")
    entity = portal().registry.entities[name]
    return entity, fields_of(entity.model)[last]


def right_named(text: str, shown: Iterable[Grant]) -> Grant | None:
    """The right that a text means."""
    by_value = {value_of(pair): pair for pair in shown}
    name = _named(lambda: right_choices(by_value.values()), text)
    return by_value[name] if name is not None else None


def place_field(kind: str) -> Field | None:
    """Any relation that leads to a kind of place, by which its records are chosen."""
    place = next((p for p in places() if p.name == kind), None)
    found = next(portal().registry.referrers(place.model), None) if place is not None else None
    return fields_of(found[0].model)[found[1]] if found is not None else None
