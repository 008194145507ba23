"""What the templates of an import's first step are given, and of the import centre. The others: import_match_screen.py,
import_trial_screen.py.

Like app/entity/screens.py: plain, frozen, already worded in the user's language; `urls` holds only what this user may ask for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RecentImport:
    """An earlier import: when and by whom, the file, what it holds, what came of it. url: where it goes on, '' when it is not this
    user's; next: what going on is called; undo, discard: addresses."""

    when: str
    who: str
    file_name: str
    what: str
    outcome: str
    state: str
    tone: str = "gray"
    url: str = ""
    next: str = ""
    undo: str = ""
    discard: str = ""


@dataclass(frozen=True, slots=True)
class ImportUpload:
    """Step 1, portal/import_upload.html: choose a file (POST multipart `file` to urls.action).

    title: what is imported, in the plural; formats: as people know them (".xlsx", ".csv"); max_size and max_rows in words, max_bytes
    for the script that looks at a file before it is sent; required and optional: labels of the columns; key: those by which an
    existing record is recognised; problem: '' or what was wrong with the file just sent. urls: action, cancel, template, centre."""

    name: str
    title: str
    formats: tuple[str, ...]
    max_size: str
    max_rows: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    key: tuple[str, ...]
    recent: tuple[RecentImport, ...]
    urls: Mapping[str, str]
    problem: str = ""
    max_bytes: int = 0


@dataclass(frozen=True, slots=True)
class ImportCentreScreen:
    """The import centre, portal/import_centre.html: upload a workbook, and all past imports. states: (address, text, tone, chosen);
    entities: (label, address of the upload from its list, of its template); found: how many imports there are; mappings: how many
    one may use."""

    formats: tuple[str, ...]
    max_size: str
    max_rows: str
    imports: tuple[RecentImport, ...]
    states: tuple[tuple[str, str, bool], ...]
    who: tuple[tuple[str, str, bool], ...]
    entities: tuple[tuple[str, str, str], ...]
    found: int
    first: int
    last: int
    page: int
    pages: int
    prev_url: str
    next_url: str
    urls: Mapping[str, str]
    problem: str = ""
    max_bytes: int = 0


@dataclass(frozen=True, slots=True)
class MappingLine:
    """A remembered mapping: name, what it imports, whose it is, who has it, when it was used. url: its form, '' = not to be changed."""

    name: str
    what: str
    owner: str
    audience: str
    tone: str
    used: str
    url: str = ""
