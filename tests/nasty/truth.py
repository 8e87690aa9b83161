"""The invented city: three schools, two cohorts, three exams each; who sat, with which mark or state."""

from dataclasses import dataclass, field, replace
from random import Random

SCHOOLS = {
    "0101": ("青禾市第一中学", "一中", "青禾一中"),
    "0102": ("青禾实验中学", "实验", "实验中学"),
    "0103": ("青禾市东关中学", "东关", "东关中学"),
}
SUBJECTS = {
    "chinese": "语文",
    "math": "数学",
    "english": "英语",
    "politics": "道德与法治",
    "history": "历史",
    "physics": "物理",
    "chemistry": "化学",
}
CLASSES = 2
SIZE = 14
_FAMILY = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
_GIVEN = "安宁晨曦子涵雨桐浩然思远一诺佳怡梓轩欣妍博文雅静俊杰若溪明哲诗琪天佑可心宇航景行"
RARE = {"䶮": "b2", "㛃": "b2"}


@dataclass(frozen=True)
class Exam:
    id: str
    title: str
    date: str
    grade: int
    cohort: str
    full: dict[str, float]
    baselines: tuple[str, ...] = ()


EXAMS = {
    e.id: e
    for e in (
        Exam("a1", "2024-2025学年第一学期七年级期末", "2025-01-15", 7, "A",
             {"chinese": 120, "math": 120, "english": 100, "politics": 60, "history": 50}),
        Exam("a2", "2024-2025学年第二学期七年级期末", "2025-07-02", 7, "A",
             {"chinese": 150, "math": 150, "english": 100, "politics": 60, "history": 60}, ("a1",)),
        Exam("a3", "2025-2026学年第一学期八年级期中", "2025-11-12", 8, "A",
             {"chinese": 120, "math": 120, "english": 120, "politics": 60, "physics": 90}, ("a2",)),
        Exam("b1", "2024-2025学年第一学期八年级期末", "2025-01-15", 8, "B",
             {"chinese": 120, "math": 120, "english": 100, "politics": 60, "physics": 90}),
        Exam("b2", "2024-2025学年第二学期八年级期末", "2025-07-02", 8, "B",
             {"chinese": 120, "math": 120, "english": 120, "politics": 60, "physics": 70}, ("b1",)),
        Exam("b3", "2025-2026学年第一学期九年级期中", "2025-11-12", 9, "B",
             {"chinese": 120, "math": 120, "english": 120, "politics": 70, "physics": 80, "chemistry": 60}, ("b2", "b1")),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Pupil:
    """One pupil; `national` has its G, `number` is the 学号, unique only inside the school."""

    key: int
    cohort: str
    school: str
    klass: int
    name: str
    national: str
    number: str
    former: str = ""


@dataclass
class City:
    """Truth.

    Attributes
    ----------
    marks : dict
        (exam, pupil, subject) → (state, score); what the sheets truly say, after all that was planted.
    asked : dict
        (exam, pupil, subject) → code of the data issue that must be raised; the mark must not be used.
    doubtful : set
        (pupil, exam) that nobody could link by what the sheets say; must be reported.
    items : dict
        (exam, pupil, subject, item) → mark, and whether the cell was blank; leaf items only.
    excluded : dict
        pupil → the word that keeps the pupil out of the figures.
    """

    seed: int
    pupils: list[Pupil]
    marks: dict[tuple[str, int, str], tuple[str, float | None]] = field(default_factory=dict)
    asked: dict[tuple[str, int, str], str] = field(default_factory=dict)
    doubtful: set[tuple[int, str]] = field(default_factory=set)
    items: dict[tuple[str, int, str, str], tuple[float, bool]] = field(default_factory=dict)
    excluded: dict[int, str] = field(default_factory=dict)

    def group(self, cohort: str, school: str, klass: int = 0) -> list[Pupil]:
        return [p for p in self.pupils if (p.cohort, p.school) == (cohort, school) and klass in (0, p.klass)]

    def set_all(self, exam: str, pupil: Pupil, state: str, score: float | None = None) -> None:
        for subject in EXAMS[exam].full:
            self.marks[exam, pupil.key, subject] = (state, score)


def city(seed: int) -> City:
    """The city of one seed."""
    random = Random(seed)
    pupils: list[Pupil] = []
    taken: set[str] = set()
    for cohort, year in (("A", 2012), ("B", 2011)):
        for s, school in enumerate(SCHOOLS):
            for klass in range(1, CLASSES + 1):
                for i in range(SIZE):
                    pupils.append(_pupil(random, len(pupils), cohort, year, school, s, klass, i, taken))
    made = City(seed, _planted(pupils))
    for exam in EXAMS.values():
        _marks(random, made, exam)
    return made


def _pupil(
    random: Random, key: int, cohort: str, year: int, school: str, s: int, klass: int, i: int, taken: set[str]
) -> Pupil:
    name = ""
    while not name or name in taken:
        name = random.choice(_FAMILY) + "".join(random.choices(_GIVEN, k=random.choice((1, 2, 2))))
    taken.add(name)
    born = f"{year}{random.randint(1, 12):02d}{random.randint(1, 28):02d}"
    national = f"G41100{2 + s}{born}{random.randint(1, 9)}{key % 100:02d}{random.choice('0123456789X')}"
    # 学号 begin anew in each school, and equal ones stand in two schools.
    number = f"0{year + 12}{klass:02d}{i + 1:02d}" if cohort == "A" else f"{year + 12}{klass:02d}{i + 1:02d}"
    return Pupil(key, cohort, school, klass, name, national, number)


def _planted(pupils: list[Pupil]) -> list[Pupil]:
    """Names that make trouble: two of one name in a class, one name in two schools, rare characters, a renaming."""
    at = {(p.cohort, p.school, p.klass, p.key % SIZE): p.key for p in pupils}

    def call(cohort: str, school: str, klass: int, i: int, **fields: str) -> None:
        key = at[cohort, school, klass, i]
        pupils[key] = replace(pupils[key], **fields)  # type: ignore[arg-type]

    for cohort in "AB":
        for school in SCHOOLS:
            call(cohort, school, 1, 3, name="刘洋")
        call(cohort, "0101", 1, 4, name="刘洋")  # two in one class
    call("B", "0102", 1, 5, name="王䶮")
    call("B", "0103", 1, 5, name="李䶮然")
    call("B", "0103", 2, 5, name="赵㛃")
    call("A", "0101", 2, 6, name="林晓川", former="陈晓川")
    call("B", "0102", 2, 6, name="林望舒", former="陈望舒")
    return pupils


def _marks(random: Random, made: City, exam: Exam) -> None:
    """Marks for everybody, then absences: one pupil of a class in all papers, one in one paper."""
    for pupil in made.pupils:
        if pupil.cohort != exam.cohort:
            continue
        level = random.gauss(0.62, 0.14)
        for subject, full in exam.full.items():
            share = min(max(level + random.gauss(0, 0.08), 0.04), 0.99)
            made.marks[exam.id, pupil.key, subject] = ("ok", round(2 * full * share) / 2)
    for school in SCHOOLS:
        for klass in range(1, CLASSES + 1):
            whole, single = random.sample(made.group(exam.cohort, school, klass)[7:12], 2)
            made.set_all(exam.id, whole, "absent")
            made.marks[exam.id, single.key, random.choice(list(exam.full))] = ("absent", None)
