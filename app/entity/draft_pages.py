"""Where a form keeps its drafts while somebody types, and how they come back."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from urllib.parse import urlencode

from flask import Response, jsonify, redirect, request
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import to_user_timezone

from app.csrf import masked_token
from app.entity import drafts
from app.entity.door import record_url
from app.entity.drafts import Place
from app.entity.forms import form_fields
from app.entity.screens import DraftNote
from app.entity.values import record_number
from app.registry import Entity
from models.base import Base, Journaled, utcnow
from models.platform.drafts import FormDraft

TOKEN = "_form"
"""The input with a form's token."""

_TOKEN = re.compile(r"[\w-]{20,43}", re.ASCII)


def preset_of(entity: Entity, args: Mapping[str, str]) -> str:
    """The part of a form's address that fills in relations, such as `household=12`."""
    given = {f.name: record_number(args.get(f.name, "")) for f in form_fields(entity) if f.target is not None}
    return urlencode({name: number for name, number in given.items() if number is not None})[:400]


def form_url(entity: Entity, base: str, record_id: int | None, preset: str = "", **more: str) -> str:
    """The address of a form; base: of the list."""
    if record_id is not None:
        return record_url(entity, record_id) + "/edit" + (f"?{urlencode(more)}" if more else "")
    query = "&".join(part for part in (preset, urlencode(more)) if part)
    return base + "add" + (f"?{query}" if query else "")


def token_of(data: Mapping[str, str]) -> str:
    """The token that a form brings along; a new one for a form without."""
    given = data.get(TOKEN, "")
    return given if _TOKEN.fullmatch(given) else secrets.token_urlsafe(16)


def time_of(moment: datetime) -> str:
    """When a draft was kept: today the time is enough."""
    local = to_user_timezone(moment)
    return local.strftime("%H:%M" if local.date() == to_user_timezone(utcnow()).date() else "%Y-%m-%d %H:%M")


def made_at(record: Base | None) -> datetime | None:
    """Since when there is this record; drafts from before are of another one that had its number."""
    return record.created_at if isinstance(record, Journaled) else None


class DraftPages:
    """The drafts of EntityView's forms, by script: POST keeps one, DELETE throws it away, GET gives a fresh token against forged
    requests, for a page that outlived its session."""

    @expose("/draft", methods=("GET", "POST", "DELETE"))
    @has_access
    @permission_name("write")
    def draft(self) -> Response | tuple[Response, int]:
        """The draft of a new record's form."""
        return self._draft(None)

    @expose("/<int(max=2147483647):record_id>/draft", methods=("GET", "POST", "DELETE"))
    @has_access
    @permission_name("write")
    def draft_of(self, record_id: int) -> Response | tuple[Response, int]:
        """The draft of a record's form."""
        return self._draft(self.load(record_id, "write"))

    def _draft(self, record: Base | None) -> Response | tuple[Response, int]:
        if request.method == "GET":
            return jsonify(csrf_token=masked_token())
        if request.method == "POST" and "_discard" not in request.form:
            kept = self.keep(record)
            self.session.commit()
            return jsonify(kept=kept) if kept else (jsonify(kept=""), 409 if kept is None else 413)
        place = self.place(record)
        drafts.drop(self.session, place, token_of(request.values))
        if record is None:
            self.drop_waiting(token_of(request.values))
        self.session.commit()
        if request.method == "DELETE":
            return jsonify(kept="")
        return redirect(form_url(self.entity, self.base_url(), place.record_id, place.preset))

    def place(self, record: Base | None) -> Place:
        """Whose form this is, and of what."""
        if record is not None:
            return Place(self.actor().user_id, self.entity.name, record.id)
        return Place(self.actor().user_id, self.entity.name, None, preset_of(self.entity, request.args))

    def keep(self, record: Base | None) -> str | None:
        """Keep what the request sends of a form; returns when. '': it is too large; None: this form is no longer open."""
        texts = drafts.texts_of(request.form, self._writer().editable(record))
        if not drafts.fits(texts):
            return ""
        version = request.form.get("_version", type=int) if record is not None else None
        kept = drafts.keep(self.session, self.place(record), token_of(request.form), texts, version)
        return time_of(kept) if kept is not None else None

    def draft_asked_for(self, record: Base | None) -> FormDraft | None:
        """The draft that the address of a form names."""
        token = request.args.get("draft", "")
        return drafts.opened(self.session, self.place(record), token, made_at(record)) if _TOKEN.fullmatch(token) else None

    def draft_notes(self, record: Base | None, without: Iterable[str]) -> tuple[DraftNote, ...]:
        """The drafts that wait, except those that this page shows already."""
        place = self.place(record)
        found = drafts.waiting(self.session, place, made_at(record))
        address = (self.entity, self.base_url(), place.record_id, place.preset)
        return tuple(DraftNote(token, time_of(at), form_url(*address, draft=token)) for token, at in found if token not in without)
