"""Making a record in a panel beside another form: the add page without its frame, and an answer that says what was made.

The panel's form is the entity's own, saved through the same seam; only what surrounds it differs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Response, jsonify, request

from app.entity.choice_views import name_field
from app.entity.screens import FormScreen
from models.base import Base


class PanelPages:
    """`add?panel=1` of EntityView; stands before EditPages, whose pages it wraps."""

    def _after_save(self, record_id: int, title: str, is_new: bool) -> Response:
        if not _in_panel() or not is_new:
            return super()._after_save(record_id, title, is_new)
        answer = jsonify(id=record_id, text=title)
        answer.status_code = 201
        return answer

    def keep(self, record: Base | None) -> str | None:
        """What is typed in a panel stays in the panel: it is no draft that the add page would offer."""
        return "" if _in_panel() else super().keep(record)

    def _preset(self) -> dict[str, Any]:
        """What was typed into the combobox in vain (`text=赵雪梅`) is what the new record is called."""
        preset = super()._preset()
        typed = request.args.get("text", "").strip()
        if _in_panel() and typed:
            named = name_field(self.entity)
            if named is not None:
                preset.setdefault(named.name, typed)
        return preset

    def render_template(self, template: str, **context: Any) -> str:
        """The same templates, in the panel without topbar, menu and page head."""
        if _in_panel() and isinstance(context.get("screen"), FormScreen):
            context["frame"] = "portal/panel.html"
            # Drafts and checks belong to the page behind; the panel asks before it throws something away.
            screen: FormScreen = context["screen"]
            urls = {name: url for name, url in screen.urls.items() if name not in ("draft", "check", "add")}
            context["screen"] = replace(screen, urls=urls, drafts=(), draft=None, kept="")
        return super().render_template(template, **context)


def _in_panel() -> bool:
    return request.endpoint is not None and request.endpoint.endswith(".add") and request.args.get("panel") == "1"
