"""The typed settings of a city: what `params/*.yaml` may say. Types only; reading is `analysis.settings`.

Codes (schools, exams, subjects, classes) are strict strings: YAML reads an unquoted 0701 as the number 449.
Every default below is the default of methods.md.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictStr, model_validator
from pydantic_core import PydanticCustomError

Code = Annotated[StrictStr, Field(pattern=r"^[^\s/\\:*?\"<>|]+$", max_length=64)]
Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class City(Model):
    """Who issues the reports."""

    code: Code = Field(description="Short name used in file names.")
    name: str = Field(description="Name as printed, e.g. 青禾市.")
    bureau: str = Field("", description="Issuing office as printed in the masthead.")


class School(Model):
    """A school as the bureau knows it."""

    code: Code = Field(description="Code of the school, in quotes.")
    name: str = Field(description="Full official name.")
    aliases: tuple[StrictStr, ...] = Field(
        (), description="Other spellings met in score sheets; exact after normalising."
    )
    sector: str = Field("", description="One of `sectors`: 市直, 镇办, 民办 …")
    township: str = Field("", description="镇（办）中心学校 it belongs to.")
    official: str = Field("", description="Bureau leader responsible for it (分包领导).")
    principal: str = Field("", description="Principal; printed nowhere but on the bureau's own lists.")
    stage: Literal["primary", "junior", "senior", ""] = Field("", description="School stage.")


class Subject(Model):
    """A paper's subject that the built-in list does not have, or that has a local name."""

    name: str = Field(description="Name as printed.")
    aliases: tuple[StrictStr, ...] = Field((), description="Headings met in sheets.")


class Paper(Model):
    """One paper of an exam."""

    full_mark: Positive | None = Field(
        None, description="Full mark; null where the paper has none (scaled scores)."
    )
    in_total: bool = Field(True, description="Whether the declared total sums it.")
    choice_items: tuple[StrictStr, ...] = Field(
        (), description="Items a pupil may choose not to answer (选做题)."
    )


class Line(Model):
    """A cut line on the total (参考线、分数线)."""

    key: Code
    name: str = Field(description="Name as printed.")
    total: Positive = Field(description="Mark on the total from which a pupil is over the line.")
    track: str = Field("", description="Only for this track (物理类、历史类).")


class Authority(Model):
    """The document that allows an exam that the rules would stop."""

    issuer: str
    document: str
    date: date
    scope: str


class Sheets(Model):
    """Where an exam's score sheets are, and what only a person can tell about them."""

    path: str = Field(description="File, folder or glob, relative to the settings file's `data` folder.")
    columns: dict[StrictStr, StrictStr] = Field(
        {},
        description="Heading → role, for headings the alias table does not know: a subject code, or one of "
        "pupil, name, school, class, sex, sector, subject, mark, state, total, teacher, weight, cohort, ignore. "
        "The heading '@row' stands for the row's own number.",
    )
    only: dict[StrictStr, StrictStr] = Field(
        {}, description="Keep only rows where this heading has this value."
    )
    kind: Literal["marks", "items", "roster", "teachers", "item_table"] = Field(
        "marks", description="What the sheets hold."
    )
    subject: StrictStr = Field(
        "", description="Subject of an item sheet or a one-subject sheet, if no heading says."
    )
    school: StrictStr = Field("", description="Code of the school all rows belong to, if no column says.")


class Exam(Model):
    """One exam of the calendar."""

    id: Code = Field(description="Name of the exam in file names and on the command line.")
    title: str = Field(description="Title as printed.")
    date: date
    grade: int = Field(ge=1, le=12, description="1–6 primary, 7–9 junior, 10–12 senior.")
    kind: Literal["monitor", "mock", "term", "entrance", "graduation", "gaokao", "sample"] = Field(
        "monitor",
        description="monitor 统考/监测, mock 模拟, term 学校期中期末, entrance 中考, graduation 学业水平, gaokao 高考, sample 抽测.",
    )
    organiser: Literal["school", "city", "prefecture", "province"] = "city"
    authority: Authority | None = Field(
        None, description="Needed where the policy of that day bars such an exam."
    )
    papers: dict[Code, Paper] = Field({}, description="Subject code → paper.")
    baselines: tuple[Code, ...] = Field((), description="Exams that give the starting point, newest first.")
    previous: Code | None = Field(
        None, description="Last comparable exam of the cohort before (a year earlier)."
    )
    lines: tuple[Line, ...] = ()
    sheets: tuple[Sheets, ...] = Field((), description="The score sheets.")
    track: bool = Field(False, description="Positions are inside the pupil's track.")


