"""青禾市, a county-level city that does not exist: its schools, sectors, townships and people in charge.

The plan does not depend on the seed, so that the settings file can be kept in the repository; what is drawn
(pupils, effects, marks) does. Names are put together from neutral syllables; no real school or person is meant.
"""

from dataclasses import dataclass

import numpy as np

CITY = "青禾市"
SECTORS = ("镇办", "市直", "民办")
TOWNS = (
    *("柳湖镇", "石桥镇", "云溪镇", "白杨镇", "东岭镇", "青龙镇", "竹园镇", "清河镇", "丰乐镇", "平安镇"),
    *("枣林乡", "望山镇"),
    *("城东街道", "城西街道", "南湖街道", "北苑街道"),
)
PRIVATE = ("明德", "启航", "育才", "博雅", "新星", "树人")
SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
    "苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史"
)
GIVEN = (
    "子涵宇轩梓欣怡晨曦博文思雨佳琪浩然雅静俊杰诗涵明哲若彤嘉宁书瑶一诺亦凡可心安然"
    "卓航锦程景行知远清妍语桐星辰睿霖沐阳舒望云帆乐天永康春晓秋实"
)
OFFICIALS = ("陈立衡", "周文澜", "何守成", "林静远", "徐广源", "方既明", "沈若川", "袁松年")


@dataclass(frozen=True)
class Planted:
    """A school whose figures are set on purpose, so that a judgement can be checked against what is known.

    `effects` are the school's total effects in sd for the cohorts of 2024, 2025 and 2026; `None`: drawn.
    """

    key: str
    effects: tuple[float, float, float] | None = None
    intake: float | None = None
    size: int | None = None


PLANTED = {
    "竹园镇第二初级中学": Planted("progress_low_means", (0.35, 0.35, 0.35), -0.80, 270),
    "青禾市外国语中学": Planted("reverse_high_intake", (-0.30, -0.30, -0.30), 0.65, 380),
    "青龙镇第一初级中学": Planted("declining", (0.20, 0.0, -0.20), 0.05, 290),
    "启航学校": Planted("weak_pupils_away", None, 0.15, 228),
    "枣林乡第二初级中学": Planted("nine_matched", None, -0.10, 9),
    "望山镇第二初级中学": Planted("small", None, -0.10, 15),
    "柳湖镇第一初级中学": Planted("weak_topic", None, -0.25, 312),
}


@dataclass(frozen=True)
class School:
    """One school as the bureau knows it; `size` and `intake` describe a usual cohort (pupils, sd)."""

    code: str
    name: str
    aliases: tuple[str, ...]
    sector: str
    township: str
    official: str
    principal: str
    stage: str
    size: int
    intake: float

    @property
    def planted(self) -> Planted | None:
        return PLANTED.get(self.name)


def _junior_names() -> list[tuple[str, str, str, tuple[str, ...]]]:
    """Name, sector, township and other spellings of the junior schools, in the bureau's order."""
    rows: list[tuple[str, str, str, tuple[str, ...]]] = []
    for number in "一二三四五六":
        name = f"第{number}初级中学"
        rows.append((CITY + name, "市直", "", (f"青禾{number}中", f"市{number}中")))
    rows.append((f"{CITY}实验中学", "市直", "", ("青禾实验中学", "市实验中学")))
    rows.append((f"{CITY}外国语中学", "市直", "", ("青禾外国语中学", "市外国语中学")))
    for town in TOWNS:
        numbers = "" if town.endswith("街道") else "一二"
        for number in numbers:
            spellings = (f"{town}{number}中", f"{CITY}{town}第{number}初级中学")
            rows.append((f"{town}第{number}初级中学", "镇办", town, spellings))
        if not numbers:
            rows.append((f"{town}初级中学", "镇办", town, (f"{town}中学", f"{CITY}{town}初级中学")))
    rows += [(f"{name}学校", "民办", "", (f"{CITY}{name}学校", f"{name}中学")) for name in PRIVATE]
    return rows


def _other_names() -> list[tuple[str, str, str, str, tuple[str, ...]]]:
    """Stage, name, sector, township and other spellings of the senior and primary schools."""
    rows: list[tuple[str, str, str, str, tuple[str, ...]]] = []
    for number in "一二三四":
        rows.append(("senior", f"{CITY}第{number}高级中学", "市直", "", (f"青禾{number}高", f"市{number}高")))
    rows.append(("senior", f"{CITY}实验高级中学", "市直", "", ("市实验高中",)))
    rows.append(("senior", "明德高级中学", "民办", "", ("明德高中",)))
    rows += [("primary", f"{town}中心小学", "镇办", town, (f"{CITY}{town}中心小学",)) for town in TOWNS]
    for number in "一二三四":
        rows.append(("primary", f"{CITY}第{number}小学", "市直", "", (f"市{number}小",)))
    return rows


def person(rng: np.random.Generator) -> str:
    """A made-up name of two or three characters."""
    given = rng.choice(list(GIVEN), size=int(rng.integers(1, 3)), replace=False)
    return str(rng.choice(list(SURNAMES))) + "".join(given)


def centre(town: str) -> str:
    """The township's central school office (中心学校), or nothing for schools directly under the city."""
    return f"{town}中心学校" if town else ""


def _official(town: str, order: int) -> str:
    return OFFICIALS[(TOWNS.index(town) if town else order) % len(OFFICIALS)]


_SIZES = {"镇办": (132, 228), "市直": (270, 375), "民办": (120, 260)}
_INTAKES = {"镇办": -0.14, "市直": 0.14, "民办": 0.28}


def junior_schools() -> tuple[School, ...]:
    """The 42 junior schools: code, names, size and intake of a usual cohort."""
    rng = np.random.default_rng(381)
    schools = []
    for order, (name, sector, town, aliases) in enumerate(_junior_names()):
        size, intake = int(rng.integers(*_SIZES[sector])), _INTAKES[sector] + 0.2 * rng.standard_normal()
        planted = PLANTED.get(name, Planted(""))
        schools.append(
            School(
                code=f"02{order + 1:02d}",
                name=name,
                aliases=aliases,
                sector=sector,
                township=centre(town),
                official=_official(town, order),
                principal=person(rng),
                stage="junior",
                size=planted.size or size,
                intake=round(intake if planted.intake is None else planted.intake, 3),
            )
        )
    return tuple(schools)


def other_schools() -> tuple[School, ...]:
    """Senior and primary schools; they are in the settings, their exams only in the calendar."""
    rng = np.random.default_rng(382)
    prefix = {"senior": "03", "primary": "01"}
    return tuple(
        School(
            code=f"{prefix[stage]}{order + 1:02d}",
            name=name,
            aliases=aliases,
            sector=sector,
            township=centre(town),
            official=_official(town, order),
            principal=person(rng),
            stage=stage,
            size=0,
            intake=0.0,
        )
        for order, (stage, name, sector, town, aliases) in enumerate(_other_names())
    )


def few_schools() -> tuple[School, ...]:
    """A dozen junior schools, for quick tests: all planted ones and a few others."""
    schools = junior_schools()
    plain = [school for school in schools if school.planted is None][::8]
    return tuple(s for s in schools if s.planted is not None or s in plain)
