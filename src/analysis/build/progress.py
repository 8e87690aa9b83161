"""比进步: the core model of every paper, and the tables that come from it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.build.cohort import Cohort, Floats
from analysis.errors import ModelError
from analysis.judgement.verdict import verdicts
from analysis.measures.exam import Grouping
from analysis.measures.gap import gap_table, waterfall
from analysis.measures.starting_point import prior_bands
from analysis.models.draws import Draws, EffectDraws
from analysis.models.pupils import Options, Pupils
from analysis.models.value_added import Core, fit_core
from analysis.params import Params
from analysis.terms import PRIOR_BANDS, TOTAL, Flag, Level

Frame = pd.DataFrame
Z95 = 1.959964
ABOVE_SCHOOLS = (Level.sector, Level.township, Level.official)
DECIMALS = 2
"""Effects are printed as T points with one decimal: two of an sd."""


@dataclass(frozen=True, eq=False)
class Fitted:
    """One paper's fit, its draws, and where its matched pupils stand among all (rows into the cohort)."""

    subject: str
    column: int
    core: Core
    draws: Draws
    rows: Floats
    marks_per_sd: float

    @property
    def judged(self) -> bool:
        """Whether school effects can be told at all: enough schools, and a variance above 0."""
        return "too_few_schools" not in self.core.flags and str(Level.school) not in self.draws.no_differences


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
        scores_are_z=model.use_z,
        n_draws=model.draws,
        seed=model.seed,
    )


def pupils(cohort: Cohort, subject: str) -> Pupils:
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
    return Pupils(
        post=cohort.post[:, column],
        prior=cohort.data.start[:, column],
        school=cohort.frame["school"].to_numpy(object),
        klass=_labels(klass, column),
        teacher=_labels(teacher, column),
        others=cohort.prior[:, others] if own_baseline else None,
        other_names=[cohort.prior_subjects[i] for i in others] if own_baseline else None,
        stayer=(cohort.frame["from_school"] == cohort.frame["school"]).to_numpy(),
    ).take(sat)


def _labels(by: Grouping | None, column: int) -> Any:
    """Unit labels (m,) of a paper, '' where a pupil has none; None where the level does not exist."""
    if by is None:
        return None
    names = np.array([*by.ids, ""], object)
    return names[by.column(column)]


def fit(params: Params, cohort: Cohort, subject: str) -> Fitted:
    """Fit one paper; ModelError names why it cannot be."""
    column = cohort.data.column(subject)
    here = pupils(cohort, subject)
    core = fit_core(here, options(params, cohort, subject))
    sat = np.flatnonzero(np.isfinite(cohort.post[:, column]))
    spread = float(np.nanstd(cohort.data.scores[:, column]))
    scale = spread if params.model.use_z else 1.0
    return Fitted(subject, column, core, core.draw(), sat[here.matched], scale)


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
        _level_rows(params, fitted, level) for fitted in fits.values() for level in fitted.core.tree.names
    ]
    parts += [
        _place_rows(params, cohort, fitted, by)
        for fitted in fits.values()
        for level in ABOVE_SCHOOLS
        if (by := cohort.grouping(level)) is not None
    ]
    return pd.concat(parts, ignore_index=True).assign(exam=cohort.exam.id) if parts else pd.DataFrame()


def _level_rows(params: Params, fitted: Fitted, level: str) -> Frame:
    """Schools, teachers or classes of one paper."""
    core, draws = fitted.core, fitted.draws
    position, own = draws.position[level], draws.own[level]
    effect, own_effect = core.effects[level]
    raw, raw_se = core.raw(level)
    made = _figures(params, fitted, position, effect)
    made["level"], made["unit"] = (
        level,
        [str(path[-1]) for path in core.tree.labels[core.tree.names.index(level)]],
    )
    made["own"], (made["own_lo"], made["own_hi"]) = own_effect, own.interval()
    made["p_own"] = own.p_below(params.judgements.own_effect)
    made["raw"], made["raw_lo"], made["raw_hi"] = raw, raw - Z95 * raw_se, raw + Z95 * raw_se
    made["reliability"] = core.fit.effects[level].reliability
    made["n"] = core.fit.effects[level].n.astype(int)
    return _judged(params, fitted, made, made["reliability"].to_numpy())


