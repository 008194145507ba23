"""Pets (宠物, row 1.5)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped

from models.base import Base, Journaled, Pictured, Problem, column, dictionary, relation, today
from models.housing.households import Household
from models.housing.periods import in_order
from models.platform.dictionaries import DictionaryItem

SPECIES = dictionary(
    "pet_species", _("Kinds of animal"), ("犬", "Dog", "amber"), ("猫", "Cat", "violet"), ("鸟", "Bird", "teal"), ("其他", "Other", "gray")
)
BREED = dictionary(
    "pet_breed",
    _("Breeds"),
    ("中华田园犬", "Chinese rural dog"),
    ("柯基", "Corgi"),
    ("泰迪", "Toy poodle"),
    ("比熊", "Bichon frise"),
    ("金毛寻回犬", "Golden retriever"),
    ("拉布拉多", "Labrador"),
    ("边境牧羊犬", "Border collie"),
    ("柴犬", "Shiba inu"),
    ("博美", "Pomeranian"),
    ("雪纳瑞", "Schnauzer"),
    ("哈士奇", "Husky"),
    ("萨摩耶", "Samoyed"),
    ("中华田园猫", "Chinese rural cat"),
    ("英国短毛猫", "British shorthair"),
    ("美国短毛猫", "American shorthair"),
    ("布偶猫", "Ragdoll"),
    ("暹罗猫", "Siamese"),
    ("虎皮鹦鹉", "Budgerigar"),
    ("其他", "Other"),
)
COLOUR = dictionary(
    "pet_colour",
    _("Coat colours"),
    ("黄", "Yellow"),
    ("白", "White"),
    ("黑", "Black"),
    ("黄白", "Yellow and white"),
    ("黑白", "Black and white"),
    ("棕", "Brown"),
    ("灰", "Gray"),
    ("三花", "Calico"),
    ("虎斑", "Tabby"),
    ("其他", "Other"),
)


class Pet(Base, Journaled, Pictured):
    """A pet kept in the community, with its pictures (row 1.5). Strays and licences taken over from elsewhere have no owner."""

    __label__ = _("Pet")
    __title__: ClassVar[tuple[str, ...]] = ("tag_no", "name")

    owner: Mapped[Household | None] = relation(_("Pet owner"), aliases=("主人", "宠物主人", "饲主", "户号", "住户"))
    tag_no: Mapped[str | None] = column(
        _("Tag"),
        max_length=32,
        unique=True,
        ordered=True,
        searched=True,
        aliases=("标牌", "标牌号", "犬牌号", "犬证号", "登记证号", "License Number"),
    )
    name: Mapped[str | None] = column(
        _("Pet's name"), max_length=60, ordered=True, searched=True, aliases=("名字", "宠物名", "宠物名称", "昵称", "Animal's Name")
    )
    species: Mapped[DictionaryItem | None] = relation(
        _("Kind of animal"), dictionary=SPECIES, aliases=("种类", "类别", "宠物类别", "Species")
    )
    breed: Mapped[DictionaryItem | None] = relation(_("Breed"), dictionary=BREED, aliases=("品种", "Primary Breed"))
    colour: Mapped[DictionaryItem | None] = relation(_("Coat colour"), dictionary=COLOUR, aliases=("毛色", "颜色"))
    kept_since: Mapped[date | None] = column(_("Kept since"), past=True, aliases=("豢养时间", "饲养时间", "豢养日期"))
    registered_on: Mapped[date | None] = column(
        _("Registered on"), past=True, default=today, aliases=("登记时间", "登记日期", "办证日期", "License Issue Date")
    )
    lost_on: Mapped[date | None] = column(_("Lost on"), past=True, aliases=("失踪时间", "失踪日期"))
    died_on: Mapped[date | None] = column(_("Died on"), past=True, aliases=("死亡时间", "死亡日期"))
    note: Mapped[str | None] = column(_("Note"), long=True, aliases=("说明", "备注"))

    def check(self) -> Iterable[Problem]:
        """Kept, registered, lost, died: in this order."""
        yield from in_order(self, "kept_since", "registered_on", "lost_on", "died_on")
