"""比进步: the core model of every paper, and the tables that come from it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.build.cohort import Cohort, Floats, Ints
from analysis.build.teaching import ENOUGH
from analysis.errors import ModelError
from analysis.judgement.verdict import verdicts
from analysis.measures.exam import Grouping
from analysis.measures.gap import gap_table, waterfall
from analysis.measures.starting_point import prior_bands
from analysis.models import progress
from analysis.models.draws import EffectDraws
from analysis.models.progress import Options, ProgressFit, Pupils, Units
from analysis.params import Params
from analysis.tables import TABLES
from analysis.terms import Z95, Flag, Level

Frame = pd.DataFrame
ABOVE_SCHOOLS = (Level.sector, Level.township, Level.official)
UNIDENTIFIED = 10.0
"""An SE beyond so many times the whole variance says that a component cannot be identified: it is not printed."""

DECIMALS = 2
"""Effects are printed as T points with one decimal: two of an sd."""


@dataclass(frozen=True, eq=False)
class Fitted:
    """One paper's fit, and where the pupils who sat it stand among all (rows into the cohort).

    tenure : mean share of the time since the baseline in which each teacher had his or her pupils.
    """

    subject: str
    column: int
    progress: ProgressFit
    rows: Ints
    marks_per_sd: float
    tenure: dict[str, float]

    @property
    def judged(self) -> bool:
        """Whether school effects can be told at all: enough schools, corrected priors, a variance above 0."""
        barred = {"too_few_schools", "uncorrected", f"no_differences:{Level.school}"}
        return not barred & set(self.progress.flags)

    @property
    def matched(self) -> Ints:
        """Rows into the cohort of the matched pupils, in the order of the model."""
        return self.rows[self.progress.core.pupils.matched]


def options(params: Params, cohort: Cohort, subject: str) -> Options:
    """How this paper's model is fitted: the settings, and the reliability of its own and the other priors."""
    model = params.model
    own = model.reliability_paper if subject in cohort.prior_subjects else model.reliability_total
    return Options(
        prior_correction=model.prior_correction,
        spline=model.spline,
        other_subjects=model.other_subjects,
        rho=own,
        rho_others=model.reliability_paper,
        n_draws=model.draws,
        seed=model.seed,
    )


def pupils(params: Params, cohort: Cohort, subject: str) -> Pupils:
    """The pupils who sat a paper, as the models want them.

    A paper without a baseline of its own starts from the baseline's total; the total starts from the total, and
    the papers that make it up are not "other subjects" to it.
    """
    column = cohort.data.column(subject)
    sat = np.isfinite(cohort.post[:, column])
    others = [i for i, s in enumerate(cohort.prior_subjects) if s != subject]
    own_baseline = subject in cohort.prior_subjects and len(cohort.prior_subjects) > 1
    teacher = cohort.grouping(Level.teacher)
    klass = cohort.grouping(Level.klass)
    team = cohort.taught.team(subject)
    return Pupils(
        post=cohort.post[:, column],
        prior=np.asarray(cohort.data.start[:, column], np.float64),
        school=cohort.frame["school"].to_numpy(object),
        klass=_labels(klass, column),
        teacher=_labels(teacher, column),
        team=team.unit if team else None,
        team_share=team.share if team else None,
        others=cohort.prior[:, others] if own_baseline else None,
        other_names=[cohort.prior_subjects[i] for i in others] if own_baseline else None,
        stayer=(cohort.frame["from_school"] == cohort.frame["school"]).to_numpy(),
        covariates=_covariates(cohort.frame, params.model.covariates),
    ).take(sat)


def _covariates(frame: Frame, names: Sequence[str]) -> dict[str, Floats]:
    """Indicators (m,) of the values of declared columns, all but the commonest; unknown is a value of its own."""
    made = {}
    for name in names:
        values = frame[name].astype(str)
        for value in values.value_counts().index[1:].sort_values():
            made[f"{name} {value or '?'}"] = (values == value).to_numpy(np.float64)
    return made


def _labels(by: Grouping | None, column: int) -> Any:
    """Unit labels (m,) of a paper, '' where a pupil has none; None where the level does not exist."""
    if by is None:
        return None
    names = np.array([*by.ids, ""], object)
    return names[by.column(column)]


def fit(params: Params, cohort: Cohort, subject: str) -> Fitted:
    """Fit one paper; ModelError names why it cannot be."""
    column = cohort.data.column(subject)
    found = progress.fit(pupils(params, cohort, subject), options(params, cohort, subject))
    sat = np.flatnonzero(np.isfinite(cohort.post[:, column]))
    spread = float(np.nanstd(cohort.data.scores[:, column]))
    team = cohort.taught.team(subject)
    return Fitted(subject, column, found, sat, spread, team.tenure() if team else {})


def fit_all(params: Params, cohort: Cohort) -> tuple[dict[str, Fitted], dict[str, str]]:
    """All papers' fits, and for those that cannot be fitted the reason."""
    fits: dict[str, Fitted] = {}
    reasons: dict[str, str] = {}
    for subject in cohort.subjects:
        try:
            fits[subject] = fit(params, cohort, subject)
        except ModelError as fault:
            reasons[subject] = str(fault)
    return fits, reasons