def _place_rows(params: Params, cohort: Cohort, fitted: Fitted, by: Grouping) -> Frame:
    """Sectors, townships and officials: pupils' means over their schools' draws."""
    core = fitted.core
    unit = by.column(fitted.column)[fitted.rows]
    school, known = core.codes(Level.school), unit >= 0
    pupils_of = np.zeros((core.tree.sizes[-1], len(by.ids)))
    np.add.at(pupils_of, (school[known], unit[known]), 1)
    held = pupils_of.sum(axis=0) > 0
    share = pupils_of[:, held] / pupils_of[:, held].sum(axis=0)
    values = fitted.draws.position[Level.school].values @ share
    ids = np.array(by.ids, object)[held]
    draws = EffectDraws(pd.MultiIndex.from_arrays([ids]), values, params.model.seed)
    raw, raw_se = core.raw(Level.school)
    made = _figures(params, fitted, draws, core.effects[Level.school][0] @ share)
    made["level"], made["unit"] = str(by.level), ids
    made["own"], made["own_lo"], made["own_hi"] = made["effect"], made["lo"], made["hi"]
    spread = np.sqrt(raw_se**2 @ share**2)
    made["raw"] = raw @ share
    made["raw_lo"], made["raw_hi"] = made["raw"] - Z95 * spread, made["raw"] + Z95 * spread
    made["p_own"], made["reliability"] = np.nan, np.nan
    made["n"] = pupils_of[:, held].sum(axis=0).astype(int)
    return _judged(
        params, fitted, made.assign(rank_lo=pd.NA, rank_hi=pd.NA, p_top=np.nan, p_bottom=np.nan), None
    )


def _figures(params: Params, fitted: Fitted, draws: EffectDraws, effect: Floats) -> Frame:
    """Effect, interval, ranks and probabilities from draws."""
    judgements = params.judgements
    lo, hi = draws.interval()
    best, worst = draws.ranks()
    return pd.DataFrame(
        {
            "subject": fitted.subject,
            "effect": effect,
            "se": draws.values.std(axis=0),
            "lo": lo,
            "hi": hi,
            "marks": effect * fitted.marks_per_sd,
            "rank_lo": best,
            "rank_hi": worst,
            "p_above": draws.p_above(0.0),
            "p_weak": draws.p_below(judgements.weak_effect),
            "p_top": draws.p_top(judgements.tier_share),
            "p_bottom": draws.p_bottom(judgements.tier_share),
        }
    )


def _judged(params: Params, fitted: Fitted, made: Frame, reliability: Floats | None) -> Frame:
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
    made = made.assign(verdict=words, flag=flag, sensitive=False, tipping=np.nan, tier="")
    if "too_few_schools" in fitted.core.flags:
        made["flag"] = np.where(flag == Flag.hidden, flag, str(Flag.too_few_schools))
        made["verdict"] = "none"
    elif reliability is not None and fitted.judged and (made["level"] == Level.school).all():
        made["tier"] = _tiers(made, judgements.tier_probability, n >= params.privacy.note_below)
    return made


def _tiers(made: Frame, sure: float, eligible: Floats) -> Floats:
    """first, middle, third or between; rounded as printed before it is judged."""
    top, bottom = made["p_top"].round(3), made["p_bottom"].round(3)
    middle = (1 - top - bottom).round(3)
    word = np.select([top >= sure, bottom >= sure, middle >= sure], ["first", "third", "middle"], "between")
    return np.where(eligible, word, "")


def bands_table(params: Params, cohort: Cohort, fits: dict[str, Fitted]) -> Frame:
    """The `value_added_bands` table: mean residual by prior band, of the city's band, in sd.

    SE as of any unit's mean: classes and pupils drawn anew, the school kept.
    """
    bands = prior_bands(cohort.start)
    parts = [_bands(params, cohort, fitted, bands) for fitted in fits.values()]
    return pd.concat(parts, ignore_index=True).assign(exam=cohort.exam.id) if parts else pd.DataFrame()


