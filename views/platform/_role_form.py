"""What was sent by the page of a role: its name, its rights, how far it reaches, what it shows of fields."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import abort, current_app, request
from flask_appbuilder.security.sqla.models import Role
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.lookups import find_one
from app.extension import portal
from app.security.actor import Actor
from app.security.handing import Excess
from app.security.masks import may_be_limited
from app.security.places import places
from app.security.rights import role_label, role_names
from app.security.role_choices import entity_named, field_named, place_field
from app.security.role_scopes import FRESH, FieldKey, Rules, from_texts, place_of_text
from app.security.role_words import named_field, place_names, ruled
from app.security.standing import Place, Rule
from models.base import BadValue
from models.platform.scopes import Level, Reach


@dataclass(frozen=True)
class Typed:
    """The rules as they were typed. errors: by the name of a row (`scope:rooms`, `level:residents.phone`); added_fields: those that
    were chosen to be limited and say nothing yet."""

    rules: Rules
    errors: Mapping[str, str] = field(default_factory=dict)
    added_fields: tuple[FieldKey, ...] = ()

    def marked(self, excesses: tuple[Excess, ...]) -> Typed:
        """The same, with what goes beyond the actor told at its row."""
        errors = dict(self.errors)
        for e in excesses:
            row = f"level:{e.entity}.{e.field}" if e.field else f"scope:{e.entity}"
            errors.setdefault(row, e.text)
        return Typed(self.rules, errors, self.added_fields)


def opened_rules(now: Rules) -> Rules:
    """The rules as this user opened the form with; the present ones when the form does not say."""
    sent = request.form.get("_rules")
    if sent is None:
        return now
    try:
        texts = json.loads(sent)
    except ValueError:
        return now
    return from_texts({str(k): str(v) for k, v in texts.items()}) if isinstance(texts, dict) else now


def typed_rules(session: Session, actor: Actor, opened: Rules) -> Typed:
    """The rules of the form. What the page does not show (an entity of a package that is not here now) stays as it was."""
    form = request.form
    if "scope" not in form:
        return Typed(Rules({"": FRESH, **opened.scopes}, opened.levels))
    known = ruled()
    scopes = {name: rule for name, rule in opened.scopes.items() if name and name not in known}
    errors: dict[str, str] = {}
    chosen = {name: _chosen(name) for name in dict.fromkeys(form.getlist("scope")) if not name or name in known}
    names = place_names(session, frozenset().union(*chosen.values()), actor)
    for name, wanted in chosen.items():
        word = form.get(f"reach:{name}", "")
        if word not in {r.value for r in Reach}:
            if name:
                continue  # no rule of its own any more
            word = opened.scopes.get("", FRESH).reach.value
        before = opened.scopes.get(name)
        fits = frozenset(p for p in wanted if p in names or (before is not None and p in before.places))
        scopes[name] = Rule(Reach(word), fits if Reach(word) is Reach.PLACES else frozenset())
        if Reach(word) is Reach.PLACES and not fits:
            errors[f"scope:{name}"] = _("Choose at least one place, or another reach.")
    levels = {key: level for key, level in opened.levels.items() if named_field(*key) is None}
    for text in form.getlist("level"):
        entity_name, _dot, name = text.partition(".")
        found, word = named_field(entity_name, name), form.get(f"level:{text}", "")
        if found is not None and word in {level.value for level in may_be_limited(*found)}:
            levels[entity_name, name] = Level(word)
    return Typed(Rules(scopes, levels), errors)


def _chosen(name: str) -> frozenset[Place]:
    kinds = {p.name for p in places()}
    return frozenset(p for text in request.form.getlist(f"chosen:{name}") if (p := place_of_text(text)) is not None and p[0] in kinds)


def stepped(session: Session, actor: Actor, typed: Typed) -> Typed | None:
    """The form after one of its own buttons, for pages without script: a row more, a place more. None: it is to be saved."""
    step = request.form.get("_step", "")
    errors = {key: text for key, text in typed.errors.items() if not key.startswith("scope:")}
    scopes, levels, fresh = dict(typed.rules.scopes), dict(typed.rules.levels), ()
    if step == "scope":
        name = entity_named(_text("new_scope"))
        if name is None:
            errors["new_scope"] = _("There is no kind of record “%(name)s”.", name=_text("new_scope"))
        else:
            scopes.setdefault(name, scopes.get("", FRESH))
    elif step == "field":
        found = field_named(_text("new_field"))
        if found is None:
            errors["new_field"] = _("There is no field “%(name)s” that roles can be kept from.", name=_text("new_field"))
        else:
            fresh = ((found[0].name, found[1].name),)
    elif step.startswith("place "):
        _word, name, kind = ([*step.split(" "), "", ""])[:3]
        f = place_field(kind)
        rule = scopes.get(name)
        if f is None or rule is None:
            return None
        try:
            text = request.form.get(f"place:{name}:{kind}__text", "")
            key = request.form.get(f"place:{name}:{kind}", "")
            number = int(key) if key.isascii() and key.isdigit() and len(key) < 10 else find_one(session, f, text, actor)
            scopes[name] = Rule(rule.reach, rule.places | {(kind, number)})
        except BadValue as error:
            errors[f"scope:{name}"] = str(error)
    else:
        return None
    return Typed(Rules(scopes, levels), errors, fresh)


def _text(name: str) -> str:
    return request.form.get(name, "") or request.form.get(f"{name}__text", "").strip()


def rules_base(rules: Rules, texts: Any) -> str:
    """The rules as a form sends them along, to see later whether somebody else changed them."""
    return json.dumps(texts(rules), ensure_ascii=False, sort_keys=True)


def load_role(role_id: int) -> Role:
    """The role of an address, or 404; the role of strangers is not one to be edited. Who is about to change it holds it until
    the commit: of two people who save at once, the second one meets the first one's result."""
    role = portal().session.get(Role, role_id, with_for_update=request.method == "POST")
    return role if role is not None and role.name != current_app.config["AUTH_ROLE_PUBLIC"] else abort(404)


def typed_name() -> str:
    return " ".join(request.form.get("name", "").split())


def number_of(name: str) -> int:
    """A number of the address; 0 when there is none that a database could take."""
    value = request.args.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0


def taken(name: str) -> str:
    return _("There is already a role “%(name)s”.", name=name)


def name_error(session: Session, name: str, role: Role | None) -> str:
    """What is wrong with the name of a role ('' = nothing). Two roles must not look alike on screen either."""
    if not name:
        return _("The role needs a name.")
    if len(name) > 64:
        return _("At most %(n)s characters.", n=64)
    if not name.isprintable():
        return _("There are characters in it that cannot be shown.")
    used = {n.casefold() for key, stored in role_names(session) if role is None or key != role.id for n in (stored, role_label(stored))}
    return taken(name) if name.casefold() in used or name == current_app.config["AUTH_ROLE_PUBLIC"] else ""


def opened_rights(now: frozenset[int], shown: frozenset[int]) -> frozenset[int]:
    """The rights as this user opened the form with; the present ones when the form does not say."""
    sent = request.form.get("_base")
    return now if sent is None else frozenset(int(k) for k in sent.split(",") if k.isascii() and k.isdigit() and len(k) < 10) & shown