def value_added_table(params: Params, cohort: Cohort, fits: dict[str, Fitted]) -> Frame:
    """The `value_added` table without what needs other tables (sensitive, tipping)."""
    parts = [
        _level_rows(params, fitted, level, units)
        for fitted in fits.values()
        for level, units in fitted.progress.units.items()
    ]
    parts += [
        _place_rows(params, fitted, by)
        for fitted in fits.values()
        for level in ABOVE_SCHOOLS
        if (by := cohort.grouping(level)) is not None
    ]
    return pd.concat(parts, ignore_index=True).assign(exam=cohort.exam.id) if parts else pd.DataFrame()


def _level_rows(params: Params, fitted: Fitted, level: str, units: Units) -> Frame:
    """Schools, teachers or classes of one paper."""
    made = units.frame()[[name for name in TABLES["value_added"].names if hasattr(units, name)]]
    made = made.assign(level=level, unit=ids(units)).reset_index(drop=True)
    made["p_own"] = units.own_part.p_below(params.judgements.own_effect)
    share = params.judgements.tier_share
    made["p_top"], made["p_bottom"] = units.position.p_top(share), units.position.p_bottom(share)
    return _judged(params, fitted, made.assign(**_probabilities(params, units.position)))


def ids(units: Units) -> list[str]:
    """Unit ids of a level: the last label of each path (class labels carry their school)."""
    return [str(path[-1]) for path in units.units]


def _place_rows(params: Params, fitted: Fitted, by: Grouping) -> Frame:
    """Sectors, townships and officials: pupils' means over their schools' draws."""
    core, schools = fitted.progress.core, fitted.progress.units[Level.school]
    unit = by.column(fitted.column)[fitted.matched]
    school, known = core.codes(Level.school), unit >= 0
    pupils_of = np.zeros((len(schools.n), len(by.ids)))
    np.add.at(pupils_of, (school[known], unit[known]), 1)
    held = pupils_of.sum(axis=0) > 0
    share = pupils_of[:, held] / pupils_of[:, held].sum(axis=0)
    names = np.array(by.ids, object)[held]
    draws = EffectDraws(
        pd.MultiIndex.from_arrays([names]), schools.position.values @ share, params.model.seed
    )
    lo, hi = draws.interval()
    raw, raw_se = schools.raw @ share, np.sqrt(schools.raw_se**2 @ share**2)
    effect = schools.effect @ share
    made = pd.DataFrame({"level": str(by.level), "unit": names, "effect": effect, "lo": lo, "hi": hi})
    made["se"], made["n"] = draws.values.std(axis=0), pupils_of[:, held].sum(axis=0).astype(int)
    made["own"], made["own_lo"], made["own_hi"] = effect, lo, hi
    made["raw"], made["raw_lo"], made["raw_hi"] = raw, raw - Z95 * raw_se, raw + Z95 * raw_se
    made = made.assign(**_probabilities(params, draws))
    made[["rank_lo", "rank_hi"]] = pd.NA
    made[["reliability", "p_own", "p_top", "p_bottom"]] = np.nan  # places are not ranked
    return _judged(params, fitted, made)


def _probabilities(params: Params, draws: EffectDraws) -> dict[str, Floats]:
    return {"p_above": draws.p_above(0.0), "p_weak": draws.p_below(params.judgements.weak_effect)}


def _judged(params: Params, fitted: Fitted, made: Frame) -> Frame:
    """Verdict, tier and flag; nothing is judged where schools cannot be told apart."""
    n, judgements = made["n"].to_numpy(), params.judgements
    small = np.where(n < params.privacy.note_below, str(Flag.small), str(Flag.ok))
    flag = np.where(n < params.privacy.hidden_below, str(Flag.hidden), small)
    words = verdicts(
        made["effect"],
        made["lo"],
        made["hi"],
        judgements.meaningful,
        n,
        decimals=DECIMALS,
        hidden_below=params.privacy.hidden_below,
        note_below=params.privacy.note_below,
    )
    made = made.assign(subject=fitted.subject, marks=made["effect"] * fitted.marks_per_sd)
    made = made.assign(
        verdict=words, flag=flag, sensitive=False, tipping=np.nan, tier="", p_again=np.nan, q=np.nan
    )
    short = (made["level"] == Level.teacher) & (made["unit"].map(fitted.tenure).fillna(0.0) < ENOUGH)
    made.loc[short & (made["flag"] == Flag.ok), "flag"] = str(Flag.short_tenure)
    made.loc[short & (made["flag"] != Flag.hidden), "verdict"] = "none"
    if "too_few_schools" in fitted.progress.flags:
        made["flag"] = np.where(flag == Flag.hidden, flag, str(Flag.too_few_schools))
        made["verdict"] = "none"
    elif fitted.judged and (made["level"] == Level.school).all():
        made["tier"] = _tiers(made, judgements.tier_probability, n >= params.privacy.note_below)
    return made