def _bands(params: Params, cohort: Cohort, fitted: Fitted, bands: Floats) -> Frame:
    core, band = fitted.core, bands[fitted.rows] - 1
    k, schools = len(PRIOR_BANDS), core.tree.sizes[-1]
    city = np.bincount(band, core.residual, k) / np.maximum(np.bincount(band, minlength=k), 1)
    cell = core.codes(Level.school) * k + band
    n = np.bincount(cell, minlength=schools * k)
    total = np.bincount(cell, core.residual - city[band], schools * k)
    classes = core.tree.leaf if core.tree.depth > 1 else np.arange(len(cell))
    pairs, size = np.unique(np.column_stack([cell, classes]), axis=0, return_counts=True)
    squares = np.bincount(pairs[:, 0], size.astype(float) ** 2, schools * k)
    tau2 = float(core.fit.tau2[0]) if core.tree.depth > 1 else 0.0
    with np.errstate(invalid="ignore", divide="ignore"):
        value = total / n
        se = np.sqrt(tau2 * squares / n**2 + core.fit.sigma2 / n)
    names = np.array([str(path[-1]) for path in core.tree.labels[-1]], object)
    made = pd.DataFrame(
        {
            "level": str(Level.school),
            "unit": np.repeat(names, k),
            "subject": fitted.subject,
            "band": np.tile(PRIOR_BANDS, schools),
            "value": value,
            "lo": value - Z95 * se,
            "hi": value + Z95 * se,
            "n": n,
        }
    )
    small = np.where(n < params.privacy.note_below, str(Flag.small), str(Flag.ok))
    return made.assign(flag=np.where(n < params.privacy.hidden_below, str(Flag.hidden), small))


def gaps_table(cohort: Cohort, fits: dict[str, Fitted]) -> Frame:
    """The `gap` table: from the city's mean to the school's, exactly."""
    by = cohort.grouping(Level.school)
    if by is None or not fits:
        return pd.DataFrame()
    parts = []
    for fitted in fits.values():
        expected = np.full(len(cohort.frame), np.nan)
        expected[fitted.rows] = fitted.core.expected
        place = {str(path[-1]): i for i, path in enumerate(fitted.core.tree.labels[-1])}
        found = fitted.core.effects[Level.school][0]
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
    core, subject = fitted.core, fitted.subject
    model = core.fit
    rows: list[dict[str, Any]] = []

    def add(
        term: str, value: float, se: float = np.nan, lo: float = np.nan, hi: float = np.nan, note: str = ""
    ) -> None:
        rows.append(
            {"subject": subject, "term": term, "value": value, "se": se, "lo": lo, "hi": hi, "note": note}
        )

    # the printed SE is of the fit alone; what the priors' correction adds stands beside it
    for name, value, se, whole in zip(
        model.names, model.beta, model.se, np.sqrt(np.diag(core.vcov)), strict=True
    ):
        add(f"beta:{name}", float(value), float(se), float(value - Z95 * whole), float(value + Z95 * whole))
    spread = np.sqrt(np.diag(model.variance_covariance))
    for name, value, se in zip(("residual", *model.levels), (model.sigma2, *model.tau2), spread, strict=True):
        lo, hi = model.interval(name)
        add(f"variance:{name}", float(value), float(se), lo, hi)
    for name, share in zip(model.levels, model.icc, strict=True):
        add(f"icc:{name}", float(share))
    add("loglik", model.log_likelihood)
    add("criterion", model.deviance)
    for name in model.levels:
        add(
            f"reliability:{name}",
            float(np.average(model.effects[name].reliability, weights=model.effects[name].n)),
        )
    add("n", len(fitted.rows))
    for name, size in zip(core.tree.names, core.tree.sizes, strict=True):
        add(f"units:{name}", size)
    add("intake_correlation", _intake_correlation(fitted))
    add("marks_per_sd", fitted.marks_per_sd)
    state = " ".join((*core.flags, *(f"no_differences:{name}" for name in fitted.draws.no_differences)))
    add("state", np.nan, note=state or "ok")
    return rows


def _intake_correlation(fitted: Fitted) -> float:
    """Correlation over schools of the raw effect with the mean start, weighted by pupils."""
    core = fitted.core
    school, m = core.codes(Level.school), core.tree.sizes[-1]
    n = np.bincount(school, minlength=m)
    start = np.bincount(school, core.start.priors[:, 0], m) / n
    raw, _ = core.raw(Level.school)
    if m < 3:
        return float("nan")
    covariance = np.cov(np.vstack([raw, start]), aweights=n)
    return float(covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1]))


def headline(cohort: Cohort) -> str:
    """The subject that leads: the total where there is one."""
    return TOTAL if TOTAL in cohort.subjects else cohort.subjects[-1]
