"""Add and edit: nothing typed is ever lost, whether a rule, another writer or the database says no."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask import Response, abort, flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _
from markupsafe import Markup, escape

from app.entity import drafts
from app.entity.check_pages import CheckPages
from app.entity.conflicts import conflicts_of, kept_value, who_changed
from app.entity.datamodel import Refused, Stale, save
from app.entity.door import record_url
from app.entity.draft_pages import TOKEN, DraftPages, form_url, preset_of, time_of, token_of
from app.entity.drafts import BASE, FILLED, opened_with
from app.entity.forms import FormWriter, Posted, form_fields, names_in, read_post, typed_only, worded
from app.entity.picture_screen import picture_views
from app.entity.record_screen import meta_line, names_shown
from app.entity.records import record_of
from app.entity.revealing import ways_to_reveal
from app.entity.screens import Conflict, DraftNote, FormScreen
from app.entity.undo import save_undoably, with_undo
from app.entity.values import record_number
from app.extension import portal
from models.base import Base, Journaled, Problem
from models.platform.drafts import FormDraft


class EditPages(DraftPages, CheckPages):
    """The add and edit pages of EntityView."""

    def _writer(self, shown: Base | None = None) -> FormWriter:
        """shown: the record whose form is drawn."""
        base, shower = self.base_url(), self.shower()
        ways = ways_to_reveal(self.session, self.entity, shown, shower) if shown is not None else {}
        return FormWriter(self.session, self.entity, shower, lambda f: f"{base}choices?field={f.name}", ways)

    @expose("/add", methods=("GET", "POST"))
    @has_access
    @permission_name("write")
    def add(self) -> Response | str | tuple[str, int]:
        """A new record; `?owner=12` in the address fills a field."""
        return self._open(None) if request.method == "GET" else self._save(None)

    @expose("/<int(max=2147483647):record_id>/edit", methods=("GET", "POST"))
    @has_access
    @permission_name("write")
    def edit(self, record_id: int) -> Response | str | tuple[str, int]:
        """Change a record."""
        record = self._find(record_id)
        if request.method == "GET":
            return self._open(record or abort(404))
        return self._save(record) if record is not None else self._deleted()

    def _find(self, record_id: int) -> Base | None:
        return record_of(self.session, self.entity, self.actor(), record_id, names_shown(self.entity), "write")

    def _open(self, record: Base | None) -> str:
        """The form as the record is, or as the draft has it that the address names."""
        draft = self.draft_asked_for(record)
        if draft is None:
            return self._form(record, Posted(), ())
        editable = self._writer().editable(record)
        posted = read_post(self.session, draft.texts, editable, record)
        conflicts: list[Conflict] = []
        if isinstance(record, Journaled) and draft.version not in (None, record.version):
            conflicts = conflicts_of(self.session, editable, record, posted, opened_with(draft.texts.get(BASE)))
        return self._form(record, posted, (), conflicts, draft=draft)

    def _save(self, record: Base | None) -> Response | tuple[str, int]:
        place, token, digest = self.place(record), token_of(request.form), drafts.digest_of(request.form)
        mark = drafts.sent(self.session, place, token)
        if mark is not None and mark.saved_as is not None and (record is None or _is_still(record, mark, digest)):
            return self._sent_twice(mark, digest)
        if record is None:
            self.take_waiting(token)
        editable = self._writer().editable(record)
        posted = read_post(self.session, typed_only(request.form), editable, record)
        posted.texts |= {name: request.form[name] for name in names_in(request.form.get(FILLED)) if name in posted.texts}
        seen = request.form.get("_version", type=int)
        if isinstance(record, Journaled) and seen is not None and seen != record.version:
            conflicts = conflicts_of(self.session, editable, record, posted, opened_with(request.form.get(BASE)))
            if conflicts:
                return self._comes_back(record, posted, (), conflicts)
            # What the others changed is nothing that this form holds, so there is nothing to decide.
            seen = record.version
        if posted.problems:
            # Ask the rules about the rest too, so that one answer names everything that is wrong.
            return self._comes_back(record, posted, posted.problems + self._further_problems(record, posted))
        try:
            mark = drafts.claim(self.session, place, token)
            if mark is not None and mark.saved_as is not None and mark.digest == digest:
                return self._sent_twice(mark, digest)
            saved = save_undoably(self.session, self.entity, posted.values, self.actor(), record, seen)
            if record is None:
                self.adopt_waiting(token, saved)
            # Asked for before the commit: afterwards somebody may have deleted the record already.
            number, title = saved.id, str(saved)
            if mark is not None:
                mark.texts, mark.saved_as, mark.digest, mark.version = {}, number, digest, _version(saved)
            self.session.commit()
        except Refused as refused:
            return self._comes_back(record, posted, refused.problems)
        except Stale:
            # Somebody saved between our reading and our writing: look again, as if the form had come a moment later.
            self.session.rollback()
            again = self._again(record)
            return self._save(again) if again is not None else self._deleted()
        return self._after_save(number, title, is_new=record is None)

    def _again(self, record: Base | None) -> Base | None:
        """The record as the database has it, after a rollback or a commit; None when it is gone."""
        return self._find(sa.inspect(record).identity[0]) if record is not None else None

    def _comes_back(
        self, record: Base | None, posted: Posted, problems: Sequence[Problem], conflicts: Sequence[Conflict] = ()
    ) -> tuple[str, int]:
        """The form with what is wrong. What was typed is kept as a draft too: whoever goes back or closes the page finds it again."""
        self.session.rollback()
        again = self._again(record)
        if record is not None and again is None:
            return self._deleted()
        kept = self.keep(again) or ""
        self.session.commit()
        return self._form(self._again(record), posted, problems, conflicts, kept=kept), 409 if conflicts else 422

    def _deleted(self) -> tuple[str, int]:
        """What was typed for a record that somebody deleted meanwhile: it can still become a new one."""
        posted = read_post(self.session, request.form, self._writer().editable(None), None)
        self.session.rollback()
        gone = _("This record was deleted in the meantime. What you typed stands below; saving it makes a new record.")
        return self._form(None, posted, (), fresh=True, notes=(gone,)), 410

    def _sent_twice(self, mark: FormDraft, digest: str) -> Response | tuple[str, int]:
        """A form that has been saved comes in again: a second press makes no second record."""
        number, is_same, is_new = mark.saved_as, mark.digest == digest, mark.record_id is None
        self.session.rollback()
        saved = self._find(number)
        if is_same:
            return self._after_save(number, str(saved), is_new) if saved is not None else redirect(self.base_url())
        # Somebody went back and typed something else: that may be another record, or a correction made in the wrong place.
        posted = read_post(self.session, request.form, self._writer().editable(None), None)
        link = self._link(number, str(saved)) if saved is not None else _("(deleted)")
        again = escape(_("This form has been saved already: %(record)s. What stands in it now would be added as another record.")) % {
            "record": link
        }
        return self._form(None, posted, (), fresh=True, notes=(again,)), 409

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

    def _link(self, record_id: int, title: str) -> Markup:
        return Markup('<a href="{}">{}</a>').format(record_url(self.entity, record_id), title)

    def _after_save(self, record_id: int, title: str, is_new: bool) -> Response:
        message = escape(_("Added: %(record)s")) if is_new else escape(_("Saved: %(record)s"))
        flash(with_undo(message % {"record": self._link(record_id, title)}), "success")
        following = request.form.get("_next")
        if following == "add":
            # What the address filled in usually repeats: the next person of the same household.
            return redirect(form_url(self.entity, self.base_url(), None, preset_of(self.entity, request.args)))
        if following == "stay":
            return redirect(url_for(f"{self.entity.name}.edit", record_id=record_id))
        return redirect(record_url(self.entity, record_id))

    def _form(
        self,
        record: Base | None,
        posted: Posted,
        problems: Sequence[Problem],
        conflicts: Sequence[Conflict] = (),
        *,
        draft: FormDraft | None = None,
        kept: str = "",
        notes: tuple[str, ...] = (),
        fresh: bool = False,
    ) -> str:
        """The form. draft: the one that `posted` comes from; kept: when `posted` was kept as one; fresh: it starts anew, with a
        token of its own."""
        writer, entity, base = self._writer(record), self.entity, self.base_url()
        preset = self._preset() if record is None else {}
        sections = writer.sections(record, posted, preset, problems)
        fields = {f.name for section in sections for f in section.fields}
        general = tuple(worded(p, entity.model) for p in problems if p.field not in fields)
        token = draft.token if draft is not None else token_of({} if fresh else request.form)
        source = draft.texts if draft is not None else {} if fresh else request.form
        hidden = [(TOKEN, token), (FILLED, source.get(FILLED, ""))]
        query = preset_of(entity, request.args) if record is None else ""
        urls = {"action": form_url(entity, base, record.id if record is not None else None, query)}
        if record is None:
            title = _("Add: %(what)s", what=str(entity.label))
            ask, query = base, f"?{query}" if query else ""
            crumbs = self.crumbs((_("Add"), ""))
            pictures, pictures_url = self.waiting_views(token, draft is not None or token == source.get(TOKEN))
            urls |= {"cancel": base, "pictures": pictures_url}
        else:
            title = _("Edit: %(record)s", record=str(record))
            url = record_url(entity, record.id)
            ask = url + "/"
            hidden.append((BASE, json.dumps({f.name: kept_value(f, f.read(record)) for f in writer.editable(record)}, ensure_ascii=False)))
            if isinstance(record, Journaled):
                hidden.append(("_version", str(record.version)))
            urls |= {"cancel": url, "pictures": url + "/pictures"}
            crumbs = self.crumbs((str(record), url), (_("Edit"), ""))
            pictures = picture_views(self.session, record, url, may_write=True)
        screen = FormScreen(
            name=entity.name,
            title=title,
            subtitle=meta_line(self.session, record) if record is not None else "",
            sections=sections,
            problems=general,
            conflicts=tuple(conflicts),
            conflict_by=who_changed(self.session, record) if conflicts else "",
            hidden=tuple(hidden),
            pictures=pictures,
            urls=urls | {"draft": f"{ask}draft{query}", "check": f"{ask}check{query}", "add": form_url(entity, base, None)},
            is_new=record is None,
            drafts=self.draft_notes(record, (token,)),
            draft=DraftNote(token, time_of(draft.updated_at)) if draft is not None else None,
            kept=kept or (time_of(draft.updated_at) if draft is not None else ""),
            notes=notes,
        )
        return self.render_template("portal/form.html", screen=screen, crumbs=crumbs)

    def _preset(self) -> dict[str, Any]:
        """Relations that the address fills in, such as the household whose tab the user came from."""
        preset: dict[str, Any] = {}
        for f in form_fields(self.entity):
            given = record_number(request.args.get(f.name, ""))
            other = portal().registry.of_model(f.target) if f.target is not None else None
            if other is None or given is None or self.shower().hides(f):
                continue
            if self.actor().may("read", other.module):
                preset[f.name] = record_of(self.session, other, self.actor(), given)
        return preset


def _version(record: Base) -> int | None:
    return record.version if isinstance(record, Journaled) else None


def _is_still(record: Base, mark: FormDraft, digest: str) -> bool:
    """Whether a record is as this very form has left it."""
    return mark.digest == digest and mark.version == _version(record)
