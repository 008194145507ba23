"""Deleting one record or several: asked first, and refused with a list of what still uses them."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from flask import Response, abort, flash, redirect, request
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from app.entity.datamodel import Stale, remove
from app.entity.door import list_url, record_url
from app.entity.fields import fields_of
from app.entity.record_keys import listed
from app.entity.screens import DeleteScreen, Use
from app.entity.search import visible
from app.entity.selection import DONE, Selection, same, stamp, versions_of
from app.entity.uses import UseFound, uses_of
from app.extension import portal

NAMED = 20
"""So many records are named in the question."""


class DeletePages:
    """The delete pages of EntityView."""

    @expose("/<int(max=2147483647):record_id>/delete", methods=("GET", "POST"))
    @has_access
    @permission_name("delete")
    def delete(self, record_id: int) -> Response | str | tuple[str, int]:
        """Ask, then delete one record."""
        self.load(record_id, "delete")
        return self._delete([record_id], record_url(self.entity, record_id))

    @expose("/delete", methods=("POST",))
    @has_access
    @permission_name("delete")
    def delete_selected(self) -> Response | str | tuple[str, int]:
        """Ask, then delete the chosen records of a list: all of them or none."""
        selection = self.chosen("delete")
        if not isinstance(selection, Selection):
            return selection
        return self._delete(selection.ids, self.base_url() + selection.address, selection)

    def _delete(self, ids: Sequence[int], cancel: str, selection: Selection | None = None) -> Response | str | tuple[str, int]:
        model, session = self.entity.model, self.session
        uses = uses_of(session, model, ids, self.actor())
        confirmed = request.method == "POST" and request.form.get("confirmed") == "1"
        meanwhile = confirmed and selection is not None and self._differs(selection)
        if uses or meanwhile or not confirmed:
            return self._question(ids, uses, cancel, selection, meanwhile), 409 if meanwhile or (uses and request.method == "POST") else 200
        records = session.scalars(sa.select(model).where(model.id.in_(listed(ids)), *visible(self.entity, self.actor(), "delete"))).all()
        title = str(records[0]) if len(records) == 1 else ""
        try:
            remove(session, self.entity, records, self.actor())
            session.commit()
        except (IntegrityError, Stale) as error:
            # Somebody began to use or changed a record since we looked.
            session.rollback()
            return self._question(ids, uses_of(session, model, ids, self.actor()), cancel, selection, isinstance(error, Stale)), 409
        flash(_("Deleted: %(title)s", title=title) if title else _("%(n)s records deleted.", n=f"{len(ids):,}"), "success")
        return redirect(self.base_url() + selection.address + DONE if selection is not None else self.base_url())

    def _differs(self, selection: Selection) -> bool:
        """Whether these are no longer the records that the user was asked about. One who was never asked has named them himself."""
        seen = request.form.get("_seen", "")
        if not seen and not selection.whole:
            return False
        return not same(seen, stamp(versions_of(self.session, self.entity.model, selection.ids)))

    def _question(
        self, ids: Sequence[int], uses: Sequence[UseFound], cancel: str, selection: Selection | None, meanwhile: bool = False
    ) -> str:
        model = self.entity.model
        where = model.id.in_(ids[:NAMED]), *visible(self.entity, self.actor(), "delete")
        found = {r.id: r for r in self.session.scalars(sa.select(model).where(*where))}
        first = [found[i] for i in ids[:NAMED] if i in found] or abort(404)
        many, base = len(ids) > 1, self.base_url()
        title = str(self.entity.plural) if many else str(first[0])
        hidden: list[tuple[str, str]] = [("confirmed", "1")]
        notes: tuple[str, ...] = ()
        if selection is not None:
            hidden += [*selection.hidden, ("_seen", stamp(versions_of(self.session, model, ids)))]
            notes = self.ignored_note(selection)
        if meanwhile:
            notes += (_("Meanwhile these records were changed, or they are not the same any more. Look again before you delete them."),)
        screen = DeleteScreen(
            name=self.entity.name,
            title=_("Delete %(n)s records", n=f"{len(ids):,}") if many else title,
            count=len(ids),
            uses=self._uses(uses, ids),
            retire_url=f"{base}{ids[0]}/edit" if uses and not many and hasattr(first[0], "retired_on") else "",
            urls={"action": f"{base}delete" if selection is not None else f"{cancel}/delete", "cancel": cancel},
            titles=tuple(str(r) for r in first) if many else (),
            hidden=tuple(hidden),
        )
        crumbs = self.crumbs((title, cancel if not many else ""), (_("Delete"), ""))
        return self.render_template("portal/delete.html", screen=screen, notes=notes, crumbs=crumbs)

    def _uses(self, uses: Sequence[UseFound], ids: Sequence[int]) -> tuple[Use, ...]:
        """The uses in words; of those that the user does not see he is told only that there are some."""
        unseen = (Use(_("Records that you do not see"), None, ""),) if any(u.unseen for u in uses) else ()
        return (*(self._use(u, ids) for u in uses if u.count), *unseen)

    def _use(self, use: UseFound, ids: Sequence[int]) -> Use:
        entity = portal().registry.of_model(use.model)
        if entity is None:
            return Use(str(use.label), use.count, "")
        if self.shower().hides(fields_of(use.model)[use.relation]):
            return Use(_("Records that are hidden from you"), use.count, "")
        label = _("%(what)s (%(role)s)", what=str(entity.plural), role=str(use.label))
        base = list_url(entity)
        url = f"{base}?f={use.relation}:in:{'|'.join(map(str, ids[:100]))}"
        return Use(label, use.count, url, tuple((name, f"{base}{record_id}") for record_id, name in use.examples))
