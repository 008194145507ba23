"""Forms that come in when their session is gone: what they held is carried through the sign-in. The form of a record becomes a
draft of whoever signs in; any other is laid before them to be sent again. Nothing is done blindly, and only what a page of this
portal has sent is taken up."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import parse_qsl, urlsplit

from flask import current_app, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from app.clean_input import storable
from app.entity import drafts
from app.entity.cells import Shower
from app.entity.door import record_url
from app.entity.draft_pages import form_url, preset_of, token_of
from app.entity.forms import FormWriter
from app.entity.records import record_of
from app.extension import portal
from app.preferences import local_address
from app.registry import Entity
from app.security.actor import current_actor

ADDRESS, TYPED = "_form_address", "_form_typed"
"""The inputs of the sign-in page that carry a form: where it was sent to, and what it held."""

_NOWHERE = ""


@dataclass(frozen=True)
class Carried:
    """A form on its way: its address, and the names and texts of its inputs."""

    address: str
    pairs: tuple[tuple[str, str], ...]

    @property
    def hidden(self) -> tuple[tuple[str, str], ...]:
        """The inputs that carry it."""
        return (ADDRESS, self.address), (TYPED, json.dumps(self.pairs, ensure_ascii=False))

    @property
    def fits(self) -> bool:
        """Whether it is small enough to be carried."""
        return drafts.fits(dict(self.pairs))

    @cached_property
    def form(self) -> tuple[Entity, int | None] | None:
        """The entity and the record of an add or edit form; None for any other form."""
        name, _dot, page = _endpoint(urlsplit(self.address).path)[0].rpartition(".")
        entity = portal().registry.entities.get(name)
        if entity is None or page not in ("add", "edit"):
            return None
        return entity, _endpoint(urlsplit(self.address).path)[1].get("record_id")


def from_own_page() -> bool:
    """Whether a page of this portal sent the request, as the browser tells. Other sites cannot make it say so."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin") or request.headers.get("Referer") or ""
    return urlsplit(origin).netloc == request.host


def asked_by_form() -> bool:
    """Whether the script of a form is asking: it tells by itself that the session is gone, and needs no page to say so."""
    page = (request.endpoint or "").rpartition(".")[2]
    return page in ("draft", "draft_of", "check", "check_of") and request.headers.get("Accept") == "application/json"


def posted_form() -> Carried | None:
    """The form of this request, when it is one that somebody filled in on a page of the portal. Passwords are never carried, and
    files cannot be: what a record's form holds besides comes back, a form that is about its file does not."""
    if request.method != "POST" or not request.form or not from_own_page():
        return None
    pairs = tuple((n, v) for n, v in request.form.items(multi=True) if n != "csrf_token" and "password" not in n)
    carried = _carried(request.full_path.rstrip("?"), pairs) if pairs else None
    has_files = any(file.filename for file in request.files.values())
    return None if carried is not None and carried.form is None and has_files else carried


def carried_form() -> Carried | None:
    """The form that the sign-in page carries."""
    try:
        pairs = json.loads(request.form.get(TYPED) or "null")
    except ValueError:
        return None
    if not isinstance(pairs, list) or not all(_is_pair(p) for p in pairs):
        return None
    carried = _carried(request.form.get(ADDRESS, ""), tuple((name, value) for name, value in pairs))
    return carried if carried is not None and carried.fits else None


def _is_pair(pair: object) -> bool:
    return isinstance(pair, list) and len(pair) == 2 and all(isinstance(text, str) and storable(text) for text in pair)


def _carried(address: str, pairs: tuple[tuple[str, str], ...]) -> Carried | None:
    """A form for an address of the portal that takes forms; what scripts and programs ask is none."""
    endpoint = _endpoint(urlsplit(local_address(address, _NOWHERE)).path)[0]
    if not endpoint or endpoint.startswith(f"{current_app.appbuilder.sm.auth_view.endpoint}.") or address.startswith("/api/"):
        return None
    carried = Carried(address, pairs)
    is_page = "text/html" in request.headers.get("Accept", "")
    return carried if carried.form is not None or is_page else None


def _endpoint(path: str) -> tuple[str, Mapping[str, int]]:
    """Where a POST to a path would go; '' for nowhere."""
    try:
        return current_app.url_map.bind("").match(path, method="POST")
    except (HTTPException, RequestRedirect):
        return "", {}


def into_draft(carried: Carried, form: tuple[Entity, int | None]) -> str:
    """Make it a draft of the present user; returns the address where it opens. Commits."""
    entity, record_id = form
    session, actor, texts = portal().session, current_actor(), dict(carried.pairs)
    base, preset = url_for(f"{entity.name}.list"), preset_of(entity, dict(parse_qsl(urlsplit(carried.address).query)))
    if actor.user_id is None or not actor.may("write", entity.module):
        return form_url(entity, base, record_id, preset)
    record = record_of(session, entity, actor, record_id) if record_id is not None else None
    # One that was deleted meanwhile can still become a new record.
    place = drafts.Place(actor.user_id, entity.name, record_id, "") if record else drafts.Place(actor.user_id, entity.name, None, preset)
    token = token_of(texts)
    known = drafts.sent(session, place, token)
    if known is not None and known.saved_as is not None:
        return record_url(entity, known.saved_as)
    editable = FormWriter(session, entity, Shower(portal().registry, actor, record_url), None).editable(record)
    typed, version = drafts.texts_of(texts, editable), texts.get("_version", "")
    seen = int(version) if version.isascii() and version.isdigit() and len(version) < 10 and record else None
    if drafts.keep(session, place, token, typed, seen) is None:
        # The form was begun by somebody else, who keeps what is his.
        token = token_of({})
        drafts.keep(session, place, token, typed, seen)
    session.commit()
    return form_url(entity, base, place.record_id, preset, draft=token)
