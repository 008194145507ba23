"""Export over the web: at once by the menu of a list, or on a page that asks for columns, titles and kind of file and keeps templates."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
from flask import Response, abort, flash, redirect, request, send_file
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError
from werkzeug.datastructures import MultiDict

from app.database import reading
from app.entity.conditions import BadCondition
from app.entity.export_screen import (
    SELECTION,
    ExportScreen,
    TemplateTab,
    columns_of,
    form_of,
    kinds_of,
    read_wanted,
    sharing_options,
    state_and_selection,
)
from app.entity.list_pages import moved
from app.entity.list_place import Place
from app.entity.list_settings import may_share, trouble_of, writer_of
from app.entity.list_state import Pairs, Writer
from app.entity.screens import DeleteScreen
from app.entity.selection import TooMany, read_selection
from app.entity.sharing import MOST_OWN, TEMPLATES, name_error, too_many
from app.entity.view_form import ViewForm, read_form, sharing_error
from app.exporting.formats import FORMATS, LISTED
from app.exporting.job import KIND
from app.exporting.table import ExportError
from app.exporting.templates import Template, keep, load_templates
from app.exporting.wanted import Asked, Wanted, every_column
from app.exporting.writing import at_once, file_name, found_by, words_of, write
from app.jobs.start import start
from models.platform.exports import ExportTemplate
from models.platform.list_views import Audience

_ID = "<int(max=2147483647):template_id>"
_IN_MEMORY = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Here:
    """Where an export was asked for: the list's place, its addresses, the selection as hidden inputs."""

    place: Place
    writer: Writer
    ids: tuple[int, ...] | None
    which: Pairs
    notes: tuple[str, ...] = ()

    @property
    def hidden(self) -> Pairs:
        return (*self.writer.pairs(self.place.key, self.place.state), *self.which)

    @property
    def list_url(self) -> str:
        return self.place.address(self.writer)


