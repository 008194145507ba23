"""The keyboard map: every key of the portal, once. The dialog on `?` and the help page are made from it.

`on` is a CSS selector: a key works on a page that has such an element, and only then the dialog lists it. The keys themselves live
in app/static/*.js; tests/browser/test_keys.py presses them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _


@dataclass(frozen=True, slots=True)
class Key:
    """A key, keys that belong together such as J and K, or keys held together when the first is Ctrl (⌘ on a Mac) or Shift.
    single: acts outside inputs only, and the setting for single keys switches it off."""

    keys: tuple[str, ...]
    does: Any
    on: str = ""
    single: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Keys of one place."""

    label: Any
    keys: tuple[Key, ...]


KEY_MAP: tuple[Group, ...] = (
    Group(
        _("Everywhere"),
        (
            Key(("?",), _("Show the keys of this page"), single=True),
            Key(("[",), _("Fold the main menu to icons, or unfold it"), "[data-side-toggle]", single=True),
            Key(("/",), _("Search everything"), "[data-omni]", single=True),
            Key(("M",), _("Find something in the main menu"), "[data-menu-find]", single=True),
            Key(("T",), _("Go to the message at the lower edge"), ".toast", single=True),
            Key(("Esc",), _("Close what is open; choose no rows")),
        ),
    ),
    Group(
        _("Search over everything"),
        (
            Key(("↓", "↑"), _("Next hit, previous hit"), "[data-omni]"),
            Key(("→", "←"), _("From a hit to its file or its building, and back"), "[data-omni]"),
            Key(("Enter",), _("Open the hit; with Ctrl: in a new tab"), "[data-omni]"),
            Key(("Esc",), _("Close the hits, then empty the box"), "[data-omni]"),
        ),
    ),
    Group(
        _("Lists"),
        (
            Key(("F",), _("Quick search in this list"), ".filters [data-key=f]", single=True),
            Key(("J", "K"), _("Next row, previous row"), "[data-grid] tbody tr", single=True),
            Key(("Enter",), _("Open the record of the row"), "[data-grid] tbody tr a"),
            Key(("X",), _("Choose the row or not; with Shift: all rows in between"), "[data-grid] .pin-1 input", single=True),
            Key(("Ctrl", "A"), _("Choose all rows of the page; once more: all that were found"), "[data-grid] .pin-1 input"),
            Key(("←", "→"), _("On the edge of a column head: draw its width"), ".grip"),
            Key(("Shift", "Enter"), _("On a column head: sort by it as well"), "thead a[data-add]"),
        ),
    ),
    Group(
        _("Cells of a list"),
        (
            Key(("→", "←", "↓", "↑"), _("Go from cell to cell"), "[data-grid][data-cells] tbody tr"),
            Key(("F2",), _("Change the value where it stands"), "[data-grid][data-cells] tbody tr"),
            Key(("Enter",), _("Save it and go down; with Shift: up"), "[data-grid][data-cells] tbody tr"),
            Key(("Tab",), _("Save it and go to the next one that can be changed"), "[data-grid][data-cells] tbody tr"),
            Key(("Esc",), _("Leave it as it was"), "[data-grid][data-cells] tbody tr"),
        ),
    ),
    Group(
        _("Records"),
        (
            Key(("E",), _("Edit the record"), "[data-key=e]", single=True),
            Key(
                ("J", "K"),
                _("Next record, previous record of the list"),
                ".group:not([data-areas]) > :is([rel=next], [rel=prev])[data-key]",
                single=True,
            ),
        ),
    ),
    Group(
        _("Forms"),
        (
            Key(("Ctrl", "S"), _("Save"), "[data-save]"),
            Key(("Ctrl", "Enter"), _("Save and add another"), "[data-save-add]"),
            Key(("F8",), _("Go to the next mistake"), "[aria-invalid=true]"),
            Key(("Ctrl", "S"), _("Generate what the preview shows"), "[data-write]"),
            Key(("Ctrl", "D"), _("Copy the cell above"), ".table--inputs"),
        ),
    ),
    Group(
        _("Fields that search"),
        (
            Key(("↓", "↑"), _("Next choice, previous choice"), "[data-combo]"),
            Key(("Enter",), _("Take the choice"), "[data-combo]"),
        ),
    ),
    Group(
        _("Rejected rows of an import"),
        (
            Key(("Tab",), _("Go to the next bad cell; with Shift: the one before"), "[data-fix-grid]"),
            Key(("Alt", "Enter"), _("Take the suggestion and go on"), "[data-fix-grid]"),
            Key(("Alt", "Delete"), _("Leave the row out"), "[data-fix-grid]"),
            Key(("Alt", "Backspace"), _("Take back what was corrected in the row"), "[data-fix-grid]"),
            Key(("Ctrl", "Z"), _("Take back the last correction"), "[data-fix-grid]"),
            Key(("Shift", "↓"), _("Choose several cells of a column"), "[data-fix-grid]"),
            Key(("Ctrl", "D"), _("Give them the value of the first"), "[data-fix-grid]"),
            Key(("Esc",), _("Leave the input: then the arrows go to any cell, and Enter opens it"), "[data-fix-grid]"),
        ),
    ),
    Group(
        _("Pictures"),
        (
            Key(("Alt", "←"), _("Move the picture forward"), "[data-pictures] [data-picture]"),
            Key(("Alt", "→"), _("Move the picture back"), "[data-pictures] [data-picture]"),
            Key(("Delete",), _("Remove the picture"), "[data-pictures] [data-picture]"),
        ),
    ),
    Group(
        _("Area plan"),
        (
            Key(("J", "K"), _("Next area, previous area"), "[data-areas] > :is([rel=next], [rel=prev])", single=True),
            Key(("E",), _("Place the buildings"), "[data-key=e][href*='edit=1']", single=True),
            Key(("↑", "↓", "←", "→"), _("Move the building; with Shift: farther"), "[data-plan-edit]"),
            Key(("Space",), _("Choose it or not"), "[data-plan-edit]"),
            Key(("Delete",), _("Take it off the plan"), "[data-plan-edit]"),
            Key(("Ctrl", "Z"), _("Take back the last step"), "[data-plan-edit]"),
        ),
    ),
    Group(
        _("Building grid"),
        (
            Key(("↑", "↓", "←", "→"), _("Next room in that direction"), "[data-tower] .cell"),
            Key(("Home", "End"), _("First, last room of the floor; with Ctrl: of the building"), "[data-tower] .cell"),
            Key(("Page Up", "Page Down"), _("Five floors up, down"), "[data-tower] .cell"),
            Key(("Enter",), _("Open the room"), "[data-tower] .cell"),
            Key(("Space",), _("Choose the room or not; with Shift: all rooms in between"), "[data-tower] .cell"),
            Key(("Shift", "↓"), _("Choose rooms while moving, in any direction"), "[data-tower] .cell"),
            Key(("Ctrl", "A"), _("Choose all rooms that are not faint"), "[data-tower] .cell"),
            Key(("F",), _("Find a room or a resident"), "[data-tower-find] [data-key=f]", single=True),
            Key(("J", "K"), _("Next building, previous building"), "[data-tower-beside]", single=True),
        ),
    ),
    Group(
        _("Matrix of rights"),
        (
            Key(("↑", "↓", "←", "→"), _("Next tick in that direction"), "[data-matrix]"),
            Key(("Space",), _("Tick or untick"), "[data-matrix]"),
        ),
    ),
)
