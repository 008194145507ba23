"""Fault 11: stock's FAB_ROLES are patterns in the configuration: prefix matches that no screen can edit. Ours are seeded into the
database, edited there, and left alone by an upgrade."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_appbuilder.security.sqla.models import assoc_permissionview_role

from app.database import db
from app.extension import portal
from app.registry import Module
from app.security.sync import sync_rights
from tests.faults import stock
from tests.faults.pages import sent_by
from tests.portal import PASSWORD, Users, allowed

MayRead = Callable[[str], bool]
"""Whether a user whose only right is `can_read` on `housing.pets` may read a module."""


def exactly_what_was_granted(may_read: MayRead) -> None:
    assert may_read("housing.pets")
    for other in ("housing.pets2", "housing.petsitters", "housingXpets", "housing", "housing."):
        assert not may_read(other), other


def taken_rights_are_gone(may_read: MayRead, take: Callable[[], None]) -> None:
    assert may_read("housing.pets")
    take()
    assert not may_read("housing.pets")


@pytest.fixture
def kept_grants(app: Flask) -> Iterator[None]:
    """Puts the rights of all roles back."""
    with app.app_context():
        rows = [dict(r) for r in db.session.execute(sa.select(assoc_permissionview_role)).mappings()]
        db.session.remove()
    yield
    with app.app_context():
        db.session.execute(sa.delete(assoc_permissionview_role))
        db.session.execute(sa.insert(assoc_permissionview_role), rows)
        db.session.commit()
        db.session.remove()


@pytest.fixture
def reader(app: Flask, user_with: Callable[..., str]) -> Iterator[Any]:
    """A user whose role has one right."""
    name = user_with("housing.pets", "read")
    with app.app_context():
        yield app.appbuilder.sm.find_user(name)
        db.session.remove()


@pytest.fixture
def stock_reader(stock_app: Flask) -> Iterator[Any]:
    """The same by FAB_ROLES, where stock gives modules to roles."""
    with stock_app.app_context():
        manager = stock_app.appbuilder.sm
        user = manager.add_user("reader", "R", "T", "reader@example.org", [manager.find_role("Reader")], password=PASSWORD)
        yield user
        session = stock_app.extensions["stock_db"].session
        session.delete(session.get(type(user), user.id))
        session.commit()
        session.remove()


def test_a_right_is_for_one_module(app: Flask, reader: Any) -> None:
    manager = app.appbuilder.sm
    with app.test_request_context():
        exactly_what_was_granted(lambda view: manager._has_view_access(reader, "can_read", view))
        actor = manager.actor_of(reader)
        exactly_what_was_granted(lambda view: actor.may("read", view))
        exactly_what_was_granted(lambda view: actor.verbs(Module("", name=view)) == {"read"})


def test_no_verb_is_the_prefix_of_another() -> None:
    actor = allowed(1, "reader", frozenset({("can_read", "housing.pets")}))
    assert not any(actor.may(verb, "housing.pets") for verb in ("rea", "read2", "readwrite", "", "write"))


@stock.stock_fails("re.match: the name of a module is a pattern for everything that starts with it")
def test_a_right_of_stock(stock_app: Flask, stock_reader: Any) -> None:
    manager = stock_app.appbuilder.sm
    exactly_what_was_granted(lambda view: manager._has_view_access(stock_reader, "can_read", view))


def test_a_right_taken_in_the_database_is_gone(app: Flask, reader: Any) -> None:
    manager = app.appbuilder.sm

    def take() -> None:
        manager.del_permission_role(reader.roles[0], manager.find_permission_view_menu("can_read", "housing.pets"))

    taken_rights_are_gone(lambda view: manager.actor_of(reader).may("read", view), take)


@stock.stock_fails("a role of FAB_ROLES is read from the configuration, whatever the database says")
def test_a_right_taken_on_stock(stock_app: Flask, stock_reader: Any) -> None:
    manager = stock_app.appbuilder.sm

    def take() -> None:
        manager.del_permission_role(stock_reader.roles[0], manager.find_permission_view_menu("can_read", "housing.pets"))

    taken_rights_are_gone(lambda view: manager._has_view_access(stock_reader, "can_read", view), take)


def test_a_role_is_edited_on_screen_and_stays_so_after_an_upgrade(users: Users, kept_grants: None) -> None:
    """Clerks lose the writing of pets and gain the reading of roles; the next `flask setup` leaves it at that."""
    with users.app.app_context():
        role = users.app.appbuilder.sm.role_named("Clerk").id
        db.session.remove()
    admin, url = users.browser("admin"), f"/platform/roles/{role}"
    form = sent_by(admin.get(url).text, "perm")
    ticks = form["perm"]
    assert "write:housing.pets" in ticks
    assert "read:platform.roles" not in ticks
    wanted = [t for t in ticks if t != "write:housing.pets"] + ["read:platform.roles"]
    assert admin.post(url, data=form | {"perm": wanted}).status_code == 302
    _clerk_as_edited(users)
    with users.app.app_context():
        assert sync_rights(db.session, portal().registry) == 0
        db.session.commit()
        db.session.remove()
    _clerk_as_edited(users)


def _clerk_as_edited(users: Users) -> None:
    clerk = users.browser("clerk")
    assert clerk.get("/housing/pets/").status_code == 200
    assert clerk.get("/housing/pets/add").status_code == 403
    assert clerk.get("/platform/roles/").status_code == 200
    client, head = users.app.test_client(), users.token("clerk")
    assert client.post("/api/v1/pets/", json={}, headers=head).status_code == 403


def test_a_right_that_is_new_is_seeded(app: Flask, kept_grants: None) -> None:
    """The counterpart: what appears with an upgrade goes to the roles that its module names."""
    with app.app_context():
        manager = app.appbuilder.sm
        link = manager.find_permission_view_menu("can_write", "housing.pets")
        db.session.execute(sa.delete(assoc_permissionview_role).where(assoc_permissionview_role.c.permission_view_id == link.id))
        db.session.delete(link)
        db.session.flush()
        assert sync_rights(db.session, portal().registry) == 1
        holders = {role.name for role in manager.find_permission_view_menu("can_write", "housing.pets").role}
        db.session.rollback()
        db.session.remove()
    assert holders == {"Administrator", "Clerk"}
