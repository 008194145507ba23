"""People of the demo community: names, ages, ID numbers, families. Invented; every number has a right check digit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from models.housing.id_numbers import check_digit
from models.housing.pinyin import search_key
from models.housing.residents import Kinship, Living, Sex

# Surnames with their frequency in ten thousand people; the rest of the country shares what is left.
_SURNAMES = [
    "王",
    "720",
    "李",
    "700",
    "张",
    "680",
    "刘",
    "520",
    "陈",
    "330",
    "杨",
    "320",
    "赵",
    "290",
    "黄",
    "150",
    "周",
    "160",
    "吴",
    "150",
    "徐",
    "130",
    "孙",
    "150",
    "马",
    "220",
    "胡",
    "110",
    "朱",
    "110",
    "郭",
    "150",
    "何",
    "120",
    "高",
    "150",
    "罗",
    "80",
    "郑",
    "80",
    "梁",
    "90",
    "谢",
    "60",
    "宋",
    "110",
    "唐",
    "60",
    "许",
    "80",
    "邓",
    "50",
    "韩",
    "110",
    "冯",
    "100",
    "曹",
    "80",
    "彭",
    "50",
    "曾",
    "40",
    "肖",
    "60",
    "田",
    "110",
    "董",
    "90",
    "潘",
    "40",
    "袁",
    "60",
    "蔡",
    "40",
    "蒋",
    "40",
    "余",
    "40",
    "于",
    "50",
    "杜",
    "80",
    "叶",
    "30",
    "程",
    "60",
    "魏",
    "80",
    "苏",
    "70",
    "吕",
    "70",
    "丁",
    "50",
    "任",
    "80",
    "卢",
    "40",
    "姚",
    "60",
    "沈",
    "40",
    "钟",
    "30",
    "姜",
    "50",
    "崔",
    "50",
    "谭",
    "30",
    "陆",
    "30",
    "范",
    "60",
    "汪",
    "40",
    "廖",
    "20",
    "石",
    "60",
    "金",
    "40",
    "贾",
    "70",
    "韦",
    "20",
    "夏",
    "30",
    "付",
    "40",
    "方",
    "40",
    "邹",
    "30",
    "熊",
    "20",
    "白",
    "70",
    "孟",
    "50",
    "秦",
    "50",
    "邱",
    "20",
    "侯",
    "60",
    "江",
    "20",
    "尹",
    "30",
    "薛",
    "60",
    "闫",
    "50",
    "段",
    "40",
    "雷",
    "50",
    "史",
    "50",
    "龙",
    "20",
    "贺",
    "50",
    "陶",
    "20",
    "顾",
    "20",
    "毛",
    "30",
    "郝",
    "50",
    "龚",
    "20",
    "邵",
    "30",
    "万",
    "30",
    "慕",
    "30",
    "俄",
    "8",
    "豆",
    "10",
    "脱",
    "6",
    "解",
    "15",
    "单",
    "8",
    "仇",
    "5",
    "尉迟",
    "2",
    "令狐",
    "3",
    "长孙",
    "1",
]
_MEN = {
    1950: "建国 志强 德厚 国庆 学民 文涛 建军 卫东 立新 长青 明辉 天佑 永福 振华 保平 志刚 占奎 生财 全成 世杰 怀仁 克勤 宗礼 万寿 满仓 忠义",
    1975: "海涛 志强 军 建伟 勇 小明 伟 强 斌 鹏 涛 永刚 宏伟 晓东 建华 红军 新民 少华 文博 亚军 小龙 智勇 彦斌 拴柱 彦军 向阳",
    1995: "浩然 一鸣 思远 子豪 宇轩 俊杰 博文 天宇 嘉伟 鑫 凯 龙 昊 志远 文轩 泽宇 家豪 明轩 佳豪 旭东 少杰 亮 帅 毅 旭阳 凯旋",
    2015: "梓轩 浩宇 沐辰 奕辰 宇航 子墨 俊熙 皓轩 景行 一诺 书睿 承宇 亦凡 星辰 博远 子骞 煜城 嘉懿 昱泽 楷瑞",
}
_WOMEN = {
    1950: "秀兰 玉珍 桂英 秀英 淑珍 凤英 素芳 春花 玉兰 秀梅 美玲 淑兰 月娥 桃花 菊香 改梅 翠莲 秀芳 彩霞 金莲 巧玲 爱琴",
    1975: "雪梅 丽娟 晓敏 慧敏 小红 婷 静 丽 敏 艳 红梅 海燕 春梅 晓燕 亚丽 彩虹 丽萍 小琴 文娟 淑娟 晓霞 萍 润霞 巧云",
    1995: "佳怡 婷婷 若兰 思雨 梦瑶 雅婷 欣怡 雨欣 晓彤 诗涵 佳琪 倩 雪 悦 梦洁 慧 怡然 晨曦 艺璇 嘉欣 琳 雨桐 娜 佳慧",
    2015: "梓涵 一诺 欣妍 语桐 诗涵 沐瑶 若汐 可馨 奕诺 梓萱 雨萱 依诺 芷若 思彤 书瑶 米朵 筱晴 清越 语嫣 安然",
}
EMPLOYERS = (
    "采油二厂",
    "机械总厂",
    "物业管理处",
    "职工医院",
    "水电厂",
    "运输处",
    "输油处",
    "测井公司",
    "井下作业公司",
    "第二子弟学校",
    "通讯服务处",
)
_OUTSIDE = ("庆城县人民医院", "庆城县第一中学", "县农村信用社", "西峰区税务局", "个体经营", "长庆路超市", "恒达装饰", "自由职业")
_DIVISIONS = (
    "621021",
    "621002",
    "621022",
    "621023",
    "621024",
    "621026",
    "621027",
    "620102",
    "620103",
    "610102",
    "610104",
    "610402",
    "610602",
)
_WEIGHTS = (30, 18, 9, 7, 7, 8, 8, 4, 2, 3, 3, 3, 2)
# Until Qingyang became a city in 2002 its counties had other codes, and people keep the number they were given.
_BEFORE_2002 = {
    "621021": "622821", "621002": "622801", "621022": "622822", "621023": "622823", "621024": "622824", "621026": "622826", "621027": "622827",
}  # fmt: skip
_MOBILE = ("138", "139", "136", "135", "137", "150", "151", "159", "158", "182", "187", "188", "130", "186", "133", "189", "153", "199")


@dataclass(slots=True)
class Person:
    """A resident being made; `row` is what is inserted, `id` is known afterwards. household: the place of the family in its list."""

    row: dict[str, Any]
    household: int | None = None
    id: int = 0

    @property
    def born_on(self) -> date:
        """The birth date."""
        return self.row["born_on"]

    @property
    def surname(self) -> str:
        """The surname, for children."""
        name: str = self.row["name"]
        return name[:2] if name[:2] in ("尉迟", "令狐", "长孙") else name[:1]


def years_before(day: date, years: float) -> date:
    """A day some years earlier."""
    return day - timedelta(days=round(years * 365.2425))


class People:
    """Makes persons and families from one source of chance; no two get the same ID number or phone."""

    def __init__(self, rng: Random, today: date) -> None:
        self.rng = rng
        self.today = today
        self._surnames = _SURNAMES[::2]
        self._frequency = [int(n) for n in _SURNAMES[1::2]]
        self._given = {Sex.MALE: _split(_MEN), Sex.FEMALE: _split(_WOMEN)}
        self._used: set[str] = set()

    def surname(self) -> str:
        """A surname, as often as in life."""
        return self.rng.choices(self._surnames, self._frequency)[0]

    def _name(self, surname: str, sex: Sex, born_on: date) -> str:
        era = max((e for e in self._given[sex] if e <= born_on.year + 12), default=1950)
        return surname + self.rng.choice(self._given[sex][era])

    def _id_number(self, sex: Sex, born_on: date) -> str:
        while True:
            division = self.rng.choices(_DIVISIONS, _WEIGHTS)[0]
            if born_on < date(2002, 6, 1):
                division = _BEFORE_2002.get(division, division)
            serial = self.rng.randrange(0, 500) * 2 + (sex is Sex.MALE)
            first = f"{division}{born_on:%Y%m%d}{serial:03d}"
            if first not in self._used:
                self._used.add(first)
                return first + check_digit(first)

    def phone(self) -> str:
        """A mobile number that nobody else has."""
        while True:
            number = f"{self.rng.choice(_MOBILE)}{self.rng.randrange(10**8):08d}"
            if number not in self._used:
                self._used.add(number)
                return number

    def person(self, age: float, sex: Sex, surname: str = "", kinship: Kinship | None = None, living: Living = Living.HERE) -> Person:
        """A person of about this age."""
        rng = self.rng
        born_on = years_before(self.today, max(age, 0)) - timedelta(days=rng.randrange(365))
        name = self._name(surname or self.surname(), sex, born_on)
        years = (self.today - born_on).days // 365
        row = {
            "name": name,
            "pinyin": search_key(name),
            "kinship": kinship,
            "sex": sex,
            "born_on": born_on,
            "id_number": self._id_number(sex, born_on) if years >= 16 or rng.random() < 0.8 else None,
            "phone": self.phone() if years >= 13 and living is not Living.DECEASED and rng.random() < 0.97 else None,
            "employer": rng.choice(EMPLOYERS if rng.random() < 0.8 else _OUTSIDE) if 22 <= years <= 85 else None,
            "living": living,
        }
        return Person(row)

    def outsider(self) -> Person:
        """Somebody who owns or rented a room but belongs to no household here."""
        sex = self.rng.choice((Sex.MALE, Sex.FEMALE))
        return self.person(self.rng.uniform(30, 72), sex, living=Living.AWAY)

    def family(self, category: str) -> list[Person]:
        """A household of a category; the head comes first, a spouse, if any, second."""
        makers = {"离退休住户": self._retired, "租住户": self._tenants}
        return makers.get(category, self._parents)()

    def _couple(self, low: float, high: float, chance: float) -> tuple[list[Person], float]:
        rng = self.rng
        age = rng.triangular(low, high)
        sex = Sex.MALE if rng.random() < 0.68 else Sex.FEMALE
        members = [self.person(age, sex, kinship=Kinship.HEAD)]
        if rng.random() < chance:
            other = Sex.FEMALE if sex is Sex.MALE else Sex.MALE
            years = min(max(age + (-2 if other is Sex.FEMALE else 2) + rng.uniform(-3, 3), 20), 95)
            living = Living.DECEASED if age > 68 and rng.random() < 0.15 else Living.HERE
            members.append(self.person(years, other, kinship=Kinship.SPOUSE, living=living))
        return members, age

    def _children(self, members: list[Person], age: float, counts: tuple[float, ...]) -> None:
        rng = self.rng
        head = members[0]
        # Children bear the father's name; of a woman alone we know no other.
        father = head if head.row["sex"] is Sex.MALE or len(members) == 1 else members[1]
        mother = min(age, (self.today - members[1].born_on).days / 365) if len(members) > 1 else age
        first = mother - rng.uniform(22, 31)
        for nth in range(rng.choices(range(len(counts)), counts)[0]):
            years = first - nth * rng.uniform(2, 6)
            if years < 0:
                return
            away = years > 18 and rng.random() < 0.6
            sex = rng.choice((Sex.MALE, Sex.FEMALE))
            kinship = Kinship.SON if sex is Sex.MALE else Kinship.DAUGHTER
            members.append(self.person(years, sex, father.surname, kinship, Living.AWAY if away else Living.HERE))

    def _parents(self) -> list[Person]:
        members, age = self._couple(26, 58, 0.86)
        self._children(members, age, (0.22, 0.56, 0.22))
        if self.rng.random() < 0.1 and age < 56:
            male = self.rng.random() < 0.4
            kinship = Kinship.FATHER if male else Kinship.MOTHER
            surname = members[0].surname if male else ""
            members.append(self.person(age + self.rng.uniform(23, 31), Sex.MALE if male else Sex.FEMALE, surname, kinship))
        return members

    def _retired(self) -> list[Person]:
        members, age = self._couple(58, 86, 0.74)
        if self.rng.random() < 0.25:
            self._children(members, age, (0.1, 0.7, 0.2))
        return members

    def _tenants(self) -> list[Person]:
        rng = self.rng
        if rng.random() < 0.3:
            members, _age = self._couple(21, 40, 0)
            for _nth in range(rng.choice((0, 1, 1, 2))):
                members.append(self.person(rng.uniform(21, 38), rng.choice((Sex.MALE, Sex.FEMALE)), kinship=Kinship.FLATMATE))
            return members
        members, age = self._couple(23, 48, 0.8)
        self._children(members, age, (0.45, 0.45, 0.1))
        return members


def _split(names: dict[int, str]) -> dict[int, list[str]]:
    return {era: text.split() for era, text in names.items()}
