"""Vehicles, pets and companies of the demo community."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from models.housing.companies import CompanyKind
from models.housing.demo_occupancy import Family
from models.housing.demo_places import Words
from models.housing.parking import ParkingState

_PLATE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_CARS = (
    ("日产", "天籁 2.0"), ("大众", "朗逸 1.5"), ("大众", "帕萨特 330"), ("丰田", "卡罗拉 1.2T"), ("本田", "CR-V"), ("哈弗", "H6"),
    ("吉利", "博越"), ("长安", "CS75 PLUS"), ("别克", "英朗"), ("现代", "途胜"), ("五菱", "宏光 S"), ("奇瑞", "瑞虎 8"), ("奥迪", "A4L"),
)  # fmt: skip
_ELECTRIC = (
    ("比亚迪", "秦 PLUS"),
    ("比亚迪", "元 PLUS"),
    ("五菱", "宏光 MINIEV"),
    ("特斯拉", "Model Y"),
    ("吉利", "几何 A"),
    ("理想", "L6"),
)
_CAR_COLOURS = ("白", "黑", "银", "灰", "红", "蓝", "棕")
_DOGS = ("中华田园犬", "柯基", "泰迪", "比熊", "金毛寻回犬", "拉布拉多", "边境牧羊犬", "柴犬", "博美", "雪纳瑞", "哈士奇", "萨摩耶")
_CATS = ("中华田园猫", "英国短毛猫", "美国短毛猫", "布偶猫", "暹罗猫")
_DOG_COLOURS, _CAT_COLOURS = ("黄", "白", "黑", "黄白", "棕"), ("三花", "虎斑", "白", "灰", "黑白")
_NAMES = ("豆豆", "旺财", "小白", "球球", "花花", "点点", "乐乐", "妞妞", "可乐", "糖糖", "年糕", "团子", "毛毛", "多多", "土豆", "布丁")

COMPANIES = (
    ("甘肃庆城房地产开发有限公司", CompanyKind.DEVELOPER), ("长庆置业有限责任公司", CompanyKind.DEVELOPER),
    ("庆阳第二建筑工程公司", CompanyKind.BUILDER), ("陕西建工第五建设集团", CompanyKind.BUILDER), ("甘肃第七建设集团", CompanyKind.BUILDER),
    ("湖滨房产经纪有限公司", CompanyKind.AGENT), ("安居房屋代理有限公司", CompanyKind.AGENT),
    ("恒达装饰工程有限公司", CompanyKind.DECORATOR), ("美居装饰有限公司", CompanyKind.DECORATOR),
    ("金鼎装饰设计有限公司", CompanyKind.DECORATOR), ("宜家美装饰工程部", CompanyKind.DECORATOR),
)  # fmt: skip


def _plate(rng: Random, electric: bool) -> str:
    head = rng.choices(("甘M", "甘A", "陕A", "陕J", "宁A"), (78, 8, 8, 4, 2))[0]
    if electric:
        return f"{head}{rng.choice('DDDF')}{rng.choice('0123456789' + 'ABCDEFGH')}{rng.randrange(10**4):04d}"
    digits = list(f"{rng.randrange(10**5):05d}")
    for place in rng.sample(range(5), rng.choice((0, 1, 1, 2))):
        digits[place] = rng.choice(_PLATE_LETTERS)
    return head + "".join(digits)


def vehicles(families: list[Family], words: Words, rng: Random, today: date) -> list[dict[str, Any]]:
    """Rows of vehicles; about two thirds of the households have one, no plate occurs twice."""
    rows: dict[str, dict[str, Any]] = {}
    for family in families:
        for _nth in range(rng.choices((0, 1, 2), (40, 50, 10))[0]):
            bought = today - timedelta(days=rng.randrange(30, 4500))
            electric = bought.year >= 2018 and rng.random() < 0.3
            plate = _plate(rng, electric)
            if plate in rows:
                continue
            brand, model = rng.choice(_ELECTRIC if electric else _CARS)
            registered = min(bought + timedelta(days=rng.randrange(1, 60)), today)
            rows[plate] = {
                "owner_id": family.id,
                "plate": plate,
                "vehicle_class_id": words["vehicle_class", "新能源汽车" if electric else "小型汽车"],
                "colour_id": words["vehicle_colour", rng.choice(_CAR_COLOURS)],
                "brand": brand,
                "model": model,
                "bought_on": bought,
                "registered_on": registered,
                "lost_on": _later(rng, registered, today, 0.004),
                "scrapped_on": _later(rng, registered + timedelta(days=2500), today, 0.08),
            }
            if rows[plate]["lost_on"]:
                rows[plate]["scrapped_on"] = None
    return list(rows.values())


def _later(rng: Random, first: date, today: date, chance: float) -> date | None:
    """Now and then a day between the first possible one and today."""
    if first >= today or rng.random() >= chance:
        return None
    return first + timedelta(days=rng.randint(1, (today - first).days))


def parking_spaces(families: list[Family], words: Words, rng: Random, today: date) -> list[dict[str, Any]]:
    """Rows of parking spaces: for every second household one, two thirds of them taken."""
    rows = []
    for nth in range(len(families) // 2):
        garage, place = divmod(nth, 240)
        underground = rng.random() < 0.7
        taken = rng.choices((ParkingState.SOLD, ParkingState.LET, ParkingState.FREE), (45, 22, 33))[0]
        since = today - timedelta(days=rng.randrange(20, 3600)) if taken is not ParkingState.FREE else None
        rows.append(
            {
                "lot": f"{garage + 1}号停车场",
                "number": f"{'B1' if underground else 'A'}-{place + 1:03d}",
                "kind_id": words["parking_kind", "地下车位" if underground else "地上车位"],
                "area": Decimal(rng.choice(("12.50", "13.20", "13.75", "15.90"))),
                "state": taken,
                "household_id": rng.choice(families).id if since else None,
                "since_on": since,
                "until_on": since + timedelta(days=365 * rng.randint(1, 12)) if since and taken is ParkingState.LET else None,
            }
        )
    return rows


def pets(families: list[Family], words: Words, rng: Random, today: date) -> list[dict[str, Any]]:
    """Rows of pets: one household in eight has one; a few strays have neither owner nor tag."""
    keepers: list[Family | None] = [family for family in families if rng.random() < 0.125]
    keepers += [None] * (len(keepers) // 30 + 1)
    rows = []
    for family in keepers:
        dog = rng.random() < 0.66
        kept = today - timedelta(days=rng.randrange(40, 4200))
        registered = min(kept + timedelta(days=rng.randrange(5, 200)), today)
        rows.append(
            {
                "owner_id": family.id if family else None,
                "tag_no": f"{'D' if dog else 'C'}-{len(rows) + 1:05d}" if family else None,
                "name": rng.choice(_NAMES) if family else None,
                "species_id": words["pet_species", "犬" if dog else "猫"],
                "breed_id": words["pet_breed", rng.choice(_DOGS if dog else _CATS)],
                "colour_id": words["pet_colour", rng.choice(_DOG_COLOURS if dog else _CAT_COLOURS)],
                "kept_since": kept if family else None,
                "registered_on": registered,
                "lost_on": _later(rng, registered, today, 0.02),
                "died_on": None,
            }
        )
        if family and rows[-1]["lost_on"] is None:
            rows[-1]["died_on"] = _later(rng, registered + timedelta(days=1500), today, 0.2)
    return rows
