"""How far roles reach and what they see, in words: for the editor, the comparison, and the answers to who may what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.declarations import Entity
from app.entity.fields import Field, fields_of
from app.entity.rows import rows_of_ids
from app.entity.search import choosable
from app.extension import portal
from app.security.actor import Actor
from app.security.people import USERS
from app.security.places import place_of, places, wanted
from app.security.standing import Place, Rule
from models.platform.scopes import Reach

Names = dict[Place, str]
_SOME = 6


def place_names(session: Session, chosen: Iterable[Place], actor: Actor) -> Names:
    """What places are called, of those that an actor may see: one statement a kind of place."""
    names: Names = {}
    by_kind = wanted(chosen)
    for kind in places():
        ids = sorted(by_kind.get(kind.name, ()))
        limits = choosable(kind.model, actor) if ids else None
        if limits is None:
            continue
        seen = session.scalars(kind.model.__table__.select().with_only_columns(kind.model.id).where(kind.model.id.in_(ids), *limits))
        names |= {(kind.name, row.id): row.title for row in rows_of_ids(session, kind.model, list(seen), (), actor)}
    return names


def place_name(place: Place, names: Names) -> str:
    """A place in words; nothing is said of one that the reader may not see."""
    if place in names:
        return names[place]
    entity = portal().registry.entities.get(place[0])
    return _("%(place)s not visible to you", place=str(entity.label) if entity is not None else place[0])


def rule_text(rule: Rule | None, names: Names, department: str = "") -> str:
    """How far a rule reaches. department: that of a person, whose rule it is."""
    if rule is None:
        return _("Nothing")
    if rule.reach is Reach.PLACES:
        listed = sorted(place_name(p, names) for p in rule.places)
        shown = _(", ").join(listed[:_SOME]) + (" …" if len(listed) > _SOME else "")
        return _("Places: %(places)s", places=shown or _("none"))
    if rule.reach in (Reach.BELOW, Reach.DEPARTMENT) and department:
        return _("%(reach)s (%(department)s)", reach=str(rule.reach), department=department)
    return str(rule.reach)


def rules_text(rules: Iterable[Rule], names: Names, department: str = "") -> str:
    """How far several rules reach together."""
    found = sorted(rules, key=lambda r: list(Reach).index(r.reach))
    if not found:
        return _("Nothing")
    if found[0].reach is Reach.ALL:
        return rule_text(found[0], names)
    return _("; ").join(dict.fromkeys(rule_text(r, names, department) for r in found))


def reach_lines(reaches: Mapping[Entity, Mapping[str, str]]) -> tuple[tuple[str, str], ...]:
    """How far rights reach in the entities of a module, as (where, how far). reaches: by entity and right, in words. What is the same
    in all is said once."""
    said: dict[str, list[str]] = {}
    for entity, by_right in reaches.items():
        texts: dict[str, list[str]] = {}
        for right, text in by_right.items():
            texts.setdefault(text, []).append(right)
        parts = [
            text if len(texts) == 1 else _("%(what)s: %(reach)s", what=_(", ").join(rights), reach=text) for text, rights in texts.items()
        ]
        if parts:
            said.setdefault(_("; ").join(parts), []).append(str(entity.label))
    if len(said) == 1:
        return tuple(("", text) for text in said)
    return tuple((_(", ").join(labels), text) for text, labels in said.items())


def meaning(entity: Entity | None, reach: Reach) -> str:
    """What a reach comes to in an entity, where that is not plain to see ('' = it is)."""
    if entity is None or reach in (Reach.ALL, Reach.OWN):
        return ""
    if entity.common:
        return _("Common to all: everybody who may look at these sees all of them.")
    if entity.department or entity.placed or place_of(entity.model) is not None:
        return ""
    if reach is Reach.PLACES:
        return _("These stand at no place: only those that somebody made himself.")
    return _("These stand at no place: those that people of the department made.")


def entity_text(entity: Entity) -> str:
    """An entity among others: its name; one that stands in the module of another, such as the uses of a room, with that module."""
    first = next(portal().registry.entities_in(entity.module))
    return str(entity.label) if entity is first else f"{entity.label} · {entity.module.label}"


def field_text(f: Field) -> str:
    return str(f.label)


def named_field(entity_name: str, name: str) -> tuple[Entity, Field] | None:
    """A field by the names that rules keep; None when it exists no more."""
    entity = portal().registry.entities.get(entity_name)
    f = fields_of(entity.model).get(name) if entity is not None else None
    return (entity, f) if entity is not None and f is not None else None


def ruled() -> tuple[str, ...]:
    """All that can have a reach of its own: every kind of record, in the order of the menus, then the accounts of users."""
    return (*portal().registry.entities, USERS)


def ruled_text(name: str) -> str:
    """What a rule is about."""
    return _("Users") if name == USERS else entity_text(portal().registry.entities[name])


def known_entities(names: Iterable[str]) -> Sequence[str]:
    """Those names that can have a reach of their own, in order."""
    wanted_names = set(names)
    return [name for name in ruled() if name in wanted_names]
