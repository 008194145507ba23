"""Step 2 as a whole: the parts as tabs, the one that is open, mappings that can be taken, what else may be added (row 1.10)."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import to_user_timezone
from sqlalchemy.orm import Session

from app.entity import import_recipes as recipes
from app.entity.import_door import MODULE as IMPORTS
from app.entity.import_door import centre_url, importable, title_of
from app.entity.import_guess import propose
from app.entity.import_match_build import Look, matching, readable
from app.entity.import_match_screen import ImportMatch, PartTab, Remembered
from app.entity.import_pages import size_text
from app.entity.new_words import may_add
from app.entity.screens import Option
from app.entity.view_form import audience_options, role_options
from app.registry import OVERSEE
from app.security.accounts import names_of
from app.security.actor import Actor
from models.platform.imports import ImportBatch, ImportMapping
from models.platform.list_views import Audience

SHARE = "share_mappings"


def may_share(actor: Actor) -> bool:
    """Whether mappings may be shared with others."""
    return actor.may(SHARE, IMPORTS)


def match_screen(look: Look, batch: ImportBatch, number: int, edit: str, again: int | None, problems: tuple[str, ...]) -> ImportMatch:
    """The page. number: of the part that is open."""
    parts, actor, session = look.parts, look.actor, look.session
    number = min(max(number, 0), max(len(parts) - 1, 0))
    base = centre_url(f"{batch.id}")
    part = matching(look, number, edit, again, may_add(look.registry, actor)) if parts else None
    offered = recipes.offered(session, actor, look.registry, batch)
    remembered = _remembered(look, batch, recipes.mappings_of(session, actor, look.registry), {m.id for m in offered})
    # What was kept or taken since the file came in is how it is read already.
    earlier = [m.id for m in offered if m.used_at <= batch.created_at]
    fitting = next((m for m in remembered if m.id in earlier[:1]), None)
    reasons = propose(session, look.book, look.registry, actor).reasons if not parts else ()
    return ImportMatch(
        title=_("Import %(what)s", what=title_of(parts, look.registry)) if parts else _("Import a workbook"),
        file_name=batch.file_name,
        file_size=size_text(batch.size),
        rows=batch.row_count,
        tabs=tuple(_tab(look, n, n == number, base, part) for n in range(len(parts))),
        part=replace(part, rows=batch.row_count) if part is not None else None,
        sheets=tuple(Option(name, name) for name in look.book.sheets),
        entities=tuple(Option(e.name, str(e.plural), e.name == batch.entity) for e in importable(look.registry, actor)),
        remembered=tuple(remembered),
        fitting=fitting if not batch.result and len(earlier) == len(offered) else None,
        same=tuple(_same(session, batch, actor)),
        reasons=reasons,
        problems=problems,
        audiences=audience_options(Audience.PRIVATE, Audience.PRIVATE, may_share(actor)),
        roles=role_options(session, ()) if may_share(actor) else (),
        name=next((m.name for m in remembered if m.fits and m.mine), ""),
        urls={
            "self": f"{base}/map",
            "action": f"{base}/map",
            "add": f"{base}/parts",
            "cancel": centre_url(),
            "discard": f"{base}/discard",
            "save": f"{base}/mapping",
            "file": f"{base}/mapping.json",
            "mappings": centre_url("mappings"),
        },
    )


def _tab(look: Look, number: int, current: bool, base: str, part: object) -> PartTab:
    plan, _good, wrong, others = readable(look, look.parts[number])
    fed = len({c for feed in plan.part.feeds or () for c in feed.columns if c >= 0})
    bad = bool(wrong or others or plan.problems)
    return PartTab(
        number, look.label(number), plan.sheet, f"{base}/map?part={number}", current, fed, "red" if bad else "amber" if plan.missing else ""
    )


def _remembered(look: Look, batch: ImportBatch, mappings: list[ImportMapping], fit: set[int]) -> list[Remembered]:
    names = names_of(look.session, (m.owner_id for m in mappings))
    found = []
    for m in mappings[:100]:
        mine = m.owner_id == look.actor.user_id
        when = to_user_timezone(m.used_at).strftime("%Y-%m-%d")
        owner = "" if mine else names.get(m.owner_id or 0, _("a deleted account"))
        about = _("last used %(day)s", day=when) + (f" · {owner}" if owner else "")
        urls = {"use": centre_url(f"{batch.id}/use/{m.id}")}
        if mine or look.actor.almighty:
            urls["edit"] = centre_url(f"mappings/{m.id}")
        found.append(Remembered(m.id, m.name, about, m.id in fit, mine, urls))
    return sorted(found, key=lambda m: not m.fits)


def _same(session: Session, batch: ImportBatch, actor: Actor) -> list[tuple[str, str]]:
    """Earlier imports of the very same file that this user may look at: when and how far, and the address."""
    if not batch.sha256:
        return []
    query = sa.select(ImportBatch).where(ImportBatch.sha256 == batch.sha256, ImportBatch.id != batch.id)
    if not actor.may(OVERSEE, IMPORTS):
        query = query.where(ImportBatch.created_by_id == actor.user_id)
    found = session.scalars(query.order_by(ImportBatch.created_at.desc()).limit(3))
    return [(f"{to_user_timezone(b.created_at):%Y-%m-%d %H:%M}, {b.state.label}", centre_url(str(b.id))) for b in found]
