"""What the list's template is given about views, columns, widths and order; and the addresses of a list screen completed by them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from flask_babel import gettext as _

from app.entity.list_columns import offered, shown, side_by_side, widths_for
from app.entity.list_place import NoView, Place
from app.entity.list_settings import ListSettings, View, writer_of
from app.entity.list_state import ALL, ListState, Writer
from app.entity.screens import Column, ConditionScreen, ListScreen
from app.registry import Entity
from app.security.actor import Actor
from models.platform.list_views import Audience


@dataclass(frozen=True, slots=True)
class ListColumn(Column):
    """A column with what this reader has made of it. place: its turn where the list is sorted by several, from 1; turned: downwards;
    add_url: the order with this column after the others (or turned, where it is one of them); width: in pixels, 0 = as its contents
    ask."""

    place: int = 0
    turned: bool = False
    add_url: str = ""
    width: int = 0


@dataclass(frozen=True, slots=True)
class ViewTab:
    """A view on offer. count: '' = not known yet; shared: by or with whom, '' = one's own and private; trouble: why it cannot be
    opened; start: the list begins with it."""

    key: str
    label: str
    url: str
    current: bool = False
    count: int | str = ""
    shared: str = ""
    trouble: str = ""
    start: bool = False


@dataclass(frozen=True, slots=True)
class ViewsScreen:
    """The row of views above a list. current: the one that is open, None for the whole list; changed: the list differs from it. hidden:
    the state as forms send it. urls: counts (JSON), new, columns, order, widths; of the open view: settings, save (only its owner),
    reset. shown, offered: how many columns; orders: how many columns the list is sorted by, where that is not its own order;
    refused: why the view of the address cannot be opened; key: the open view as addresses name it."""

    tabs: tuple[ViewTab, ...]
    current: ViewTab | None
    changed: bool
    hidden: tuple[tuple[str, str], ...]
    urls: Mapping[str, str]
    shown: int = 0
    offered: int = 0
    orders: int = 0
    refused: str = ""
    key: str = ""


def views_screen(
    place: Place, settings: ListSettings, entity: Entity, actor: Actor, base: str, screen: ListScreen, no_view: NoView | None = None
) -> ViewsScreen:
    """The views on offer around a place in the list; no_view: why the one of the address cannot be opened."""
    writer = writer_of(base, settings, entity, actor)
    # Outside of views the reader's own columns hold; only where a view is what the list begins with must the address say so.
    plain = ALL if settings.default is not None or place.key == ALL else ""
    whole = ListState(columns=settings.columns)
    tabs = [
        ViewTab(
            ALL,
            _("All"),
            writer.address(plain, whole),
            place.view is None and no_view is None,
            screen.total if screen.total_exact else f"{screen.total:,}+",
            start=settings.default is None,
        )
    ]
    for view in settings.views:
        current = view is place.view or (no_view is not None and view is no_view.view)
        count = screen.found if view is place.view and not place.changed and screen.exact else ""
        tabs.append(_tab(view, writer, current, count, settings.default))
    query = writer.query(place.key, place.state)
    urls = {
        "counts": f"{base}view-counts",
        "new": f"{base}views/new{query}",
        "columns": f"{base}columns{query}",
        "order": f"{base}order{query}",
        "widths": f"{base}widths",
    }
    if place.view is not None:
        urls["settings"] = f"{base}views/{place.key}{query}"
        urls["reset"] = writer.address(place.key, place.view.state)
        if place.view.mine:
            urls["save"] = f"{base}views/{place.key}/state"
    elif settings.default is not None or settings.start_plain:
        urls["settings"] = f"{base}views/{ALL}{query}"
    if no_view is not None and no_view.view is not None and no_view.view.mine:
        urls["delete"] = f"{base}views/{no_view.view.key}/delete"
    return ViewsScreen(
        tabs=tuple(tabs),
        current=next((t for t in tabs[1:] if t.current), None),
        changed=place.changed,
        hidden=writer.pairs(place.key, place.state),
        urls=urls,
        shown=len(shown(entity, actor, place.state.columns)[0]),
        offered=len(offered(entity, actor)),
        orders=place.state.sort.count(",") + 1 if place.state.sort else 0,
        refused=str(no_view or ""),
        key=place.key,
    )


def _tab(view: View, writer: Writer, current: bool, count: int | str, start: View | None) -> ViewTab:
    shared = ""
    if not view.mine:
        shared = _("Shared by %(name)s", name=view.owner_name or _("a deleted account"))
    elif view.audience is Audience.ROLES:
        shared = _("Shared with certain roles")
    elif view.audience is Audience.ALL:
        shared = _("Shared with everybody")
    # A view that cannot be applied says why when it is opened: its address then names nothing but it.
    url = f"{writer.base}?view={view.key}" if view.trouble else writer.address(view.key, view.state)
    return ViewTab(view.key, view.name, url, current, count, shared, view.trouble, view is start)


def completed(screen: ListScreen, place: Place, settings: ListSettings, entity: Entity, actor: Actor, base: str) -> ListScreen:
    """A list screen whose addresses and forms keep view and columns, and whose columns know widths and their turn in the order."""
    writer = writer_of(base, settings, entity, actor)

    def again(url: str) -> str:
        if url != base and not url.startswith(base + "?"):
            return url
        return writer.again(url, place.key, place.state)

    # "Clear all" is about conditions: order and columns stay, and so does the view, from which the list then differs.
    cleared = writer.address(place.key, replace(place.state, q="", filters=()))
    changes: dict[str, Any] = {f.name: again(getattr(screen, f.name)) for f in fields(screen) if f.name.endswith("_url")}
    changes |= {name: _with(getattr(screen, name), again) for name in ("chips", "drops") if hasattr(screen, name)}
    return replace(
        screen,
        **changes,
        columns=_columns(screen.columns, place, settings, entity, writer),
        hidden=writer.pairs(place.key, place.state),
        urls={**screen.urls, "clear": cleared, "page_size": f"{base}page-size"},
        notes=(*screen.notes, *place.notes),
    )


def completed_conditions(
    screen: ConditionScreen, place: Place, settings: ListSettings, entity: Entity, actor: Actor, base: str
) -> ConditionScreen:
    """The menu that adds a condition, whose forms keep view and columns."""
    return replace(screen, hidden=writer_of(base, settings, entity, actor).pairs(place.key, place.state))


def refused(screen: ListScreen) -> ListScreen:
    """A list that shows nothing, because the view that its address names cannot be opened."""
    urls = {name: url for name, url in screen.urls.items() if name in ("self", "clear", "add", "import", "template")}
    return replace(screen, rows=(), found=0, first=0, last=0, chips=(), q="", urls=urls)


def _with(items: Sequence[Any], again: Callable[[str], str]) -> tuple[Any, ...]:
    """Parts of a screen with their addresses completed."""
    found = []
    for item in items:
        changes: dict[str, Any] = {f.name: again(getattr(item, f.name)) for f in fields(item) if f.name in ("url", "remove_url")}
        if hasattr(item, "others"):
            changes["others"] = _with(item.others, again)
        found.append(replace(item, **changes))
    return tuple(found)


def _columns(columns: Sequence[Column], place: Place, settings: ListSettings, entity: Entity, writer: Writer) -> tuple[ListColumn, ...]:
    sorted_by = writer.sorter(place.key, place.state)
    # What the entity is ordered by is long and needs no telling; a column is added to what somebody chose himself.
    chosen = [p for p in place.state.sort.split(",") if p]
    turns = {p.removeprefix("-"): (n, p.startswith("-")) for n, p in enumerate(chosen, start=1)}
    widths = widths_for(entity, [c.name for c in columns], settings.widths_in(place.key))
    labels = side_by_side(entity, {c.name: c.label for c in columns})
    made = []
    for c in columns:
        turn, turned = turns.get(c.name, (0, False))
        sort_url = add_url = ""
        if c.sort_url:
            down = turned if turn else c.sorted == "descending"
            sort_url = sorted_by(f"-{c.name}" if (turn or c.sorted) and not down else c.name)
            add_url = sorted_by(_added(chosen, c.name))
        made.append(
            ListColumn(
                name=c.name,
                label=labels[c.name],
                unit=c.unit,
                num=c.num,
                sorted=c.sorted,
                sort_url=sort_url,
                phone=c.phone,
                place=turn if len(chosen) > 1 else 0,
                turned=turned,
                add_url=add_url,
                width=widths.get(c.name, 0),
            )
        )
    return tuple(made)


def _added(parts: Sequence[str], name: str) -> str:
    """An order with one column more; one that is in it already is turned where it stands."""
    turned = {f"-{name}": name, name: f"-{name}"}
    return ",".join(turned.get(p, p) for p in parts) if any(p in turned for p in parts) else ",".join((*parts, name))
