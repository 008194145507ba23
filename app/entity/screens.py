"""What a template is given: plain, frozen values, already worded in the user's language and already masked.

Templates decide how a thing looks, never whether it may be seen: what a role may not see is absent from these objects.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Cell(NamedTuple):
    """A value on screen. kind: text long num date bool badge link plate mask picture code; empty shows as an em dash."""

    text: str = ""
    kind: str = "text"
    tone: str = ""
    url: str = ""
    unit: str = ""

    @property
    def empty(self) -> bool:
        return not self.text


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list. sorted: '', 'ascending' or 'descending'; sort_url: what a click on the head asks for ('' = not
    sortable); phone: '' (absent on a phone), '1', '2' (second line) or 'end'."""

    name: str
    label: str
    unit: str = ""
    num: bool = False
    sorted: str = ""
    sort_url: str = ""
    phone: str = ""


class Row(NamedTuple):
    """A record in a list; cells stand in the order of the columns and the first one is its link."""

    id: int
    url: str
    title: str
    cells: tuple[Cell, ...]
    edit_url: str = ""
    delete_url: str = ""


@dataclass(frozen=True, slots=True)
class Chip:
    """One active condition: field, operator, value, and the address of the list without it. others: alternatives, of which one is
    enough as well."""

    label: str
    operator: str
    value: str
    remove_url: str
    others: tuple[Chip, ...] = ()


@dataclass(frozen=True, slots=True)
class Option:
    """A choice; of a filter's operators also how many values it takes: none, one, two or many ('' = one, or as the words
    between, in, not_in, empty, filled say by themselves)."""

    value: str
    label: str
    selected: bool = False
    tone: str = ""
    takes: str = ""


@dataclass(frozen=True, slots=True)
class FilterField:
    """A field that can be filtered by: its operators as (value, label) and, for closed choices, its options.
    kind: text num date choice relation bool; choices_url serves options of a relation as JSON. group: the record that it is a field of,
    where that is not the list's own."""

    name: str
    label: str
    kind: str
    operators: tuple[Option, ...]
    options: tuple[Option, ...] = ()
    choices_url: str = ""
    unit: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Drop:
    """A condition of a list that found nothing: how many there would be without it, and the address that drops it. exact: whether that is
    all of them."""

    label: str
    count: int
    exact: bool
    url: str


@dataclass(frozen=True, slots=True)
class ConditionScreen:
    """The fields by which a list can be narrowed down, in its present state: what it has already, and what its forms send along. same: how
    the names of fields begin that are those of the related record which the last condition is about."""

    title: str
    filters: tuple[FilterField, ...]
    chips: tuple[Chip, ...]
    hidden: tuple[tuple[str, str], ...]
    urls: Mapping[str, str]
    q: str = ""
    same: str = ""


@dataclass(frozen=True, slots=True)
class ListScreen:
    """A list. total: records without conditions; found: with them. may: the verbs this user has here.
    urls: self (without query), add, import, export, export_menu, export_chosen, template, clear, bulk_delete;
    absent ones are not allowed. hidden: what forms of the page send along (conditions, order, page size). singular: one record
    of it, for the button that adds one. exact, total_exact: whether found and total are all there are; if not, there are more.
    drops: for a list that found nothing, what dropping a condition would show. tab_hidden: for a list in a tab, what its quick search
    sends along. nothing: what an empty list says of itself, where the usual words do not fit. notes: what people should know about
    the list as it is, such as a condition that was not understood; links: hand-made pages that the list leads to, as buttons;
    acts: those that the chosen records are sent to."""

    name: str
    title: str
    icon: str
    total: int
    found: int
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    page: int
    pages: int
    page_size: int
    page_sizes: tuple[int, ...]
    first: int
    last: int
    prev_url: str
    next_url: str
    q: str
    search_hint: str
    chips: tuple[Chip, ...]
    filters: tuple[FilterField, ...]
    hidden: tuple[tuple[str, str], ...]
    may: frozenset[str]
    urls: Mapping[str, str]
    singular: str = ""
    notes: tuple[str, ...] = ()
    exact: bool = True
    total_exact: bool = True
    first_url: str = ""
    last_url: str = ""
    drops: tuple[Drop, ...] = ()
    tab_hidden: tuple[tuple[str, str], ...] = ()
    nothing: str = ""
    links: tuple[NavItem, ...] = ()
    acts: tuple[NavItem, ...] = ()


