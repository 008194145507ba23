"""Deleting one record or several: asked first, and refused with a list of what still uses them."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from flask import Response, abort, flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from app.entity.datamodel import Stale, remove
from app.entity.screens import DeleteScreen, Use
from app.entity.search import visible
from app.entity.uses import UseFound, uses_of
from app.entity.values import record_number
from app.extension import portal
from models.base import Base


class DeletePages:
    """The delete pages of EntityView."""

    @expose("/<int(max=2147483647):record_id>/delete", methods=("GET", "POST"))
    @has_access
    @permission_name("delete")
    def delete(self, record_id: int) -> Response | str | tuple[str, int]:
        """Ask, then delete one record."""
        record = self.load(record_id)
        return self._delete([record], url_for(f"{self.entity.name}.show", record_id=record_id))

    @expose("/delete", methods=("POST",))
    @has_access
    @permission_name("delete")
    def delete_selected(self) -> Response | str | tuple[str, int]:
        """Ask, then delete the chosen records of a list: all of them or none."""
        ids = sorted({number for number in map(record_number, request.form.getlist("ids")) if number is not None})
        if not ids:
            flash(_("Nothing was chosen; mark the records to delete first."), "warning")
            return redirect(self.base_url())
        model = self.entity.model
        records = self.session.scalars(sa.select(model).where(model.id.in_(ids), *visible(self.entity, self.actor()))).all()
        if not records:
            abort(404)
        return self._delete(records, self.base_url())

    def _delete(self, records: Sequence[Base], cancel: str) -> Response | str | tuple[str, int]:
        ids = [r.id for r in records]
        title = str(records[0]) if len(records) == 1 else str(self.entity.plural)
        uses = uses_of(self.session, self.entity.model, ids)
        if request.method == "GET" or uses or request.form.get("confirmed") != "1":
            return self._question(records, title, uses, cancel), 409 if uses and request.method == "POST" else 200
        try:
            remove(self.session, self.entity, records, self.actor())
            self.session.commit()
        except (IntegrityError, Stale):
            # Somebody began to use or changed a record since we looked.
            self.session.rollback()
            model = self.entity.model
            records = self.session.scalars(sa.select(model).where(model.id.in_(ids))).all()
            if not records:
                abort(404)
            return self._question(records, title, uses_of(self.session, model, ids), cancel), 409
        one = len(ids) == 1
        flash(_("Deleted: %(title)s", title=title) if one else _("%(n)s records deleted.", n=len(ids)), "success")
        return redirect(self.base_url())

    def _question(self, records: Sequence[Base], title: str, uses: Sequence[UseFound], cancel: str) -> str:
        many = len(records) > 1
        base = self.base_url()
        screen = DeleteScreen(
            name=self.entity.name,
            title=_("Delete %(n)s records", n=len(records)) if many else title,
            count=len(records),
            uses=tuple(self._use(u, records) for u in uses),
            retire_url=f"{cancel}/edit" if uses and not many and hasattr(records[0], "retired_on") else "",
            urls={"action": base + "delete" if many else cancel + "/delete", "cancel": cancel},
            titles=tuple(str(r) for r in records[:20]) if many else (),
            hidden=(("confirmed", "1"), *((("ids", str(r.id)) for r in records) if many else ())),
        )
        return self.render_template(
            "portal/delete.html", screen=screen, crumbs=self.crumbs((title, cancel if not many else ""), (_("Delete"), ""))
        )

    def _use(self, use: UseFound, records: Sequence[Base]) -> Use:
        """A use in words; its records by name only for those who may read them."""
        entity = portal().registry.of_model(use.model)
        if entity is None:
            return Use(str(use.label), use.count, "")
        label = _("%(what)s (%(role)s)", what=str(entity.plural), role=str(use.label))
        if not self.actor().may("read", entity.module):
            return Use(label, use.count, "")
        base = url_for(f"{entity.name}.list")
        url = f"{base}?f={use.relation}:in:{'|'.join(str(r.id) for r in records[:100])}"
        return Use(label, use.count, url, tuple((name, f"{base}{record_id}") for record_id, name in use.examples))