class ExportPages:
    """The export addresses of EntityView."""

    @expose("/export.<any(xlsx, csv, ods, pdf, txt, json, xml, xsd):kind>")
    @has_access
    @permission_name("export")
    def export_file(self, kind: str) -> Response:
        """The records of the list's address as a file, with the columns it shows, with `columns=all` every field, with `template=12` as
        that template says. More than are written at once lead to the page, where a job is begun."""
        found = self._export_here(request.args)
        if not isinstance(found, _Here):
            return found
        asked = self._asked(found, request.args, kind)
        if isinstance(asked, Asked) and self._takes_long(asked):
            flash(_("So many records are not handed over at once. Press “Export”: the file is written in the background."), "warning")
            return redirect(f"{self.base_url()}export{found.writer.query(found.place.key, found.place.state)}")
        return asked if not isinstance(asked, Asked) else self._file(found, asked)

    @expose("/export", methods=("GET", "POST"))
    @has_access
    @permission_name("export")
    def export(self) -> Response | str | tuple[str, int]:
        """The page; or, when a menu sent a kind of file or a template, the file itself."""
        values = request.values
        found = self._export_here(values)
        if not isinstance(found, _Here):
            return found
        act = request.form.get("act", "")
        if "row" not in values and act != "page" and ("kind" in request.form or "template" in request.form):
            asked = self._asked(found, values)
            return asked if not isinstance(asked, Asked) else self._deliver(found, asked)
        template = self._template(values)
        before = template.wanted if template is not None else Wanted()
        if "row" not in values:
            kind = values.get("kind", "")
            return self._export_page(found, replace(before, kind=kind if kind in FORMATS else before.kind), template, ())
        wanted = read_wanted(self.entity, request.form, before, found.place.state)
        if act in ("file", "schema"):
            if not wanted.columns:
                self.session.rollback()
                return self._export_page(found, wanted, template, values.getlist("row"), {"columns": _("Choose at least one column.")}), 422
            wanted = replace(wanted, kind="xsd") if act == "schema" else wanted
            name = template.name if template is not None else _view_name(found)
            return self._deliver(found, Asked(self.entity, wanted, found.place.state, found.ids, name))
        if act in ("save", "save-new"):
            return self._save_template(found, wanted, template if act == "save" else None, template)
        return self._rearranged(found, wanted, template, act)

    @expose("/export-menu")
    @has_access
    @permission_name("export")
    def export_menu(self) -> Response | str:
        """What the list's menu offers: kinds of file and templates. `chosen=1`: for the records that are marked."""
        found = self._export_here(request.args)
        if not isinstance(found, _Here):
            return found
        query = found.writer.query(found.place.key, found.place.state)
        if not request.args.get("part"):
            return redirect(f"{self.base_url()}export{query}")
        return self.render_template(
            "portal/export_menu.html",
            kinds=LISTED,
            tabs=self._tabs(found, None),
            hidden=found.hidden,
            chosen="chosen" in request.args,
            urls=self._menu_urls(query),
        )

    @expose(f"/export/{_ID}/delete", methods=("GET", "POST"))
    @has_access
    @permission_name("export")
    def delete_template(self, template_id: int) -> Response | str:
        """Ask, then delete a template of one's own."""
        template = next(iter(load_templates(self.session, self.entity, self.actor(), template_id)), None) or abort(404)
        if not template.mine:
            abort(403)
        base = self.base_url()
        if request.method == "POST" and request.form.get("confirm") == "1":
            self.session.execute(sa.delete(ExportTemplate).where(ExportTemplate.id == template_id))
            self.session.commit()
            flash(_("Deleted: %(title)s", title=template.name), "success")
            return redirect(f"{base}export")
        shared = {Audience.ROLES: _("It is shared with certain roles, who lose it too."), Audience.ALL: _("Everybody loses it.")}
        cancel = f"{base}export?template={template_id}"
        screen = DeleteScreen(
            name="export-templates",
            title=_("Delete the template: %(name)s", name=template.name),
            count=1,
            uses=(),
            urls={"action": f"{base}export/{template_id}/delete", "cancel": cancel},
            titles=tuple(t for t in (_("Files that were made by it stay."), shared.get(template.audience, "")) if t),
        )
        return self.render_template("portal/delete.html", screen=screen, crumbs=self.crumbs((_("Export"), cancel), (_("Delete"), "")))

    def _export_here(self, values: MultiDict[str, str]) -> _Here | Response:
        """Where the list is, and which records are meant; the way back with the reason where that is not understood."""
        entity, actor, data = self.entity, self.actor(), state_and_selection(values)
        try:
            settings, place, _query = self.placed(data)
            marked = request.method == "POST" and "chosen" in request.args  # perhaps none, which must not mean all
            if not marked and not any(name in data for name in SELECTION):
                return _Here(place, writer_of(self.base_url(), settings, entity, actor), None, ())
            selection = read_selection(self.session, entity, actor, data, "export")
        except BadCondition as error:
            flash(_("Nothing was exported; a condition was not understood: %(reason)s", reason=error), "danger")
            return redirect(self.base_url())
        except TooMany as error:
            flash(str(error), "warning")
            return redirect(self.base_url())
        if not selection.ids:
            if selection.asked:
                abort(404)
            flash(_("Nothing was chosen; mark the records in the list first."), "warning")
            return redirect(self.base_url() + selection.address)
        writer = writer_of(self.base_url(), settings, entity, actor)
        which = tuple(pair for pair in selection.hidden if pair[0] in SELECTION)
        return _Here(place, writer, selection.ids, which, self.ignored_note(selection))

    def _template(self, values: MultiDict[str, str]) -> Template | None:
        """The template that is named; 404 for one that is not on offer."""
        number = values.get("template", "")
        if not number:
            return None
        found = load_templates(self.session, self.entity, self.actor(), int(number)) if number.isdecimal() and len(number) < 10 else []
        return found[0] if found else abort(404)

    def _asked(self, here: _Here, values: MultiDict[str, str], kind: str = "") -> Asked | Response:
        """What a menu or an address asks for."""
        template = self._template(values)
        wanted = template.wanted if template is not None else Wanted()
        if template is not None and template.trouble:
            flash(_("The template cannot be used: %(reason)s", reason=template.trouble), "warning")
            return redirect(here.list_url)
        if values.get("columns") == "all":
            wanted = every_column(wanted, self.entity)
        kind = kind or values.get("kind", "")
        if kind in FORMATS:
            wanted = replace(wanted, kind=kind)
        name = template.name if template is not None else _view_name(here)
        return Asked(self.entity, wanted, here.place.state, here.ids, name)

    def _takes_long(self, asked: Asked) -> bool:
        form = FORMATS[asked.wanted.kind]
        most = at_once(form)
        return form.rows and found_by(self.session, asked, self.actor(), most) > most

    def _deliver(self, here: _Here, asked: Asked) -> Response:
        """The file, or, where it takes long, a job that writes it."""
        try:
            long = self._takes_long(asked)
        except BadCondition as error:
            return self._refused(here, str(error))
        if not long:
            return self._file(here, asked)
        start(self.session, KIND, asked.as_json(), _("Export: %(title)s", title=asked.title), self.actor(), here.list_url)
        self.session.commit()
        flash(_("The file is being written in the background; you are told when it is ready, on whatever page you are."), "success")
        return redirect(here.list_url)

    def _file(self, here: _Here, asked: Asked) -> Response:
        # Nothing is written: on SQLite the lock that every form takes is given back, so that others can save meanwhile.
        self.session.rollback()
        # Written to a file first: a workbook is only whole at its end, and an error halfway must not look like a download.
        target = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  closed with the response
        try:
            with reading():
                write(self.session, asked, self.actor(), target)
                name = file_name(self.session, asked, self.actor())
        except (ExportError, BadCondition) as error:
            target.close()
            return self._refused(here, str(error))
        except BaseException:
            target.close()
            raise
        target.seek(0)
        return send_file(target, mimetype=FORMATS[asked.wanted.kind].media, as_attachment=True, download_name=name)

    def _refused(self, here: _Here, why: str) -> Response:
        self.session.rollback()
        flash(_("Nothing was exported: %(reason)s", reason=why), "warning")
        return redirect(here.list_url)

    def _rearranged(self, here: _Here, wanted: Wanted, template: Template | None, act: str) -> str:
        """The page again after a button that only arranges it."""
        form = request.form
        order: Sequence[str] = form.getlist("row")
        step = form.get("up") or form.get("down")
        if step:
            order = moved(order, step, -1 if form.get("up") else 1, pinned=0)
            wanted = replace(wanted, columns=tuple(n for n in order if n in wanted.columns))
        elif act == "shown":
            wanted, order = replace(wanted, columns=()), ()
        elif act == "every":
            wanted, order = every_column(wanted, self.entity), ()
        return self._export_page(here, wanted, template, order)

    def _save_template(self, here: _Here, wanted: Wanted, saved: Template | None, shown: Template | None) -> Response | tuple[str, int]:
        """Keep what stands in the form as a template: as the one of one's own that is open, or as a new one."""
        session, entity, actor = self.session, self.entity, self.actor()
        saved = saved if saved is not None and saved.mine else None
        form = read_form(request.form, form_of(session, saved), may_share(actor))
        errors = self._template_errors(form, saved)
        if not wanted.columns:
            errors["columns"] = _("Choose at least one column.")
        if not errors and saved is None and too_many(session, TEMPLATES, entity.name, actor.user_id):
            errors = {"name": _("You have %(n)s templates of this list; delete one that you do not use.", n=MOST_OWN)}
        if not errors and wanted.fixed and (trouble := trouble_of(entity, actor, wanted.filters)[0]):
            errors = {"name": trouble}
        if not errors:
            own_id = saved.id if saved is not None else None
            try:
                template = keep(session, entity, actor.user_id, form.name, wanted, form.audience, form.roles, own_id)
                session.commit()
            except IntegrityError:
                session.rollback()
                errors = self._template_errors(form, saved) or {"name": _("Save again.")}
            else:
                flash(_("Template saved: %(name)s", name=form.name), "success")
                # A selection is not carried over: it stands in no address.
                query = here.writer.query(here.place.key, here.place.state)
                return redirect(f"{self.base_url()}export{query}{'&' if query else '?'}template={template.id}")
        session.rollback()
        return self._export_page(here, wanted, shown, request.form.getlist("row"), errors, form), 422

    def _template_errors(self, form: ViewForm, template: Template | None) -> dict[str, str]:
        own_id = template.id if template is not None else None
        wrong = {
            "name": name_error(self.session, TEMPLATES, form.name, self.entity.name, self.actor().user_id, own_id),
            "roles": sharing_error(self.session, form) if may_share(self.actor()) else "",
        }
        return {name: text for name, text in wrong.items() if text}

    def _menu_urls(self, query: str) -> dict[str, str]:
        base, may = self.base_url(), self.actor().verbs(self.entity.module)
        urls = {"action": f"{base}export", "page": f"{base}export{query}"}
        if "import" in may and "write" in may:
            urls["template"] = f"{base}template"
        return urls

    def _tabs(self, here: _Here, current: Template | None) -> tuple[TemplateTab, ...]:
        query = here.writer.query(here.place.key, here.place.state)
        found = []
        for t in load_templates(self.session, self.entity, self.actor()):
            shared = "" if t.mine and t.audience is Audience.PRIVATE else str(t.audience.label)
            if not t.mine:
                shared = _("Shared by %(name)s", name=t.owner_name or _("a deleted account"))
            url = f"{self.base_url()}export{query}{'&' if query else '?'}template={t.id}"
            found.append(TemplateTab(t.id, t.name, t.wanted.kind, url, current is not None and current.id == t.id, shared, t.trouble))
        return tuple(found)

    def _export_page(
        self,
        here: _Here,
        wanted: Wanted,
        template: Template | None,
        order: Sequence[str],
        errors: Mapping[str, str] | None = None,
        form: ViewForm | None = None,
    ) -> str:
        entity, actor, session = self.entity, self.actor(), self.session
        form = form or form_of(session, template)
        asked = Asked(entity, wanted, here.place.state, here.ids)
        most = at_once(FORMATS[wanted.kind])
        notes = list(here.notes)
        try:
            n = found_by(session, asked, actor, 20_000)
            about = words_of(session, asked.query(actor), actor, asked)
        except BadCondition as error:
            n, about = 0, ()
            notes.append(_("The template cannot be used: %(reason)s", reason=error))
        names = asked.columns(actor)
        if template is not None and template.left_out:
            notes.append(_("%(n)s columns are left out: they no longer exist, or you may not see them.", n=template.left_out))
        if errors and errors.get("columns"):
            names = ()
        urls = {"action": f"{self.base_url()}export", "cancel": here.list_url}
        urls["new"] = f"{self.base_url()}export{here.writer.query(here.place.key, here.place.state)}"
        if template is not None and template.mine:
            urls["delete"] = f"{self.base_url()}export/{template.id}/delete"
        audiences, roles = sharing_options(session, form, template, actor)
        screen = ExportScreen(
            title=str(entity.plural),
            columns=columns_of(entity, actor, names, order, wanted),
            kinds=kinds_of(wanted.kind),
            hidden=here.hidden,
            count=f"{n:,}" if n <= 20_000 or here.ids is not None else "20,000+",
            job=n > most,
            about=about,
            chosen=here.ids is not None,
            wanted=wanted,
            tabs=self._tabs(here, template),
            template=template,
            form=form,
            audiences=audiences,
            roles=roles,
            urls=urls,
            notes=tuple(notes),
            errors=errors or {},
        )
        return self.render_template("portal/export.html", screen=screen, crumbs=self.crumbs((_("Export"), "")))


def _view_name(here: _Here) -> str:
    """The open view names the file, as long as the list is as it says."""
    place = here.place
    return place.view.name if place.view is not None and not place.changed and here.ids is None else ""
