"""What the page that exports a list is given, and what its form means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.entity.list_columns import known, labels_of, offered
from app.entity.list_settings import may_share
from app.entity.list_state import STATE, ListState, Pairs
from app.entity.screens import Option
from app.entity.sharing import TEMPLATES, roles_with
from app.entity.targets import column_titles
from app.entity.view_form import ViewForm, audience_options, role_options
from app.exporting.formats import FORMATS, LISTED
from app.exporting.templates import Template
from app.exporting.wanted import Wanted, chosen, titles_of
from app.registry import Entity
from app.security.actor import Actor
from app.security.masks import sees
from models.platform.list_views import Audience

SELECTION = ("ids", "all", "but")


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """A column on offer: what it is called, the title that it has in a file, and the one that somebody gave it instead; whether it can be
    added up."""

    name: str
    label: str
    unit: str
    checked: bool
    usual: str
    title: str = ""
    number: bool = False
    summed: bool = False


@dataclass(frozen=True, slots=True)
class KindOption:
    """A kind of file on offer."""

    key: str
    label: str
    hint: str
    checked: bool


@dataclass(frozen=True, slots=True)
class TemplateTab:
    """A template on offer. url: the page filled in by it; shared: by or with whom; trouble: why it cannot be used."""

    id: int
    name: str
    kind: str
    url: str
    current: bool = False
    shared: str = ""
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class ExportScreen:
    """The page. count: records, as text; job: whether they are so many that the file is written in the background; about: what narrows
    the list down, in words; chosen: whether the records were marked one by one; tabs: the templates; template: the one the page is filled
    in by; form, audiences, roles, errors: of saving it. urls: action, cancel, new; delete, where one may."""

    title: str
    columns: tuple[ExportColumn, ...]
    kinds: tuple[KindOption, ...]
    hidden: Pairs
    count: str
    job: bool
    about: tuple[str, ...]
    chosen: bool
    wanted: Wanted
    tabs: tuple[TemplateTab, ...]
    template: Template | None
    form: ViewForm
    audiences: tuple[Option, ...]
    roles: tuple[Option, ...]
    urls: Mapping[str, str]
    notes: tuple[str, ...] = ()
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def saving(self) -> bool:
        """Whether the part that saves a template is open."""
        return bool(self.errors) or self.template is not None


def columns_of(entity: Entity, actor: Actor, names: Sequence[str], order: Sequence[str], wanted: Wanted) -> tuple[ExportColumn, ...]:
    """The columns on offer: those of the file first, in their order; `order` is what somebody made of all of them on the page."""
    every = offered(entity, actor)
    allowed = [n for n in dict.fromkeys([*order, *names, *every]) if n in every or n in names]
    labels, usual = labels_of(entity, allowed), dict(zip(allowed, column_titles(entity, allowed), strict=True))
    found = []
    for name in allowed:
        f = known(entity, name).field
        found.append(
            ExportColumn(
                name=name,
                label=labels[name],
                unit=str(f.unit or ""),
                checked=name in names,
                usual=usual[name],
                title=wanted.titles.get(name, ""),
                number=f.is_number and sees(actor, f),
                summed=name in wanted.sums,
            )
        )
    return tuple(found)


def kinds_of(chosen_kind: str) -> tuple[KindOption, ...]:
    """The kinds of file on offer."""
    key = chosen_kind if FORMATS[chosen_kind].rows else "xml"
    return tuple(KindOption(f.key, str(f.label), str(f.hint), f.key == key) for f in LISTED)


def read_wanted(entity: Entity, form: MultiDict[str, str], before: Wanted, state: ListState) -> Wanted:
    """What the page was filled in with. Conditions of its own are those that the template had, or else those of the list now."""
    kind = form.get("kind", "")
    titles = titles_of({name.removeprefix("title."): text for name, text in form.items() if name.startswith("title.")})
    order = [n for n in form.getlist("row") if n in set(form.getlist("col"))]
    wanted = Wanted(
        columns=chosen(entity, [*order, *form.getlist("col")]),
        titles={n: t for n, t in titles.items() if known(entity, n) is not None},
        sums=chosen(entity, form.getlist("sum")),
        kind=kind if kind in FORMATS else before.kind,
        sort=state.sort,
    )
    if "fixed" not in form:
        return wanted
    if before.fixed and form.get("conditions") != "new":
        return replace(wanted, fixed=True, q=before.q, filters=before.filters)
    return replace(wanted, fixed=True, q=state.q, filters=state.filters)


def form_of(session: Session, template: Template | None) -> ViewForm:
    """The name of a template and whom it is shared with."""
    if template is None or not template.mine:
        return ViewForm()
    return ViewForm(template.name, template.audience, tuple(roles_with(session, TEMPLATES, [template.id]).get(template.id, ())))


def sharing_options(
    session: Session, form: ViewForm, template: Template | None, actor: Actor
) -> tuple[tuple[Option, ...], tuple[Option, ...]]:
    """With whom a template can be shared by this user: audiences and roles."""
    sharing = may_share(actor)
    before = template.audience if template is not None and template.mine else Audience.PRIVATE
    return audience_options(form.audience, before, sharing), role_options(session, form.roles) if sharing else ()


def state_and_selection(data: MultiDict[str, str]) -> MultiDict[str, str]:
    """Of what the page or a list sent, the part that says which records are meant."""
    return MultiDict((name, value) for name, value in data.items(multi=True) if name in STATE or name in ("view", *SELECTION))
