"""Remembered mappings: kept under a name, taken, shared, given away as a file and taken in from one (row 1.10)."""

from __future__ import annotations

import json
from urllib.parse import quote

import sqlalchemy as sa
from flask import Response, abort, flash, redirect, request
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _

from app.entity import import_files as uploads
from app.entity import import_recipes as recipes
from app.entity.file_kinds import SheetError
from app.entity.import_door import ID, ImportDoor, centre_url
from app.entity.import_match_whole import may_share
from app.entity.import_pages import mappings_screen
from app.entity.recipe_files import recipe_as_json, recipe_from_json
from app.entity.screens import DeleteScreen
from app.entity.view_form import ViewForm, audience_options, read_form, role_options, sharing_error
from app.security.guards import signed_in
from models.platform.imports import ImportBatch, ImportMapping, ImportState, import_mapping_role

Page = Response | str | tuple[str, int]
_MAPPING = "<int(max=2147483647):mapping_id>"
_MOST_BYTES = 1_000_000


class MappingPages(ImportDoor):
    """Of ImportCentre."""

    def _open_batch(self, batch_id: int) -> ImportBatch:
        batch = self.batch(batch_id)
        if batch.state in (ImportState.WRITTEN, ImportState.UNDONE):
            abort(409)
        return batch

    def _mapping(self, mapping_id: int, change: bool) -> ImportMapping:
        """A mapping that is on offer, to be changed only by whoever may: otherwise 404."""
        actor = self.actor()
        mapping = recipes.mapping_for(self.session, actor, self.registry, mapping_id)
        if mapping is None and actor.almighty:
            mapping = self.session.get(ImportMapping, mapping_id)
        if mapping is None or (change and not recipes.may_change(mapping, actor)):
            abort(404)
        return mapping

    @expose(f"/{ID}/mapping", methods=("POST",))
    @signed_in
    def save_mapping(self, batch_id: int) -> Response:
        """Keep how this file is read under a name, with whom it is shared; or (`_do=take`) read it as a file says that was uploaded."""
        actor = self.actor()
        try:
            if request.form.get("_do") == "take":
                batch = self._open_batch(batch_id)
                parts = recipe_from_json(_uploaded_json(), uploads.file_of(batch), self.registry, actor)
                for part in parts:
                    self.check(part)
                recipes.take_in(batch, parts, self.registry, actor)
                batch.result = None
                told = _("The file is read as the mapping says.")
            else:
                batch = self.batch(batch_id)
                mapping = recipes.remember(self.session, actor, batch, request.form.get("name", ""))
                form = read_form(request.form, ViewForm(audience=mapping.audience), may_share(actor))
                wrong = sharing_error(self.session, form)
                if wrong:
                    raise SheetError(wrong)
                recipes.share(self.session, mapping, form.audience, form.roles)
                told = _("Mapping saved: %(name)s", name=mapping.name)
            self.session.commit()
        except SheetError as error:
            self.session.rollback()
            flash(str(error), "danger")
        else:
            flash(told, "success")
        return redirect(centre_url(f"{batch_id}/map"))

    @expose(f"/{ID}/mapping.json")
    @signed_in
    def mapping_file(self, batch_id: int) -> Response:
        """The mapping as a file: columns by their headers, to be edited by hand or used elsewhere."""
        batch = self.batch(batch_id, change=False)
        try:
            data = recipe_as_json(uploads.file_of(batch), uploads.parts_of(batch), self.registry, self.actor(), batch.file_name)
        except SheetError as error:
            flash(str(error), "danger")
            return redirect(centre_url(f"{batch_id}/map"))
        response = Response(json.dumps(data, ensure_ascii=False, indent=1) + "\n", mimetype="application/json")
        name = quote(_("%(file)s - mapping.json", file=batch.file_name.rpartition(".")[0]))
        response.headers["Content-Disposition"] = f"attachment; filename=\"mapping.json\"; filename*=UTF-8''{name}"
        return response

    @expose(f"/{ID}/use/{_MAPPING}", methods=("POST",))
    @signed_in
    def use_mapping(self, batch_id: int, mapping_id: int) -> Response:
        """Read this file as a remembered mapping says, and try it at once when asked."""
        batch = self._open_batch(batch_id)
        mapping = self._mapping(mapping_id, change=False)
        try:
            recipes.use(self.session, self.actor(), self.registry, batch, mapping)
            batch.result = None
            self.session.commit()
        except SheetError as error:
            self.session.rollback()
            flash(_("The mapping does not fit this file: %(reason)s", reason=error), "danger")
            return redirect(centre_url(f"{batch_id}/map"))
        if request.form.get("_do") == "try":
            return redirect(centre_url(f"{batch_id}/try"), 307)
        return redirect(centre_url(f"{batch_id}/map"))

    @expose("/mappings")
    @signed_in
    def mappings(self) -> str:
        """Every mapping that one may use."""
        screen = mappings_screen(self.session, self.registry, self.actor())
        return self.render_template("portal/import_mappings.html", screen=screen, crumbs=self.crumbs((_("Mappings"), "")))

    @expose(f"/mappings/{_MAPPING}", methods=("GET", "POST"))
    @signed_in
    def mapping(self, mapping_id: int) -> Page:
        """Rename a mapping and say who has it; its owner's to do."""
        mapping = self._mapping(mapping_id, change=True)
        actor = self.actor()
        roles = tuple(
            self.session.scalars(
                import_mapping_role.select()
                .with_only_columns(import_mapping_role.c.role_id)
                .where(import_mapping_role.c.mapping_id == mapping_id)
            )
        )
        form, errors = ViewForm(mapping.name, mapping.audience, roles), {}
        if request.method == "POST":
            form = read_form(request.form, form, may_share(actor))
            wrong = {"name": self._name_error(form.name, mapping), "roles": sharing_error(self.session, form)}
            errors = {name: text for name, text in wrong.items() if text}
            if not errors:
                mapping.name = form.name
                recipes.share(self.session, mapping, form.audience, form.roles)
                self.session.commit()
                flash(_("Mapping saved: %(name)s", name=form.name), "success")
                return redirect(centre_url("mappings"))
        screen = {
            "form": form,
            "errors": errors,
            "audiences": audience_options(form.audience, mapping.audience, may_share(actor)),
            "roles": role_options(self.session, form.roles) if may_share(actor) else (),
            "urls": {
                "action": centre_url(f"mappings/{mapping_id}"),
                "cancel": centre_url("mappings"),
                "delete": centre_url(f"mappings/{mapping_id}/delete"),
            },
        }
        self.session.rollback()
        page = self.render_template(
            "portal/import_mapping.html", screen=screen, crumbs=self.crumbs((_("Mappings"), centre_url("mappings")), (form.name, ""))
        )
        return (page, 422) if errors else page

    def _name_error(self, name: str, mapping: ImportMapping) -> str:
        """What is wrong with the name of a mapping ('' = nothing)."""
        if not name or len(name) > recipes.LONGEST_NAME or not name.isprintable():
            return _(
                "The mapping needs a name of at most %(most)d characters, such as “Rooms from the old system”.", most=recipes.LONGEST_NAME
            )
        same = sa.select(ImportMapping.id).where(ImportMapping.owner_id == mapping.owner_id, ImportMapping.name == name)
        taken = self.session.scalar(same.where(ImportMapping.id != mapping.id))
        return _("There is already a mapping “%(name)s”.", name=name) if taken is not None else ""

    @expose(f"/mappings/{_MAPPING}/delete", methods=("GET", "POST"))
    @signed_in
    def forget_mapping(self, mapping_id: int) -> Page:
        """Ask, then delete a mapping."""
        mapping = self._mapping(mapping_id, change=True)
        if request.method == "POST" and request.form.get("confirm") == "1":
            name = mapping.name
            recipes.forget(self.session, mapping)
            self.session.commit()
            flash(_("Deleted: %(title)s", title=name), "success")
            return redirect(centre_url("mappings"))
        screen = DeleteScreen(
            name="mappings",
            title=_("Delete the mapping: %(name)s", name=mapping.name),
            count=1,
            uses=(),
            urls={"action": centre_url(f"mappings/{mapping_id}/delete"), "cancel": centre_url("mappings")},
            titles=(_("What was imported with it stays."),),
        )
        return self.render_template(
            "portal/delete.html", screen=screen, crumbs=self.crumbs((_("Mappings"), centre_url("mappings")), (_("Delete"), ""))
        )


def _uploaded_json() -> object:
    upload = request.files.get("mapping")
    raw = upload.read(_MOST_BYTES + 1) if upload is not None else b""
    if not raw:
        raise SheetError(_("Choose a file."))
    try:
        return json.loads(raw[:_MOST_BYTES])
    except ValueError as error:
        raise SheetError(_("This is no mapping: the file is not JSON.")) from error