@dataclass(frozen=True, slots=True)
class LevelView:
    """A step on the way to a related record: a combobox that narrows the field's own and is not sent. needs: the level before it
    that must be chosen first, as `first` says."""

    name: str
    label: str
    value: str
    text: str
    choices_url: str
    needs: str = ""
    first: str = ""


@dataclass(frozen=True, slots=True)
class FieldView:
    """A field of a form, with what the user typed. kind: text long num date datetime bool choice choices (several, by the
    options' `selected`) password relation; for a relation
    `value` is the record's id and `text` its title, chosen through choices_url (JSON: see choice_views); `within` names the field of
    this form that narrows the choices, `first` says that it comes first; `levels` lead to the record step by step. error: '' or
    what is wrong; masked: the value is masked and stays as it is; reveal: the address that shows it."""

    name: str
    label: str
    kind: str
    value: str = ""
    text: str = ""
    required: bool = False
    readonly: bool = False
    masked: bool = False
    error: str = ""
    hint: str = ""
    unit: str = ""
    example: str = ""
    max_length: int = 0
    options: tuple[Option, ...] = ()
    choices_url: str = ""
    within: str = ""
    plate: bool = False
    first: str = ""
    levels: tuple[LevelView, ...] = ()
    reveal: str = ""


@dataclass(frozen=True, slots=True)
class FormSection:
    id: str
    title: str
    fields: tuple[FieldView, ...]

    @property
    def errors(self) -> int:
        return sum(1 for f in self.fields if f.error)


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field that somebody else changed meanwhile: as it was when this user opened it, as it is now, as typed here."""

    label: str
    was: str
    now: str
    typed: str


@dataclass(frozen=True, slots=True)
class PictureView:
    """A picture. position: its place, not without gaps; acts_url: what its changes are sent to, such as `acts_url/turn`, '' = this user
    only looks; waits: its record does not exist yet."""

    id: int
    url: str
    thumb_url: str
    caption: str
    position: int = 0
    acts_url: str = ""
    waits: bool = False


@dataclass(frozen=True, slots=True)
class DraftNote:
    """A draft of a form: when it was kept, where it opens, and the token by which it is thrown away."""

    token: str
    when: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class FormScreen:
    """An add or edit form. problems: messages that belong to no single field. conflicts: see Conflict, with who and when in
    conflict_by. urls: action, cancel, pictures (upload), draft and check (where the page keeps drafts and asks about
    single fields; forms without them have neither). hidden: name/value pairs to send along. drafts: those that wait; draft: the one
    this page shows; kept: when what this page shows was kept as a draft; notes: what else the user should know first."""

    name: str
    title: str
    subtitle: str
    sections: tuple[FormSection, ...]
    problems: tuple[str, ...]
    conflicts: tuple[Conflict, ...]
    conflict_by: str
    hidden: tuple[tuple[str, str], ...]
    pictures: tuple[PictureView, ...] | None
    urls: Mapping[str, str]
    is_new: bool
    drafts: tuple[DraftNote, ...] = ()
    draft: DraftNote | None = None
    kept: str = ""
    notes: tuple[str, ...] = ()

    @property
    def errors(self) -> int:
        return sum(s.errors for s in self.sections) + len(self.problems)

    @property
    def first_error(self) -> FieldView | None:
        return next((f for s in self.sections for f in s.fields if f.error), None)

    @property
    def reveal(self) -> str:
        """The address that shows masked values, if there is one that may be shown."""
        return next((f.reveal for s in self.sections for f in s.fields if f.reveal), "")


@dataclass(frozen=True, slots=True)
class Fact:
    """A value with its label. name: the field; reveal: the address that shows the value where it is masked and may be revealed."""

    label: str
    cell: Cell
    name: str = ""
    reveal: str = ""


@dataclass(frozen=True, slots=True)
class FactSection:
    """A card of facts. links: where its head leads to, for one about another record."""

    title: str
    facts: tuple[Fact, ...]
    links: tuple[NavItem, ...] = ()


@dataclass(frozen=True, slots=True)
class Tab:
    """Related records of a record; the current one carries its list. count: None for the overview of them all; add_url: where one is
    added, '' = not allowed."""

    label: str
    count: int | None
    url: str
    current: bool = False
    add_url: str = ""


@dataclass(frozen=True, slots=True)
class ShowScreen:
    """A record. badges: its states; urls: edit, delete, pictures (upload), draft (see FormScreen), list (in the state one came
    from), prev, next (of that list); meta: who made and changed it. related is the list of the open tab; urls.tab is its address
    on this page; links: the hand-made pages about it, as buttons; about: cards about the records it points to; overview: what stands on
    the first tab of a record with a file (app/dossier/overview.py)."""

    name: str
    title: str
    badges: tuple[Cell, ...]
    sections: tuple[FactSection, ...]
    pictures: tuple[PictureView, ...] | None
    tabs: tuple[Tab, ...]
    related: ListScreen | None
    meta: str
    may: frozenset[str]
    urls: Mapping[str, str]
    links: tuple[NavItem, ...] = ()
    about: tuple[FactSection, ...] = ()
    overview: Any = None

    @property
    def reveal(self) -> str:
        """The address that shows masked values, if there is one that may be shown."""
        return next((f.reveal for s in self.sections for f in s.facts if f.reveal), "")


@dataclass(frozen=True, slots=True)
class Use:
    """What stands in the way of a deletion: how many records of which kind, with some of them by name. count None: that is not told."""

    label: str
    count: int | None
    url: str
    examples: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class DeleteScreen:
    """The question before a deletion, or, when `uses` is not empty, the reason why it is not possible.

    titles: the records by name (the first of them, when there are many); without them `title` is the name and the page adds
    the question. retire_url: the page where the record can be retired instead. urls: action (POST; the form sends `hidden` and
    confirm=1), cancel."""

    name: str
    title: str
    count: int
    uses: tuple[Use, ...]
    retire_url: str = ""
    urls: Mapping[str, str] = field(default_factory=dict)
    hidden: tuple[tuple[str, str], ...] = ()
    titles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NavItem:
    """An entry of the main menu. words: what it is found by, see app/menu_words.py."""

    label: str
    url: str
    icon: str = ""
    current: bool = False
    count: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class NavSection:
    """A subsystem in the main menu. opened: whether the user opened or closed it; None: neither."""

    label: str
    icon: str
    items: tuple[NavItem, ...]
    name: str = ""
    words: str = ""
    opened: bool | None = None

    @property
    def current(self) -> bool:
        return any(i.current for i in self.items)


@dataclass(frozen=True, slots=True)
class Shell:
    """The frame around a page: what every template finds as `shell`. theme and density are written by the server, so that
    no page flashes, theme '' is the system's; languages: (code, name, address, current). search_url: the search over everything,
    '' = there is none; keys: whether single keys act as shortcuts; side: 'icons' = the sidebar shows nothing else; choose: the
    address under which choices of the look are made (app/preferences.py), back: its query, to come back to this page; now: when it
    was made, for paper."""

    community: str
    nav: tuple[NavSection, ...]
    home_url: str
    user_name: str
    user_url: str
    logout_url: str
    login_url: str
    locale: str
    languages: tuple[tuple[str, str, str, bool], ...]
    theme: str = ""
    density: str = "compact"
    keys: bool = True
    search_url: str = ""
    search_hint: str = ""
    help_url: str = ""
    jobs_url: str = ""
    side: str = ""
    choose: str = ""
    back: str = ""
    now: str = ""


@dataclass(frozen=True, slots=True)
class HomeLink:
    """An entry of a subsystem on the home page; count: how many records are behind it, '' = not told."""

    label: str
    url: str
    count: str = ""


@dataclass(frozen=True, slots=True)
class HomeCard:
    """A subsystem on the home page: the number that says most about it, and what is in it. number and its words may be ''."""

    label: str
    icon: str
    url: str
    tone: str = "teal"
    about: str = ""
    number: str = ""
    number_label: str = ""
    links: tuple[HomeLink, ...] = ()