def _tiers(made: Frame, sure: float, eligible: NDArray[np.bool_]) -> NDArray[np.str_]:
    """first, middle, third or between; rounded as printed before it is judged."""
    top, bottom = made["p_top"].round(3), made["p_bottom"].round(3)
    middle = (1 - top - bottom).round(3)
    word = np.select([top >= sure, bottom >= sure, middle >= sure], ["first", "third", "middle"], "between")
    return np.where(eligible, word, "")


def bands_table(params: Params, cohort: Cohort, fits: dict[str, Fitted]) -> Frame:
    """The `value_added_bands` table: mean residual by prior band, less the city's in the same band, in sd."""
    bands = prior_bands(cohort.start)
    parts = []
    for fitted in fits.values():
        table = fitted.progress.by_band(Level.school, bands[fitted.rows])
        names = np.array(ids(fitted.progress.units[Level.school]), object)
        spread = Z95 * table["se"]
        made = table.assign(
            level=str(Level.school),
            unit=names[table["unit"].to_numpy()],
            subject=fitted.subject,
            lo=table["value"] - spread,
            hi=table["value"] + spread,
        )
        small = np.where(made["n"] < params.privacy.note_below, str(Flag.small), str(Flag.ok))
        parts.append(
            made.assign(flag=np.where(made["n"] < params.privacy.hidden_below, str(Flag.hidden), small))
        )
    return pd.concat(parts, ignore_index=True).assign(exam=cohort.exam.id) if parts else pd.DataFrame()


def gaps_table(cohort: Cohort, fits: dict[str, Fitted]) -> Frame:
    """The `gap` table: from the city's mean to the school's, exactly."""
    by = cohort.grouping(Level.school)
    if by is None or not fits:
        return pd.DataFrame()
    parts = []
    for fitted in fits.values():
        expected = np.full(len(cohort.frame), np.nan)
        expected[fitted.rows] = fitted.progress.expected
        schools = fitted.progress.units[Level.school]
        place = {unit: i for i, unit in enumerate(ids(schools))}
        found = schools.effect
        effect = np.array([found[place[unit]] if unit in place else np.nan for unit in by.ids])
        post = cohort.post[:, fitted.column]
        parts.append(
            gap_table(
                cohort.exam.id,
                fitted.subject,
                by,
                waterfall(post, expected, np.isfinite(expected), by, fitted.column, effect),
            )
        )
    return pd.concat(parts, ignore_index=True)


def fits_table(cohort: Cohort, fits: dict[str, Fitted], reasons: dict[str, str]) -> Frame:
    """The `fits` table: what each fit says of itself."""
    rows = [row for fitted in fits.values() for row in _fit_rows(fitted)]
    rows += [{"subject": subject, "term": "state", "note": reason} for subject, reason in reasons.items()]
    made = pd.DataFrame(rows, columns=["subject", "term", "value", "se", "lo", "hi", "note"])
    return made.assign(exam=cohort.exam.id, note=made["note"].fillna(""))


def _fit_rows(fitted: Fitted) -> list[dict[str, Any]]:
    found, core = fitted.progress, fitted.progress.core
    model = core.fit
    rows: list[dict[str, Any]] = []

    def add(
        term: str, value: float, se: float = np.nan, lo: float = np.nan, hi: float = np.nan, note: str = ""
    ) -> None:
        rows.append(
            {
                "subject": fitted.subject,
                "term": term,
                "value": value,
                "se": se,
                "lo": lo,
                "hi": hi,
                "note": note,
            }
        )

    # the printed SE is the fit's own; the interval has the error of the priors' correction as well
    for label, value, se, whole in zip(model.names, model.beta, model.se, found.se, strict=True):
        add(f"beta:{label}", float(value), float(se), float(value - Z95 * whole), float(value + Z95 * whole))
    components = found.variances()
    whole_variance = float(components["variance"].sum())
    for name, row in components.iterrows():
        known = row["se"] < UNIDENTIFIED * whole_variance  # else the data do not tell it from its neighbour
        add(f"variance:{name}", row["variance"], row["se"] if known else np.nan, row["lo"], row["hi"])
    for level, units in found.units.items():
        if level in found.icc:  # not teachers of a crossed model
            add(f"icc:{level}", found.icc[level])
        add(f"reliability:{level}", float(np.average(units.reliability, weights=units.n)))
        add(f"units:{level}", len(units.n))
    add("loglik", model.log_likelihood)
    add("criterion", model.deviance)
    add("n", int(core.pupils.matched.sum()))
    add("intake_correlation", found.intake_after)
    add("intake_correlation_uncorrected", found.intake_before)
    add("marks_per_sd", fitted.marks_per_sd)
    for check, figure in asdict(found.checks).items():
        if isinstance(figure, int | float):
            add(f"check:{check}", float(figure))
    add("check:spread_ratio", float(found.checks.spread_ratio))
    add("check:max_leverage", float(np.max(found.checks.leverage, initial=0.0)))
    add("state", np.nan, note=" ".join(found.flags) or "ok")
    return rows
