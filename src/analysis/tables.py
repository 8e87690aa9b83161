"""Schemas of every table: type, unit, privacy class. One line a column; the data dictionary is made from here.

Privacy classes: open (may be published) < unit (a unit's figure: small-cell rules apply) < pupil (a row a pupil,
keyed hashes only). No table holds a pupil's name or number.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "int", "float", "bool"]
Privacy = Literal["open", "unit", "pupil"]


@dataclass(frozen=True)
class Column:
    name: str
    kind: Kind
    note: str
    nullable: bool = False


@dataclass(frozen=True)
class Table:
    """One table. `key` columns identify a row; rows are stored in the order they were made."""

    name: str
    home: Literal["warehouse", "results"]
    privacy: Privacy
    note: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]


def _columns(text: str) -> tuple[Column, ...]:
    """Columns from lines `name kind note`; a `?` after the kind allows missing values."""
    rows = (line.split(None, 2) for line in text.strip().splitlines())
    return tuple(Column(name, kind.rstrip("?"), note, kind.endswith("?")) for name, kind, note in rows)  # type: ignore[arg-type]


def _table(name: str, home: str, privacy: str, note: str, key: str, text: str) -> Table:
    return Table(name, home, privacy, note, tuple(key.split()), _columns(text))  # type: ignore[arg-type]


_WAREHOUSE = (
    _table(
        "exams",
        "warehouse",
        "open",
        "The exams that have sheets",
        "exam",
        """
        exam text id of the exam
        title text title as printed
        date text ISO date
        grade int 1–12
        kind text monitor, mock, term, entrance, graduation, gaokao, sample
        roster_known bool whether absent pupils are known (a roster, or absences marked in the sheets)""",
    ),
    _table(
        "papers",
        "warehouse",
        "open",
        "Papers of the exams",
        "exam subject",
        """
        exam text id of the exam
        subject text subject code
        name text name as printed
        full_mark float? full mark; missing where the paper has none
        order int order as in the settings
        in_total bool summed into the total""",
    ),
    _table(
        "schools",
        "warehouse",
        "open",
        "Schools",
        "school",
        """
        school text code
        name text name as printed
        sector text 市直, 镇办, 民办 … or empty
        township text 镇（办）中心学校 or empty
        official text responsible bureau leader or empty
        stage text primary, junior, senior or empty""",
    ),
    _table(
        "pupils",
        "warehouse",
        "pupil",
        "Pupils over all exams",
        "pupil",
        """
        pupil text keyed hash
        sex text F, M or empty
        excluded text reason by rule (借读, 随班就读 …) or empty""",
    ),
    _table(
        "enrolments",
        "warehouse",
        "pupil",
        "A pupil in an exam: where they sat",
        "exam pupil",
        """
        exam text id of the exam
        pupil text keyed hash
        school text code
        class text class label, e.g. 901; empty if unknown
        track text 物理类, 历史类 or empty
        status text ok, or left when still listed but gone
        source int file and sheet, index into account
        row int row in the sheet, from 1""",
    ),
    _table(
        "scores",
        "warehouse",
        "pupil",
        "Marks and states; the declared total is subject 'total'",
        "exam pupil subject",
        """
        exam text id of the exam
        pupil text keyed hash
        subject text subject code
        state text ok, absent, cheat, deferred, exempt, unscanned, invalid, blank, left
        score float? mark on the paper; only where state is ok
        source int index into account
        row int row in the sheet, from 1""",
    ),
    _table(
        "items",
        "warehouse",
        "pupil",
        "Item marks of pupils who sat",
        "exam subject pupil item",
        """
        exam text id of the exam
        subject text subject code
        pupil text keyed hash
        item text item label
        mark float? mark; missing where a choice item was not chosen
        blank bool left blank (counts as 0)""",
    ),
    _table(
        "item_table",
        "warehouse",
        "open",
        "Items of the papers (双向细目表)",
        "exam subject item",
        """
        exam text id of the exam
        subject text subject code
        item text item label
        order int order on the paper
        full_mark float? full mark of the item
        topic text knowledge point or empty
        ability text ability or empty
        expected_rate float? score rate the setters expected""",
    ),
    _table(
        "teachings",
        "warehouse",
        "pupil",
        "Who taught which class",
        "exam school class subject teacher",
        """
        exam text id of the exam
        school text code
        class text class label
        subject text subject code
        teacher text keyed hash of school and name
        weight float share of the time since the baseline, 0–1
        since text? ISO date of taking the class""",
    ),
    _table(
        "pupil_teachings",
        "warehouse",
        "pupil",
        "Teachers of single pupils, where sheets say so",
        "exam pupil subject teacher",
        """
        exam text id of the exam
        pupil text keyed hash
        subject text subject code
        teacher text keyed hash
        weight float share of the pupil's time""",
    ),
    _table(
        "data_issues",
        "warehouse",
        "unit",
        "Trouble in the sheets: one row a problem",
        "",
        """
        severity text error, question, note
        code text kind of problem; words in intake/issues.yaml
        exam text id of the exam or empty
        file text file name
        sheet text sheet name
        cell text address of the (first) cell, e.g. F12
        school text code or empty
        class text class or empty
        subject text subject code or empty
        read text what was read (never a name)
        assumed text what was taken instead, or empty
        n int how many cells or rows""",
    ),
    _table(
        "account",
        "warehouse",
        "open",
        "Every cell and row of every sheet, accounted for",
        "source",
        """
        source int number of file and sheet
        file text file name, with the archive's in front
        sheet text sheet name
        sha256 text hash of the file
        kind text marks, items, roster, teachers, item_table or skipped
        exam text id of the exam or empty
        reason text why skipped, or empty
        cells int cells in mark columns, in pupil rows
        scores int of these: scores
        states int of these: states
        issues int of these: data issues
        rows int non-empty rows below the header
        pupils int of these: pupils
        summaries int of these: summary, header and note rows
        repeats int of these: exact repeats
        skipped int of these: skipped by rule""",
    ),
    _table(
        "links",
        "warehouse",
        "pupil",
        "Which row is which pupil, and by which rule",
        "exam pupil source row",
        """
        pupil text keyed hash
        exam text id of the exam
        school text code
        class text class label
        rule text rule that made the link
        source int index into account
        row int row in the sheet""",
    ),
)

