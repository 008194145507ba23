"""The hand-made pages that a generated screen leads to: a building's grid, the batch generation of rooms."""

from __future__ import annotations

from flask import request

from app.entity.fields import fields_of, path_of
from app.entity.reach import may_reach
from app.entity.screens import NavItem
from app.extension import portal
from app.registry import Entity, Page
from app.security.actor import Actor
from models.base import Base


def pages_of_record(record: Base, actor: Actor) -> tuple[NavItem, ...]:
    """The buttons of a record's page."""
    pages = (p for p in portal().registry.pages if p.record_of is type(record) and actor.may(p.verb, p.module))
    return tuple(_button(page, page.record_url.format(id=record.id)) for page in pages)


def pages_about(entity: Entity, record: Base, actor: Actor) -> tuple[NavItem, ...]:
    """The same, and those of what it lies within: the grid of a room's building."""
    # What is about others is looked at from here, not changed.
    pages = [p for p in portal().registry.pages if p.record_of is not None and p.verb == "read" and actor.may("read", p.module)]
    paths = (path_of(entity.model, name) for name in entity.narrow_by)
    above = {path.field.target: path for path in paths if may_reach(actor, path) and _may_read(actor, path.field.target)}
    found = list(pages_of_record(record, actor))
    for page in pages:
        within = above[page.record_of].read(record) if page.record_of in above else None
        if within is not None:
            found.append(_button(page, page.record_url.format(id=within.id)))
    return tuple({item.url: item for item in found}.values())


def _may_read(actor: Actor, model: type[Base] | None) -> bool:
    entity = portal().registry.of_model(model) if model is not None else None
    return entity is not None and actor.may("read", entity.module)


def pages_of_list(model: type[Base], actor: Actor) -> tuple[NavItem, ...]:
    """The buttons of a list."""
    pages = (p for p in portal().registry.pages if model in p.list_of and actor.may(p.verb, p.module))
    return tuple(_button(page, page.list_url) for page in pages)


def pages_of_chosen(model: type[Base], actor: Actor) -> tuple[NavItem, ...]:
    """The buttons for the chosen records of a list."""
    pages = (p for p in portal().registry.pages if model in p.chosen_of and actor.may(p.verb, p.module))
    return tuple(_button(page, page.list_url) for page in pages)


def way_to(entity: Entity, record: Base, actor: Actor) -> tuple[tuple[str, str], ...]:
    """(title, address) of the drawings that lead to a record, from the widest on: the plan of its area, the grid of its building. They are
    found along what narrows it down, otherwise along what it cannot be without."""
    pages = {
        p.record_of: p for p in portal().registry.pages if p.record_of is not None and p.verb == "read" and actor.may("read", p.module)
    }
    fields = fields_of(entity.model).values()
    names = entity.narrow_by or tuple(f.name for f in fields if f.required and f.target is not None)
    way = []
    for path in (path_of(entity.model, name) for name in names):
        page, target = pages.get(path.field.target), None
        if page is not None and may_reach(actor, path) and (above := portal().registry.of_model(path.field.target)) is not None:
            target = path.read(record) if actor.may("read", above.module) else None
        if target is not None:
            way.append((str(target), _button(page, page.record_url.format(id=target.id)).url))
    return tuple(way)


def _button(page: Page, url: str) -> NavItem:
    return NavItem(str(page.label), request.script_root + url, page.icon)