class Indicators(Model):
    """Lines of the rates, as shares of the full mark; and the local rules of 盯成绩."""

    excellent: Share = 0.85
    good: Share = 0.70
    passing: Share = 0.60
    low: Share = 0.40
    denominator: Literal["sat", "roster"] = Field("sat", description="Who counts in rates.")
    effective: Literal["head_count", "proportional"] = Field(
        "head_count", description="Method of the effective score."
    )
    borderline_total: Share = Field(0.015, description="Width of 临界 on the total, share of its full mark.")


class Composite(Model):
    """A composite index (综合指数): 100 × the weighted sum of its parts."""

    key: Code
    name: str
    parts: dict[Literal["pass_rate", "score_rate", "excellent_rate", "good_rate", "low_rate"], float]
    relative_to_best: bool = Field(False, description="Each part divided by the best school's (≥ 50 pupils).")


class ModelSettings(Model):
    """How progress is measured."""

    prior_correction: bool = Field(True, description="Correct baseline scores for their measurement error.")
    reliability_paper: Share = Field(
        0.87, description="Assumed reliability of a paper without other evidence."
    )
    reliability_total: Share = Field(0.95, description="The same of a total.")
    other_subjects: bool = Field(True, description="Other subjects' baselines enter too.")
    spline: bool = Field(
        True, description="Natural cubic spline of the same-subject baseline; false: a straight line."
    )
    scale: Literal["normal", "standard", "given"] = Field(
        "normal",
        description="Positions that progress compares: normal (normal scores by rank), standard ((mark − mean)/sd), "
        "given (the scores are standard scores already; refused where they are not).",
    )
    school_slope: bool = Field(
        False,
        description="School-specific slope of the baseline: the city report then shows each school for pupils who started low and high.",
    )
    covariates: tuple[Literal["sex", "track"], ...] = Field(
        (), description="What pupils are also compared by, beside their start: sex, track."
    )
    draws: int = Field(2000, ge=200, le=20000)
    null_runs: int = Field(200, ge=0, le=2000)
    seed: int = 20260901
    growth_percentiles: bool = True


class Judgements(Model):
    """Thresholds of the judgements, in sd and probabilities (docs/methods.md §6)."""

    meaningful: Positive = Field(0.15, description="Smallest difference that means something.")
    weak_effect: float = -0.10
    weak_probability: Share = 0.9
    watch_probability: Share = 0.8
    own_effect: float = -0.05
    decline_step: float = -0.05
    decline_total: float = -0.10
    decline_probability: Share = 0.9
    balance: Positive = 0.2
    balance_probability: Share = 0.9
    spread_probability: Share = Field(
        0.99, description="Differences between the classes of a school: how sure, over all its papers."
    )
    tier_share: Share = 0.25
    tier_probability: Share = 0.8
    award_places: int = Field(
        8, ge=1, description="Places of the award list; at most half of the schools of a paper count."
    )
    list_error: Share = Field(
        0.10, description="A list is published only if its expected share of wrong names is at most this."
    )
    participation: Share = 0.95
    matched: Share = 0.80
    matched_floor: Share = 0.60
    tipping: Positive = 0.5


class Privacy(Model):
    hidden_below: int = Field(11, ge=3)
    note_below: int = Field(20, ge=3)
    teachers: bool = Field(True, description="The school report may show its own teachers' classes (coded).")


class Limits(Model):
    """What one score-sheet file may cost."""

    file_bytes: int = Field(200_000_000, description="Largest file.")
    unpacked_bytes: int = Field(600_000_000, description="Largest unpacked size of a workbook or archive.")
    ratio: float = Field(200.0, description="Largest packing ratio of one archive member over 10 MB.")
    cells: int = Field(8_000_000, description="Most cells of one file, all its sheets together.")
    columns: int = Field(2_000, description="Most columns of one sheet.")
    cell_chars: int = Field(32_767, description="Longest text of one cell.")
    members: int = Field(2_000, description="Most files in one archive.")


class Benchmark(Model):
    """A sister county's figures for one exam, as handed down from the prefecture."""

    exam: Code
    county: str
    subject: Code
    mean: float
    sd: Positive | None = None
    n: int | None = None
    pass_rate: Share | None = None
    excellent_rate: Share | None = None


def _fault(message: str, *path: str | int) -> PydanticCustomError:
    """A fault that lies deeper than the model that finds it: `path` leads to its line."""
    return PydanticCustomError("reference", "{text}", {"text": message, "path": path})


def _same_cohort(exam: Exam, previous: Exam) -> str:
    """Why an exam cannot be that of the cohort before, or ''. Two exams of the same pupils are one observation."""
    if previous.grade != exam.grade:
        return f"{previous.id} is of grade {previous.grade}, {exam.id} of grade {exam.grade}: not the cohort before"
    if _school_year(previous) == _school_year(exam):
        return f"{previous.id} and {exam.id} are of one school year: the same pupils, not the cohort before"
    return ""


