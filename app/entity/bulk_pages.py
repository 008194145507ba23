"""Changing the chosen records of a list: a form that says for each field what is to happen, a page that tells what will come of it,
and the change, all or nothing unless the user says otherwise. No step keeps anything on the server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from flask import Response, flash, redirect, request
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _
from markupsafe import Markup, escape

from app.entity.bulk import Outcome, Present, bulk_fields, change_all, clearable, look, value_problems
from app.entity.bulk_screen import CLEAR, LEAVE, MODES, SET, BulkScreen, CheckScreen, change_views, form_sections
from app.entity.cells import text_of
from app.entity.datamodel import Stale
from app.entity.door import record_url
from app.entity.fields import Field, fields_of
from app.entity.forms import Posted, read_post
from app.entity.record_keys import listed
from app.entity.selection import DONE, Selection, same, stamp
from app.entity.undo import with_undo
from app.security.accounts import names_of
from models.base import Journaled, Problem

NAMED = 5


@dataclass(frozen=True)
class Wish:
    """What the form asks for: a mode by field, the new values, and what is wrong with them."""

    modes: dict[str, str]
    posted: Posted
    values: dict[str, Any]
    problems: list[Problem]


class BulkPages:
    """The bulk edit of EntityView."""

    @expose("/bulk-edit", methods=("GET", "POST"))
    @has_access
    @permission_name("write")
    def bulk_edit(self) -> Response | str | tuple[str, int]:
        """Ask what to change, tell what will change, change it: `_step` is empty or form, check, write."""
        if request.method == "GET":
            return redirect(self.base_url())
        selection = self.chosen("write")
        if not isinstance(selection, Selection):
            return selection
        fields = bulk_fields(self.entity, self.shower())
        step = request.form.get("_step", "")
        if not step:
            return self._bulk_form(selection, fields, Wish({}, Posted(), {}, []))
        wish = self._bulk_wish(fields)
        if step not in ("check", "write"):
            return self._bulk_form(selection, fields, wish)
        if wish.problems:
            return self._bulk_form(selection, fields, wish), 422
        present = look(self.session, self.entity, selection.ids, fields)
        if step == "check" or not same(stamp(present.versions), request.form.get("_seen", "")):
            return self._bulk_check(selection, fields, wish, present), 200 if step == "check" else 409
        return self._bulk_change(selection, fields, wish)

    def _bulk_wish(self, fields: Sequence[Field]) -> Wish:
        modes = {f.name: request.form.get(f"{f.name}__mode", LEAVE) for f in fields}
        modes = {name: mode if mode in MODES else LEAVE for name, mode in modes.items()}
        wanted = [f for f in fields if modes[f.name] == SET]
        posted = read_post(self.session, request.form, wanted, None)
        problems = list(posted.problems)
        values: dict[str, Any] = {}
        for f in fields:
            if modes[f.name] == CLEAR and not clearable(f):
                problems.append(Problem(f.name, _("This field is required; it cannot be cleared.")))
            elif modes[f.name] == CLEAR:
                values[f.name] = None
            elif modes[f.name] == SET and posted.values.get(f.name) is not None:
                values[f.name] = posted.values[f.name]
            elif modes[f.name] == SET and all(p.field != f.name for p in problems):
                text = _("Enter the new value, or choose “Clear”.") if clearable(f) else _("Enter the new value.")
                problems.append(Problem(f.name, text))
        problems += value_problems(self.session, self.entity, values, self.actor())
        if all(mode == LEAVE for mode in modes.values()):
            problems.append(Problem(None, _("Nothing is to be changed yet: choose “Set to” or “Clear” for at least one field.")))
        return Wish(modes, posted, values, problems)

    def _bulk_form(self, selection: Selection, fields: Sequence[Field], wish: Wish) -> str:
        base = self.base_url()
        present = look(self.session, self.entity, selection.ids, fields)
        sections = form_sections(
            self.session,
            self.entity,
            fields,
            present,
            self.shower(),
            lambda f: f"{base}choices?field={f.name}",
            wish.posted,
            wish.modes,
            wish.problems,
        )
        screen = BulkScreen(
            title=_("Change %(n)s: %(what)s", n=f"{len(selection.ids):,}", what=str(self.entity.plural)),
            count=len(selection.ids),
            titles=self._bulk_titles(selection.ids),
            sections=sections,
            problems=tuple(str(p.message) for p in wish.problems if p.field is None),
            hidden=(*selection.hidden, ("_seen", request.form.get("_seen") or stamp(present.versions))),
            urls={"action": base + "bulk-edit", "cancel": selection.back or base + selection.address},
            notes=self.ignored_note(selection),
        )
        return self.render_template("portal/bulk_edit.html", screen=screen, crumbs=self._bulk_crumbs(selection))

    def _bulk_check(
        self, selection: Selection, fields: Sequence[Field], wish: Wish, present: Present, outcome: Outcome | None = None
    ) -> str:
        base, shower = self.base_url(), self.shower()
        changes = present.changing(wish.values)
        now, seen = stamp(present.versions), request.form.get("_seen", "")
        notes = self.ignored_note(selection)
        if seen and not same(now, seen):
            notes += (self._changed_meanwhile(selection.ids, seen),)
        screen = CheckScreen(
            title=_("Change %(n)s: %(what)s", n=f"{changes or len(selection.ids):,}", what=str(self.entity.plural)),
            count=len(selection.ids),
            changes=outcome.changed if outcome is not None else changes,
            items=change_views(self.session, fields, wish.values, present, shower),
            hidden=(*selection.hidden, ("_seen", now), *_typed(fields, wish)),
            urls={"action": base + "bulk-edit", "cancel": selection.back or base + selection.address},
            notes=notes,
            refused=outcome.refused if outcome is not None else 0,
            refusals=outcome.refusals if outcome is not None else (),
            record_urls={r.id: record_url(self.entity, r.id) for r in outcome.refusals} if outcome is not None else None,
        )
        return self.render_template("portal/bulk_check.html", screen=screen, crumbs=self._bulk_crumbs(selection))

    def _bulk_change(self, selection: Selection, fields: Sequence[Field], wish: Wish) -> Response | tuple[str, int]:
        partly = request.form.get("_partial") == "1"
        try:
            outcome = change_all(self.session, self.entity, selection.ids, wish.values, self.actor())
        except Stale:
            outcome = None
        if outcome is None or (outcome.refused and not partly):
            self.session.rollback()
            present = look(self.session, self.entity, selection.ids, fields)
            return self._bulk_check(selection, fields, wish, present, outcome), 409 if outcome is None else 422
        message = escape(_("%(n)s records changed.", n=f"{outcome.changed:,}"))
        if outcome.refused:
            message += " " + _("%(n)s were left as they were.", n=f"{outcome.refused:,}")
        self.session.commit()
        flash(with_undo(Markup(message), outcome.undo), "success")
        return redirect((selection.back or self.base_url() + selection.address) + DONE)

    def _bulk_titles(self, ids: Sequence[int]) -> tuple[str, ...]:
        model = self.entity.model
        found = {r.id: str(r) for r in self.session.scalars(sa.select(model).where(model.id.in_(ids[:NAMED])))}
        return tuple(found[i] for i in ids[:NAMED] if i in found)

    def _changed_meanwhile(self, ids: Sequence[int], seen: str) -> str:
        """What happened to the chosen records since the user was shown them."""
        model = self.entity.model
        before, _sep, rest = seen.partition("-")
        when = rest.rpartition("-")[2]
        text = _("Meanwhile these records were changed; the numbers below are those of now.")
        if before.isdigit() and int(before) != len(ids):
            text = _("Meanwhile it is %(now)s records instead of %(before)s.", now=f"{len(ids):,}", before=f"{int(before):,}")
        if not issubclass(model, Journaled) or not when.isdigit() or len(when) > 10:
            return text
        since = datetime.fromtimestamp(int(when), UTC)
        query = sa.select(model).where(model.id.in_(listed(ids)), model.updated_at >= since).order_by(model.updated_at.desc(), model.id)
        changed = self.session.scalars(query.limit(NAMED)).all()
        names = names_of(self.session, (r.updated_by_id for r in changed))
        words = [
            _(
                "%(record)s (%(who)s, %(when)s)",
                record=str(r),
                who=names.get(r.updated_by_id or 0, _("the system")),
                when=text_of(fields_of(model)["updated_at"], r.updated_at),
            )
            for r in changed
        ]
        return f"{text} {_('Changed last: %(records)s', records=_('; ').join(words))}" if words else text

    def _bulk_crumbs(self, selection: Selection) -> list[tuple[str, str]]:
        crumbs = self.crumbs((_("Change several"), ""))
        return [(label, url + selection.address if url == self.base_url() else url) for label, url in crumbs]


def _typed(fields: Sequence[Field], wish: Wish) -> list[tuple[str, str]]:
    """The form as it was filled in, to be sent again."""
    own = {f"{f.name}{suffix}" for f in fields if wish.modes[f.name] != LEAVE for suffix in ("", "__text", "__present", "__mode")}
    return [(name, value) for name, value in request.form.items(multi=True) if name in own]
