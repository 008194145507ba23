"""The hand-made pages that a generated screen leads to: a building's grid, the batch generation of rooms."""

from __future__ import annotations

from flask import request

from app.entity.screens import NavItem
from app.extension import portal
from app.registry import Page
from app.security.actor import Actor
from models.base import Base


def pages_of_record(record: Base, actor: Actor) -> tuple[NavItem, ...]:
    """The buttons of a record's page."""
    pages = (p for p in portal().registry.pages if p.record_of is type(record) and actor.may(p.verb, p.module))
    return tuple(_button(page, page.record_url.format(id=record.id)) for page in pages)


def pages_of_list(model: type[Base], actor: Actor) -> tuple[NavItem, ...]:
    """The buttons of a list."""
    pages = (p for p in portal().registry.pages if model in p.list_of and actor.may(p.verb, p.module))
    return tuple(_button(page, page.list_url) for page in pages)


def pages_of_chosen(model: type[Base], actor: Actor) -> tuple[NavItem, ...]:
    """The buttons for the chosen records of a list."""
    pages = (p for p in portal().registry.pages if model in p.chosen_of and actor.may(p.verb, p.module))
    return tuple(_button(page, page.list_url) for page in pages)


def _button(page: Page, url: str) -> NavItem:
    return NavItem(str(page.label), request.script_root + url, page.icon)