def _school_year(exam: Exam) -> int:
    """The year in which its school year began; it begins in August, when entrance checks are written."""
    return exam.date.year - (exam.date.month < 8)


class Params(Model):
    """One city's settings: the whole of a `params/*.yaml` file."""

    city: City
    language: Literal["zh", "en"] = "zh"
    data: str = Field(
        ".", description="Folder of the score sheets, relative to this file; `demo:` makes the demo city's."
    )
    report_exam: Code | None = Field(
        None, description="Exam reported by default; else the newest with sheets."
    )
    report_unit: str = Field("", description="What one school is called where 'school' would be wrong.")
    sectors: tuple[StrictStr, ...] = ()
    open_schools: bool = Field(
        False, description="Schools that only the sheets name are added instead of questioned."
    )
    schools: tuple[School, ...] = Field(
        (),
        description="The list; or the name of a workbook (`学校信息.xlsx`) beside this file that holds it, one row a "
        "school, all cells text, spellings separated by 、 or ;. `quality new` writes one with its headings.",
    )
    subjects: dict[Code, Subject] = {}
    exams: tuple[Exam, ...]
    teachers: tuple[Sheets, ...] = Field((), description="Assignment tables that hold for all exams.")
    rosters: tuple[Sheets, ...] = Field((), description="学籍 lists.")
    links: str = Field("", description="links.csv: links confirmed or forbidden by a person.")
    indicators: Indicators = Indicators()
    composites: tuple[Composite, ...] = (
        Composite(
            key="s_value", name="S值", parts={"pass_rate": 0.50, "score_rate": 0.45, "excellent_rate": 0.05}
        ),
    )
    model: ModelSettings = ModelSettings()
    judgements: Judgements = Judgements()
    privacy: Privacy = Privacy()
    limits: Limits = Limits()
    benchmarks: tuple[Benchmark, ...] = ()
    policy: Literal["by_date", "open", "none"] = Field(
        "by_date",
        description="by_date: rule set of the exam's day; open: gates off, names who allowed it; none: not under these rules.",
    )
    policy_open_reason: str = Field(
        "", description="Person and document, printed on each page where policy is open."
    )

    @model_validator(mode="after")
    def _names_are_known_and_single(self) -> "Params":
        """References point somewhere; codes and aliases point to one thing only."""
        ids, dates = [exam.id for exam in self.exams], {exam.id: exam.date for exam in self.exams}
        for i, exam in enumerate(self.exams):
            if exam.id in ids[:i]:
                raise _fault(f"exam id given twice: {exam.id}", "exams", i, "id")
            for key, others in (("baselines", exam.baselines), ("previous", filter(None, [exam.previous]))):
                for other in others:
                    if other not in ids:
                        raise _fault(f"{other} is not in the calendar", "exams", i, key)
                    if other == exam.id:
                        raise _fault(f"exam {exam.id} names itself as baseline", "exams", i, key)
                    if dates[other] >= exam.date:
                        message = f"exam {exam.id} of {exam.date}: {other} is of {dates[other]}, not earlier"
                        raise _fault(message, "exams", i, key)
            if exam.previous and (fault := _same_cohort(exam, self.exam(exam.previous))):
                raise _fault(fault, "exams", i, "previous")
        if self.report_exam and self.report_exam not in ids:
            raise _fault(f"{self.report_exam} is not in the calendar", "report_exam")
        codes = [school.code for school in self.schools]
        for i, code in enumerate(codes):
            if code in codes[:i]:
                raise _fault(f"school code given twice: {code}", "schools", i, "code")
        owners: dict[str, str] = {}
        for i, school in enumerate(self.schools):
            for name in {school.code, school.name, *school.aliases}:
                if owners.setdefault(name, school.code) != school.code:
                    message = f"school name {name} belongs to {owners[name]} and to {school.code}"
                    raise _fault(message, "schools", i)
            if self.sectors and school.sector and school.sector not in self.sectors:
                raise _fault(f"sector {school.sector} is not in sectors", "schools", i, "sector")
        return self

    def school_name(self, code: str) -> str:
        """A school's name; of one that only the sheets name: its code, as a number after what a school is called."""
        known = next((school.name for school in self.schools if school.code == code), "")
        unit = self.report_unit or ("学校" if self.language == "zh" else "School")
        return known or (f"{unit} {code}" if code.isdigit() else code)

    def exam(self, exam_id: str) -> Exam:
        """The exam of that id (KeyError if unknown)."""
        return {exam.id: exam for exam in self.exams}[exam_id]
