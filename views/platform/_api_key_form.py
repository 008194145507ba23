"""The forms of outside systems and their keys: what was typed, what is wrong with it."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _

from app.entity.screens import FieldView, FormSection, Option
from app.security.rights import role_label
from models.base import today

MOST_DAYS = 730
"""The longest a key may be valid: one that nobody renews is one that nobody looks after."""
USUAL_DAYS = 365
OVERLAPS = (0, 1, 7, 30)
"""For how many days an old key may stay valid beside the one that takes its place."""
_MOST_NAME, _MOST_ADDRESSES = 60, 1000


@dataclass(frozen=True, slots=True)
class TypedSystem:
    """An outside system as it was typed or as it is."""

    name: str = ""
    roles: frozenset[int] = frozenset()
    active: bool = True


@dataclass(frozen=True, slots=True)
class TypedKey:
    """A key as it was typed."""

    name: str = ""
    expires_on: str = ""
    addresses: str = ""
    read_only: bool = False

    @property
    def day(self) -> date | None:
        """The last day; None where it is no date."""
        try:
            return date.fromisoformat(self.expires_on)
        except ValueError:
            return None

    @property
    def networks(self) -> str:
        """The networks as they are stored; ValueError where one is none."""
        words = self.addresses.replace(",", " ").replace("，", " ").replace("、", " ").replace(";", " ").split()
        networks = (ipaddress.ip_network(word, strict=False) for word in words)
        return " ".join(dict.fromkeys(str(n.network_address if n.num_addresses == 1 else n) for n in networks))


def usual_key() -> TypedKey:
    """What the form of a new key opens with."""
    return TypedKey(expires_on=(today() + timedelta(days=USUAL_DAYS)).isoformat(), read_only=True)


def read_system(form: Any, now: TypedSystem, free: frozenset[int]) -> TypedSystem:
    """What was sent; roles that are not this person's to give or take stay as they are, whoever forged the form."""
    chosen = frozenset(int(v) for v in form.getlist("roles") if v.isascii() and v.isdigit() and len(v) < 10)
    active = form.get("active") == "1" if "active__present" in form else now.active
    return TypedSystem(" ".join(form.get("name", "").split()), (chosen & free) | (now.roles - free), active)


def read_key(form: Any) -> TypedKey:
    """What was sent."""
    name = " ".join(form.get("key_name", "").split())
    return TypedKey(name, form.get("expires_on", "").strip(), form.get("addresses", "").strip(), form.get("read_only") == "1")


def check_system(typed: TypedSystem, taken: bool) -> dict[str, str]:
    """What is wrong, by field. taken: another system is called so."""
    if not typed.name:
        return {"name": _("The outside system needs a name, such as the one of the program.")}
    if len(typed.name) > _MOST_NAME:
        return {"name": _("At most %(n)s characters.", n=_MOST_NAME)}
    if not typed.name.isprintable():
        return {"name": _("There are characters in it that cannot be shown.")}
    return {"name": _("Another outside system is called so. Add a key to that one, or choose a different name.")} if taken else {}


def check_key(typed: TypedKey) -> dict[str, str]:
    """What is wrong, by field."""
    errors = {}
    if len(typed.name) > _MOST_NAME:
        errors["key_name"] = _("At most %(n)s characters.", n=_MOST_NAME)
    elif not typed.name.isprintable():
        errors["key_name"] = _("There are characters in it that cannot be shown.")
    day, last = typed.day, today() + timedelta(days=MOST_DAYS)
    if day is None:
        errors["expires_on"] = _("A day is needed, such as %(day)s.", day=(today() + timedelta(days=USUAL_DAYS)).isoformat())
    elif day < today():
        errors["expires_on"] = _("This day is past; the key would never be valid.")
    elif day > last:
        errors["expires_on"] = _("At most two years, until %(day)s; it can be renewed before.", day=last.isoformat())
    try:
        if len(typed.networks) > _MOST_ADDRESSES:
            errors["addresses"] = _("These are too many addresses. Give networks instead, such as 10.1.0.0/16.")
    except ValueError as error:
        word = str(error).partition(" ")[0].strip("'\"")
        errors["addresses"] = _("“%(word)s” is no address. Right are 10.1.2.3, 10.1.0.0/16 or 2001:db8::/32.", word=word)
    return errors


def system_section(typed: TypedSystem, names: Mapping[int, str], beyond: frozenset[int], errors: Mapping[str, str]) -> FormSection:
    """Name and roles."""

    def options(keys: set[int]) -> tuple[Option, ...]:
        return tuple(Option(str(k), role_label(n), selected=k in typed.roles) for k, n in names.items() if k in keys)

    fields = [
        FieldView(
            "name",
            _("Name of the system"),
            "text",
            typed.name,
            required=True,
            error=errors.get("name", ""),
            max_length=_MOST_NAME,
            example=_("access control system"),
        )
    ]
    hint = _("What the system may do, and how far, is what its roles say. A role of its own is best.")
    fields.append(FieldView("roles", _("Roles"), "choices", hint=hint, options=options(set(names) - beyond)))
    if capped := options(set(names) & beyond):
        why = _("They contain rights that you do not hold yourself, so you can neither give nor take them.")
        fields.append(FieldView("roles_beyond", _("Further roles"), "choices", readonly=True, hint=why, options=capped))
    return FormSection("system", _("Outside system"), tuple(fields))


def active_field(typed: TypedSystem) -> FieldView:
    """Whether its keys open anything."""
    return FieldView(
        "active", _("Switched on"), "bool", "1" if typed.active else "0", hint=_("Switched off, none of its keys opens anything.")
    )


def key_section(typed: TypedKey, errors: Mapping[str, str]) -> FormSection:
    """A new key."""
    return FormSection(
        "key",
        _("API key"),
        (
            FieldView(
                "key_name",
                _("Used for"),
                "text",
                typed.name,
                error=errors.get("key_name", ""),
                max_length=_MOST_NAME,
                hint=_("May stay empty: tells several keys apart."),
            ),
            FieldView(
                "expires_on",
                _("Valid until"),
                "date",
                typed.expires_on,
                required=True,
                error=errors.get("expires_on", ""),
                hint=_("This day included."),
            ),
            FieldView(
                "read_only",
                _("Read only"),
                "bool",
                "1" if typed.read_only else "0",
                hint=_("It then changes nothing, whatever its roles allow."),
            ),
            FieldView(
                "addresses",
                _("Only from"),
                "long",
                typed.addresses,
                error=errors.get("addresses", ""),
                max_length=_MOST_ADDRESSES,
                hint=_("Addresses or networks of the system, one per line; empty: from anywhere."),
                example="10.1.2.3",
            ),
        ),
    )
