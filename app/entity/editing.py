"""Add and edit: nothing typed is ever lost, whether a rule, another writer or the database says no."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask import Response, flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _
from markupsafe import Markup, escape

from app.entity.cells import form_text, text_of
from app.entity.datamodel import Refused, Stale, save
from app.entity.door import record_url
from app.entity.fields import Field, Kind, fields_of
from app.entity.forms import FormWriter, Posted, form_fields, read_post
from app.entity.record_screen import meta_line, picture_views
from app.entity.screens import Conflict, FormScreen
from app.entity.search import choosable_record, record_of
from app.entity.values import record_number
from app.extension import portal
from app.security.accounts import names_of
from app.security.actor import current_actor
from models.base import Base, Journaled, Problem


class EditPages:
    """The add and edit pages of EntityView."""

    def _writer(self) -> FormWriter:
        base = self.base_url()
        return FormWriter(self.session, self.entity, self.shower(), lambda f: f"{base}choices?field={f.name}")

    @expose("/add", methods=("GET", "POST"))
    @has_access
    @permission_name("write")
    def add(self) -> Response | str | tuple[str, int]:
        """A new record; `?owner=12` in the address fills a field."""
        if request.method == "GET":
            return self._form(None, Posted(), ())
        return self._save(None)

    @expose("/<int(max=2147483647):record_id>/edit", methods=("GET", "POST"))
    @has_access
    @permission_name("write")
    def edit(self, record_id: int) -> Response | str | tuple[str, int]:
        """Change a record."""
        record = self.load(record_id)
        if request.method == "GET":
            return self._form(record, Posted(), ())
        return self._save(record)

    def _save(self, record: Base | None) -> Response | tuple[str, int]:
        writer = self._writer()
        posted = read_post(self.session, request.form, writer.editable(record), record)
        seen = request.form.get("_version", type=int)
        if isinstance(record, Journaled) and seen is not None and seen != record.version:
            conflicts = self._conflicts(record, posted)
            if conflicts:
                return self._form(record, posted, (), conflicts), 409
            # What the others changed is nothing that this form holds, so there is nothing to decide.
            seen = record.version
        if posted.problems:
            # Ask the rules about the rest too, so that one answer names everything that is wrong.
            problems = posted.problems + self._further_problems(record, posted)
            return self._form(record, posted, problems), 422
        try:
            saved = save(self.session, self.entity, posted.values, self.actor(), record, seen)
            # Asked for before the commit: afterwards somebody may have deleted the record already.
            number, title = saved.id, str(saved)
            self.session.commit()
        except Refused as refused:
            self.session.rollback()
            return self._form(self._again(record), posted, refused.problems), 422
        except Stale:
            # Somebody saved between our reading and our writing: look again, as if the form had come a moment later.
            self.session.rollback()
            return self._save(self._again(record))
        return self._after_save(number, title, is_new=record is None)

    def _again(self, record: Base | None) -> Base | None:
        """The record as the database has it, after a rollback."""
        return self.load(sa.inspect(record).identity[0]) if record is not None else None

    def _further_problems(self, record: Base | None, posted: Posted) -> list[Problem]:
        """Problems of the fields that could be understood, beside those that could not."""
        known = {p.field for p in posted.problems}
        try:
            save(self.session, self.entity, dict(posted.values), self.actor(), record)
        except Refused as refused:
            return [p for p in refused.problems if p.field not in known]
        except Stale:
            return []
        finally:
            self.session.rollback()
        return []

    def _after_save(self, record_id: int, title: str, is_new: bool) -> Response:
        link = Markup('<a href="{}">{}</a>').format(record_url(self.entity, record_id), title)
        message = escape(_("Added: %(record)s")) if is_new else escape(_("Saved: %(record)s"))
        flash(message % {"record": link}, "success")
        following = request.form.get("_next")
        if following == "add":
            return redirect(self.base_url() + "add")
        if following == "stay":
            return redirect(url_for(f"{self.entity.name}.edit", record_id=record_id))
        return redirect(record_url(self.entity, record_id))

    def _conflicts(self, record: Base, posted: Posted) -> list[Conflict]:
        """Who saved first changed these fields. What was typed here is kept; what was not touched here follows the others."""
        opened = _opened_with()
        conflicts = []
        for f in self._writer().editable(record):
            if f.name not in posted.texts and f.name not in posted.values:
                continue
            was, now, typed = opened.get(f.name), _shown(f, f.read(record)), _typed(self.session, f, posted)
            # Without knowing what the form was opened with, whatever differs may be an older state.
            if now == (typed if was is None else was):
                continue
            if typed == was:
                posted.texts.pop(f.name, None)
                posted.names.pop(f.name, None)
                posted.values.pop(f.name, None)
                typed = now
            conflicts.append(Conflict(str(f.label), was or "", now, typed if typed != now else ""))
        return conflicts

    def _form(self, record: Base | None, posted: Posted, problems: Sequence[Problem], conflicts: Sequence[Conflict] = ()) -> str:
        writer = self._writer()
        entity = self.entity
        preset = self._preset() if record is None else {}
        fields = {f.name for f in form_fields(entity)}
        general = tuple(_worded(p, entity.model) for p in problems if p.field not in fields)
        if record is None:
            title = _("Add: %(what)s", what=str(entity.label))
            hidden: list[tuple[str, str]] = []
            urls = {"action": request.full_path.rstrip("?"), "cancel": self.base_url()}
            crumbs = self.crumbs((_("Add"), ""))
            pictures = None
        else:
            title = _("Edit: %(record)s", record=str(record))
            url = url_for(f"{entity.name}.show", record_id=record.id)
            base = {f.name: _shown(f, f.read(record)) for f in writer.editable(record)}
            hidden = [("_base", json.dumps(base, ensure_ascii=False))]
            if isinstance(record, Journaled):
                hidden.append(("_version", str(record.version)))
            urls = {"action": url + "/edit", "cancel": url, "pictures": url + "/pictures"}
            crumbs = self.crumbs((str(record), url), (_("Edit"), ""))
            pictures = picture_views(self.session, entity, record, url, may_write=True)
        screen = FormScreen(
            name=entity.name,
            title=title,
            subtitle=meta_line(self.session, record) if record is not None else "",
            sections=writer.sections(record, posted, preset, problems),
            problems=general,
            conflicts=tuple(conflicts),
            conflict_by=_who(self.session, record) if conflicts else "",
            hidden=tuple(hidden),
            pictures=pictures,
            urls=urls,
            is_new=record is None,
        )
        return self.render_template("portal/form.html", screen=screen, crumbs=crumbs)

    def _preset(self) -> dict[str, Any]:
        """Relations that the address fills in, such as the household whose tab the user came from."""
        preset: dict[str, Any] = {}
        for f in form_fields(self.entity):
            given = record_number(request.args.get(f.name, ""))
            other = portal().registry.of_model(f.target) if f.target is not None else None
            if other is None or given is None:
                continue
            if self.actor().may("read", other.module):
                preset[f.name] = record_of(self.session, other, self.actor(), given)
        return preset


def _opened_with() -> dict[str, str]:
    """The values that the form was opened with, as it sends them back."""
    try:
        values = json.loads(request.form.get("_base") or "{}")
    except ValueError:
        return {}
    return {name: value for name, value in values.items() if isinstance(value, str)} if isinstance(values, dict) else {}


def _shown(f: Field, value: Any) -> str:
    """A value as one compares it by eye; for a conflict and for the state a form was opened with."""
    if value is None:
        return ""
    if f.kind is Kind.CHOICE:
        return str(value.label)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return str(value) if f.kind is Kind.RELATION else form_text(f, value)


def _typed(session: Any, f: Field, posted: Posted) -> str:
    """What was typed, in the form of `_shown`; the raw text where it was not understood."""
    if f.name not in posted.values:
        return posted.names.get(f.name) or posted.texts.get(f.name, "")
    value = posted.values[f.name]
    if f.target is not None and value is not None:
        value = choosable_record(session, f.target, value, current_actor())
    return _shown(f, value)


def _worded(problem: Problem, model: type[Base]) -> str:
    f = fields_of(model).get(problem.field or "")
    return _("%(field)s: %(reason)s", field=str(f.label), reason=str(problem.message)) if f is not None else str(problem.message)


def _who(session: Any, record: Base | None) -> str:
    """Who changed the record last, and when."""
    if not isinstance(record, Journaled):
        return ""
    name = names_of(session, (record.updated_by_id,)).get(record.updated_by_id or 0, _("the system"))
    return _("%(who)s at %(when)s", who=name, when=text_of(fields_of(type(record))["updated_at"], record.updated_at))
