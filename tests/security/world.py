"""A community in which every address can be asked believably: records inside and outside of somebody's scope, and what each person
keeps for himself (views, templates, enquiries, imports, jobs)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import sqlalchemy as sa
from flask import Flask, current_app
from flask_appbuilder.security.sqla.models import Role, User
from werkzeug.datastructures import FileStorage

from app import files
from app.cli import load_demo, set_up
from app.database import db
from app.entity.import_files import keep_upload, rejected_key
from app.entity.made_batch import MadeBatch
from app.entity.search import visible
from app.extension import portal
from app.picture_content import reduce_picture
from app.pictures import Gallery, add_picture
from app.registry import Entity
from app.security.actor import Actor
from app.security.masks import limitable, may_be_limited
from app.security.sync import SEEDED_ROLES
from models.base import Base, Pictured, utcnow
from models.housing.buildings import Building
from models.platform.accounts import Account
from models.platform.api_keys import ApiKey
from models.platform.enquiries import Enquiry
from models.platform.exports import ExportTemplate
from models.platform.imports import ImportBatch, ImportMapping
from models.platform.jobs import Job, JobState, Schedule
from models.platform.list_views import Audience, SavedView
from models.platform.scopes import Level, Reach, RoleField, RolePlace, RoleScope
from models.platform.undo import UndoEntry
from tests.portal import PASSWORD, Users, make_example, make_users

LIMITED, ROLE = "limited", "One building"
"""A user with all rights of a clerk, over the records of one building."""
SIGNED_IN = ("nobody", *(role.lower() for role in SEEDED_ROLES), "admin", LIMITED)
FORM = "a-form-that-is-open-on-somebodys-screen"
_PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")

Ids = dict[str, int]


@dataclass
class World:
    """The portal and what to ask it for. inside, outside: a record of each entity by name, as `limited` sees it (absent: there is none);
    pictures: a picture of such a record; own: what a user keeps, by user and kind;
    shared: what everybody is asked about; masked: a field of each entity that administrators and clerks see masked until they reveal it;
    tokens, cookies: how users are known."""

    app: Flask
    inside: Ids = field(default_factory=dict)
    outside: Ids = field(default_factory=dict)
    pictures: dict[tuple[str, bool], int] = field(default_factory=dict)
    own: dict[str, dict[str, Any]] = field(default_factory=dict)
    shared: Ids = field(default_factory=dict)
    masked: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, Mapping[str, str]] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)


def settled(app: Flask) -> World:
    """Fill a fresh portal, and sign everybody in."""
    world = World(app)
    with app.app_context():
        set_up()
        make_users()
        load_demo(40, seed=7)
        _limited_clerk()
        users = Users(app)
        _records(world, users.actor(LIMITED))
        for name in SIGNED_IN:
            world.own[name] = _own(name, users.actor(name), world)
        world.shared = _of_all(db.session)
        _mask(world)
        db.session.commit()
        db.session.remove()
    for name in SIGNED_IN:
        world.tokens[name] = users.token(name)
        browser = users.browser(name)
        assert browser.get("/profile/").status_code == 200, name
        world.cookies[name] = f"session={browser.get_cookie('session').value}"
    return world


def _limited_clerk() -> None:
    """A role with the rights of clerks, over one building."""
    manager = current_app.appbuilder.sm
    role = manager.add_role(ROLE, list(manager.role_named("Clerk").permissions))
    scope = RoleScope(role_id=role.id, reach=Reach.PLACES)
    db.session.add(scope)
    db.session.flush()
    building = db.session.scalar(sa.select(Building.id).order_by(Building.id))
    db.session.add(RolePlace(scope_id=scope.id, place="buildings", record_id=building))
    assert manager.add_user(LIMITED, "Limited", "Test", "limited@example.org", [role], password=PASSWORD)


def _mask(world: World) -> None:
    """Let administrators and clerks see one field of each entity masked: there is something to reveal."""
    session = db.session
    roles = session.scalars(sa.select(Role.id).where(Role.name.in_((current_app.config["AUTH_ROLE_ADMIN"], "Clerk", ROLE)))).all()
    for entity in portal().registry.entities.values():
        fields = [f.name for f in limitable(entity) if Level.MASKED in may_be_limited(entity, f)]
        if fields:
            world.masked[entity.name] = fields[-1]
            session.add_all(RoleField(role_id=role, entity=entity.name, field=fields[-1], level=Level.MASKED) for role in roles)


def _records(world: World, limited: Actor) -> None:
    session = db.session
    for entity in portal().registry.entities.values():
        if entity.owned_by:
            continue  # what people keep for themselves: see `_own`
        if session.scalar(sa.select(entity.model.id).limit(1)) is None:
            make_example(entity)
        seen = sa.select(entity.model.id).where(*_limits(entity, limited)).order_by(entity.model.id)
        inside = session.scalar(seen.limit(1))
        if inside is None:
            # Something that has no place belongs to whoever made it.
            inside = session.scalar(sa.select(entity.model.id).order_by(entity.model.id).limit(1))
        else:
            outside = session.scalar(sa.select(entity.model.id).where(entity.model.id.not_in(seen)).order_by(entity.model.id).limit(1))
            if outside is not None:
                world.outside[entity.name] = outside
        world.inside[entity.name] = inside
        if issubclass(entity.model, Pictured):
            for ids, is_inside in ((world.inside, True), (world.outside, False)):
                if entity.name in ids:
                    gallery = Gallery(entity.model.__tablename__, ids[entity.name])
                    world.pictures[entity.name, is_inside] = add_picture(session, gallery, reduce_picture(_PIXEL, "a.png"), "a.png").id
    session.commit()


def _limits(entity: Entity, limited: Actor) -> tuple[Any, ...]:
    return visible(entity, limited) if limited.may("read", entity.module) else ()


def _own(name: str, actor: Actor, world: World) -> dict[str, Any]:
    """What a user keeps for himself, one of each kind, and for each list a view and a template."""
    session, registry = db.session, portal().registry
    made: dict[str, Base] = {}
    for entity in registry.entities.values():
        made[f"view {entity.name}"] = SavedView(entity=entity.name, name="Mine", owner_id=actor.user_id, state={})
        made[f"template {entity.name}"] = ExportTemplate(entity=entity.name, name="Mine", owner_id=actor.user_id, wanted={})
    made["enquiry"] = Enquiry(entity="rooms", name="Mine", owner_id=actor.user_id, state={"subject": "rooms"})
    key = files.new_key(".csv")
    files.put(key, b"a")
    made["job"] = Job(
        title="Mine", kind="housekeeping", owner_id=actor.user_id, owner_name=name, state=JobState.DONE, finished_at=utcnow(),
        result_key=key, result_name="mine.csv", result_media="text/csv", result_size=1,
    )  # fmt: skip
    made["schedule"] = Schedule(title=f"Of {name}", kind="housekeeping", cron="0 3 * * *", owner_id=actor.user_id)
    now = utcnow()
    made["undo"] = UndoEntry(
        token=f"undo-of-{name}", entity="pets", rows=[[world.inside["pets"], 1, {}]], user_id=actor.user_id, created_at=now,
        expires_at=now + timedelta(minutes=10),
    )  # fmt: skip
    session.add_all(made.values())
    session.flush()
    upload = FileStorage(BytesIO("标牌,名字\nX-1,旺财\n".encode()), "pets.csv")
    batch = keep_upload(session, registry.entity("pets"), Actor.system(), registry, upload)
    batch.created_by_id = actor.user_id
    made["batch"] = batch
    files.put(rejected_key(batch), b"a")
    made["mapping"] = ImportMapping(name="Mine", entity="pets", shape=batch.shape, parts=batch.parts, owner_id=actor.user_id)
    session.add(made["mapping"])
    for kind in ("rooms", "title-deeds"):
        made[f"batch {kind}"] = _generated(session, kind, actor.user_id)
    for entity in registry.entities.values():
        if issubclass(entity.model, Pictured):
            gallery = Gallery(entity.model.__tablename__, None, FORM, actor.user_id)
            made[f"waiting {entity.name}"] = add_picture(session, gallery, reduce_picture(_PIXEL, "a.png"), "a.png")
    session.flush()
    return {kind: record.token if isinstance(record, UndoEntry) else record.id for kind, record in made.items()}


def _generated(session: Any, entity: str, user_id: int | None) -> ImportBatch:
    """What a generation without any record would have left."""
    made = MadeBatch(session, Actor.system(), portal().registry, entity)
    try:
        made.result(portal().registry.entity(entity))
        batch = made.finish()
    finally:
        made.close()
    batch.created_by_id = user_id
    return batch


def _of_all(session: Any) -> Ids:
    """What is asked for whoever asks: a view shared with everybody, somebody else, a role."""
    view = SavedView(entity="rooms", name="Everybody's", owner_id=None, state={}, audience=Audience.ALL)
    session.add(view)
    session.flush()
    role = session.scalar(sa.select(Role.id).where(Role.name == ROLE))
    user = session.scalar(sa.select(User.id).where(User.username == "nobody"))
    return {"view": view.id, "role": role, "user": user, **_outside_system(session)}


def _outside_system(session: Any) -> Ids:
    """A program with a key, which has no right."""
    manager = current_app.appbuilder.sm
    program = manager.add_user("program", "Program", "Test", "program@example.org", [], password=PASSWORD)
    key = ApiKey(user_id=program.id, name="Test", prefix="test", secret_hash="0" * 64, expires_on=date(2100, 1, 1))
    session.add_all([Account(user_id=program.id, is_system=True), key])
    session.flush()
    return {"system": program.id, "key": key.id}