_INTERVAL = """
        value float? point estimate
        lo float? lower end, 95 %
        hi float? upper end, 95 %
        n int pupils
        flag text empty, or why it is not shown or not judged"""

_UNIT = """
        exam text id of the exam
        level text city, sector, township, official, school, class, teacher
        unit text id within the level: school code, school/class, school/subject/teacher code"""

_RESULTS = (
    _table(
        "units",
        "results",
        "open",
        "Every unit that has results",
        "exam level unit",
        _UNIT
        + """
        name text name as printed
        school text code of the school it belongs to, or empty
        sector text sector or empty
        township text township or empty
        official text official or empty
        expected int? expected pupils (any paper)
        sat int pupils with a score in any paper
        matched int? of these: with a baseline; missing where these are few, or could tell of few""",
    ),
    _table(
        "participation",
        "results",
        "unit",
        "Who sat, subject by subject",
        "exam level unit subject",
        _UNIT
        + """
        subject text subject code or total
        expected int? roster less left, deferred, exempt; missing where no roster is known
        sat int pupils with a score
        absent int absent
        cheat int cheating or breach
        deferred int deferred
        exempt int exempt
        unscanned int not scanned
        invalid int mark not usable
        blank int nothing entered
        matched int? sat and have a baseline; missing where these are few, or could tell of few
        rate float? sat / expected
        rate_lo float? Wilson, 95 %
        rate_hi float? Wilson, 95 %
        flag text small-cell flag""",
    ),
    _table(
        "outflow",
        "results",
        "unit",
        "Pupils of the starting exam who did not sit this one",
        "exam level unit",
        _UNIT
        + """
        start int pupils of the unit at the starting exam
        gone int of these: not in this exam
        value float? mean start z of the gone less the others
        lo float? 95 %
        hi float? 95 %
        flag text small-cell flag""",
    ),
    _table(
        "indicators",
        "results",
        "unit",
        "Achievement and starting point: one row a figure",
        "exam level unit subject indicator",
        _UNIT
        + """
        subject text subject code, total, or all
        indicator text key in measures.INDICATORS
        value float? figure in the indicator's unit
        se float? standard error of 'another cohort like this one'
        lo float? 95 %
        hi float? 95 %
        reference float? the city's figure
        rank_lo int? rank interval 90 %, best is 1 (composites, start, achievement of schools)
        rank_hi int? the same, upper end
        n int pupils
        verdict text one of terms.Verdict, or empty where the figure has no better side
        flag text empty, or why it is not shown or not judged""",
    ),
    _table(
        "value_added",
        "results",
        "unit",
        "Progress: corrected, recentred effects (sd)",
        "exam level unit subject",
        _UNIT
        + """
        subject text subject code or total
        effect float? position in the city (for classes: school and class together)
        se float? comparative standard error
        lo float? 95 %
        hi float? 95 %
        own float? own part (for schools the same)
        own_lo float? 95 %
        own_hi float? 95 %
        raw float? unshrunken, recentred
        raw_lo float? 95 %
        raw_hi float? 95 %
        marks float? about as many raw marks
        reliability float? 1 − Var(u|data)/τ²
        rank_lo int? 90 %, best is 1
        rank_hi int? 90 %
        p_above float? P(effect > 0)
        p_weak float? P(effect ≤ weak_effect)
        p_own float? P(own ≤ own_effect)
        p_top float? P(in the top share)
        p_bottom float? P(in the bottom share)
        p_again float? P(same tier with the next cohort)
        q float? Benjamini–Hochberg: the smallest level at which raw ≠ 0 is found among the subject's schools
        tier text first, middle, third, between or empty
        sensitive bool judgement changes with the model
        tipping float? mean the missing pupils would need for the verdict to vanish
        n int matched pupils
        verdict text one of terms.Verdict
        flag text empty, or why it is not shown or not judged""",
    ),
    _table(
        "value_added_bands",
        "results",
        "unit",
        "Progress by prior band",
        "exam level unit subject band",
        _UNIT
        + """
        subject text subject code or total
        band int 1 (lowest) – 5"""
        + _INTERVAL
        + """
        verdict text one of terms.Verdict""",
    ),
    _table(
        "growth",
        "results",
        "unit",
        "Growth percentiles",
        "exam level unit subject",
        _UNIT
        + """
        subject text subject code or total
        value float? mean growth percentile
        lo float? 95 %
        hi float? 95 %
        median float? median growth percentile
        q1 float? lower quartile
        q3 float? upper quartile
        n int pupils
        flag text flag""",
    ),
    _table(
        "transitions",
        "results",
        "unit",
        "From prior band to band of this exam's total",
        "exam level unit band_from band_to",
        _UNIT
        + """
        band_from int 1–5
        band_to int 1–5
        n int pupils
        share float? of band_from
        flag text flag""",
    ),
    _table(
        "distributions",
        "results",
        "unit",
        "Histograms and band shares",
        "exam level unit subject kind bin",
        _UNIT
        + """
        subject text subject code or total
        kind text prior (T points), prior_band, score (marks), growth
        bin int number of the bin
        start float lower edge
        stop float upper edge
        n int pupils in the bin
        share float? share of the unit
        lo float? 95 %
        hi float? 95 %
        city float? share in the city
        flag text flag""",
    ),
    _table(
        "lines",
        "results",
        "unit",
        "Cut lines on the total",
        "exam level unit line",
        _UNIT
        + """
        line text key of the line
        name text name as printed
        mark float mark of the line
        reached int pupils at or over it
        value float? share
        lo float? 95 %
        hi float? 95 %
        city float? the city's share
        below int pupils just below (临界)
        above int pupils just above
        delta float width of the borderline in marks
        n int pupils
        flag text flag""",
    ),
    _table(
        "effective",
        "results",
        "unit",
        "Effective scores, hit and contribution rates",
        "exam level unit line subject",
        _UNIT
        + """
        line text key of the line
        subject text subject code
        mark float effective score
        method text head_count or proportional
        own float? share of the unit at or over the effective score
        hit float? hit rate
        hit_lo float? 95 %
        hit_hi float? 95 %
        contribution float? contribution rate
        contribution_lo float? 95 %
        contribution_hi float? 95 %
        city_hit float? the city's hit rate
        city_contribution float? the city's contribution rate (the same under head_count, but for ties)
        n int pupils
        flag text flag""",
    ),
    _table(
        "papers_quality",
        "results",
        "open",
        "The papers themselves",
        "exam subject",
        """
        exam text id of the exam
        subject text subject code or total
        full_mark float? full mark
        n int pupils
        mean float? mean
        sd float? standard deviation
        difficulty float? mean / full mark
        discrimination float? top less bottom 27 % of pupils on the total, as share of full mark
        alpha float? Cronbach's alpha where items exist
        sem float? standard error of measurement
        items int number of items
        distinct int distinct marks
        ceiling float? share at full marks
        zero float? share at 0
        capped bool progress at the top is not measurable
        nominal_weight float? share of the total's full mark
        effective_weight float? cov(x, total)/var(total)
        reliability float? reliability used for the baseline, or by alpha
        z_per_mark float? sd of z per mark near the mean, inverse of marks per sd""",
    ),
    _table(
        "item_quality",
        "results",
        "unit",
        "Items: score rates against the city",
        "exam level unit subject item",
        _UNIT
        + """
        subject text subject code
        item text item label
        order int order on the paper
        topic text knowledge point or empty
        ability text ability or empty
        full_mark float full mark
        value float? score rate
        lo float? 95 %
        hi float? 95 %
        city float? the city's score rate
        gap float? value − city
        gap_lo float? 95 %
        gap_hi float? 95 %
        p_gap float? P(gap ≤ −0.03)
        discrimination float? item-rest correlation (city)
        upper_lower float? D by top and bottom 27 % (city)
        blank_rate float? share left blank
        expected_rate float? setters' expectation
        n int pupils
        flag text flag""",
    ),
    _table(
        "topics",
        "results",
        "unit",
        "Knowledge points and abilities",
        "exam level unit subject kind topic",
        _UNIT
        + """
        subject text subject code
        kind text topic or ability
        topic text name
        items int items
        marks float marks on the paper
        value float? score rate
        lo float? 95 %
        hi float? 95 %
        city float? the city's
        gap float? value − city
        gap_lo float? 95 %
        gap_hi float? 95 %
        p_gap float? P(gap ≤ −0.03)
        n int pupils
        flag text flag""",
    ),
    _table(
        "fits",
        "results",
        "open",
        "What each model fit says of itself",
        "exam subject term",
        """
        exam text id of the exam
        subject text subject code or total
        term text beta:…, variance:…, icc, loglik, criterion, reliability, start_reliability (note: items, papers or assumed), intake_correlation, check:… , state
        value float? estimate
        se float? standard error
        lo float? 95 %
        hi float? 95 %
        note text remark code or empty""",
    ),
    _table(
        "panel",
        "results",
        "unit",
        "Sensitivity of school effects to the model",
        "exam level unit subject fit",
        _UNIT
        + """
        subject text subject code or total
        fit text core, uncorrected, rho_low, rho_high, within, same_only, stayers, contextual, growth, mean_z; slope_low, slope_high: for pupils at the 10th and 90th percentile of the prior
        value float? effect
        lo float? 95 %
        hi float? 95 %
        rank int? rank in this fit
        agrees bool sign and probability agree with the core""",
    ),
    _table(
        "gap",
        "results",
        "unit",
        "From the city's mean to the school's, exactly",
        "exam level unit subject part",
        _UNIT
        + """
        subject text subject code or total
        part text start, value_added, chance, unmatched, all
        value float? sd of the city""",
    ),
    _table(
        "trends",
        "results",
        "unit",
        "Comparable exams, oldest first",
        "exam level unit subject measure past",
        _UNIT
        + """
        subject text subject code or total
        measure text start, progress, achievement
        past text id of the exam on the axis
        title text its title
        date text its date
        cohort text year of leaving the stage, e.g. 2026
        value float? sd
        lo float? 95 %
        hi float? 95 %
        n int pupils
        flag text flag""",
    ),
    _table(
        "changes",
        "results",
        "unit",
        "Change against the last comparable exam",
        "exam level unit subject measure",
        _UNIT
        + """
        subject text subject code or total
        measure text start, progress, achievement
        past text id of the earlier exam
        before float? then
        value float? change
        lo float? 95 %
        hi float? 95 %
        expected float? change to expect from regression to the mean
        verdict text much_above … as rising and falling
        flag text flag""",
    ),
    _table(
        "judgements",
        "results",
        "unit",
        "Judgements by rule",
        "exam level unit subject judgement",
        _UNIT
        + """
        subject text subject code or total
        judgement text weak, watch, decline_one, decline_two, came_down, imbalance, tier_first, tier_third, award, good_practice, follow_up, low_participation, low_match, class_spread, low_rate_high, data_open
        status text found, near, clear, withheld
        probability float? probability behind it
        value float? figure it rests on
        lo float? 95 %
        hi float? 95 %
        cohorts int cohorts used
        reason text why withheld, or what a near miss lacked
        evidence text table:key of the rows it rests on""",
    ),
    _table(
        "advice",
        "results",
        "unit",
        "Recommendations with their evidence",
        "exam level unit rank",
        _UNIT
        + """
        rank int order
        finding text key of the finding
        subject text subject code, total or empty
        target text class, band or topic it is about, or empty
        measure text key in measures: finding.number
        owner text role
        within text by when
        recheck text indicator to look at
        direction text up, down, toward_zero, stay
        next_exam text exam at which it is looked at again, or empty
        value float? figure
        lo float? 95 %
        hi float? 95 %
        probability float? probability
        evidence text table:key""",
    ),
    _table(
        "growth_points",
        "results",
        "unit",
        "Where marks can be won",
        "exam level unit rank",
        _UNIT
        + """
        rank int order
        kind text subject, band, borderline, topic, class
        subject text subject code or total
        target text band, line, topic or class
        gain float? posterior mean gain, marks a pupil on the total
        lo float? 95 %
        hi float? 95 %
        probability float? P(gain > 0)
        feasible float? share of comparable schools already there
        n int pupils concerned""",
    ),
    _table(
        "equity",
        "results",
        "open",
        "Between schools, sectors, sexes",
        "exam subject key",
        """
        exam text id of the exam
        subject text subject code or total
        key text icc, icc_given_start, cv_between, cv_raw, sector:NAME:start|progress|achievement, sex:achievement|progress
        value float? figure
        lo float? 95 %
        hi float? 95 %
        n int pupils or schools""",
    ),
    _table(
        "trust",
        "results",
        "open",
        "Can these measures be trusted?",
        "exam key",
        """
        exam text id of the exam
        key text null:…, list:…, backtest:…, panel:…, model:…
        value float? figure
        lo float? 95 %
        hi float? 95 %
        n int how many
        note text remark code or empty""",
    ),
    _table(
        "tracking",
        "results",
        "unit",
        "What became of earlier actions",
        "exam level unit rank",
        _UNIT
        + """
        rank int order
        finding text finding then
        subject text subject code or empty
        measure text key of the measure
        owner text role
        past text exam at which it was advised
        before float? indicator then
        after float? indicator now
        value float? change
        lo float? 95 %
        hi float? 95 %
        expected float? change to expect unaided
        status text better, same, worse, unknown""",
    ),
    _table(
        "policy",
        "results",
        "open",
        "What the rules of the exam's day say",
        "exam rule subject",
        """
        exam text id of the exam
        rule text key of the rule
        subject text exam or list it is about
        state text ok, warn, stop, off
        note text document or count""",
    ),
    _table(
        "issues_summary",
        "results",
        "unit",
        "Open data issues by school",
        "exam level unit severity code",
        _UNIT
        + """
        severity text error, question, note
        code text kind of problem
        n int cells or rows""",
    ),
    _table(
        "benchmark",
        "results",
        "open",
        "Sister counties",
        "exam county subject",
        """
        exam text id of the exam
        county text name
        subject text subject code or total
        mean float mean
        sd float? standard deviation
        n int? pupils
        pass_rate float? rate
        excellent_rate float? rate""",
    ),
)

TABLES: dict[str, Table] = {table.name: table for table in (*_WAREHOUSE, *_RESULTS)}
WAREHOUSE = tuple(table.name for table in _WAREHOUSE)
RESULTS = tuple(table.name for table in _RESULTS)
