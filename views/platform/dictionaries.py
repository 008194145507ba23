"""Dictionaries (房屋类型设置, row 1.7): the words that users choose from, and their colours."""

from flask_babel import lazy_gettext as _

from app.registry import Entity, Module
from models.platform.dictionaries import DictionaryItem

MODULE = Module(_("Dictionaries"), icon="tag", order=10, roles={"Clerk": "rw", "Implementer": "rwdie", "Manager": "r"})

WORD = Entity(
    DictionaryItem,
    name="dictionaries",
    plural=_("Dictionary words"),
    columns=("dictionary", "label", "label_en", "tone", "position", "code", "retired_on"),
    key=("dictionary", "label"),
    form=(
        (_("Word"), ("dictionary", "label", "label_en", "tone", "position")),
        (_("More"), ("code", "retired_on", "note")),
    ),
    example={"dictionary": "房屋用途", "label": "民宿", "label_en": "Guest house", "tone": "橙", "position": 90},
    lookups=("label", "label_en", "code"),
    search=("label", "label_en", "code"),
    order_by=("dictionary", "position", "label"),
    common=True,
    phone=("label", "dictionary", "tone", "retired_on"),
)
