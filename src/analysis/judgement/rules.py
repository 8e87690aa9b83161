"""The judgements: one function a rule, from evidence to rows of the `judgements` table.

Status: found; near (a miss, with what it lacked); clear; withheld (the data do not allow a judgement, with why).
Participation and match withhold in any case, so that no silence is taken for praise; smallness, sensitivity to
the model and the tipping point withhold what would have been found or near.

P(·) are shares of posterior draws of the recentred effects, so that the doubt of β, of τ and of the recentring is in
them; m₃ is the mean of a unit's effects over its last three cohorts or fewer.

Source: docs/methods.md §6; the draws: models/draws.py and models/posterior.py.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.special import ndtr
from scipy.stats import chi2

from analysis.judgement.evidence import UNIT, Evidence, keys
from analysis.terms import TOTAL, Z95, Level

Frame = pd.DataFrame
Rule = Callable[[Evidence], Frame]

COLUMNS = [*UNIT, "judgement", "status", "probability", "value", "lo", "hi", "cohorts", "reason", "evidence"]
NEAR = 0.1
"""A probability at most this far below its limit is a near miss."""
FOLLOW_PUPILS, CONTENDING, NEAR_AWARD = 60, 0.4, 0.2


def _rows(found: Frame, judgement: str, evidence: str) -> Frame:
    """Rows with the columns of the table; `found` brings probability, value, status, reason."""
    made = found.assign(judgement=judgement)
    for name in ("lo", "hi", "probability"):
        if name not in made:
            made[name] = np.nan
    if "cohorts" not in made:
        made["cohorts"] = 1
    made["evidence"] = evidence + ":" + made["level"] + "/" + made["unit"] + "/" + made["subject"]
    return made[COLUMNS].reset_index(drop=True)


def _decided(e: Evidence, rows: Frame, limit: float, lacking: pd.Series | None = None) -> Frame:
    """Status and reason of rows with a `probability` against its limit.

    lacking : codes of conditions other than the probability that a row misses ('' none); such a row is at most
    near, and only if its probability is enough.
    """
    if rows.empty:
        return rows.assign(status="", reason="")
    enough = (rows["probability"] >= limit).to_numpy()
    close = (rows["probability"] >= limit - NEAR).to_numpy()
    lack = np.full(len(rows), "", object) if lacking is None else lacking.to_numpy(object)
    barred, doubted = e.obstacles(rows), e.doubts(rows)
    status = np.select([enough & (lack == ""), enough | (close & (lack == ""))], ["found", "near"], "clear")
    reason = np.where(status == "near", np.where(enough, lack, "probability"), "")
    held = (barred != "") | ((doubted != "") & (status != "clear"))
    why = np.where(barred == "", doubted, np.where(doubted == "", barred, barred + "," + doubted))
    return rows.assign(status=np.where(held, "withheld", status), reason=np.where(held, why, reason))


def _added(e: Evidence, level: str = Level.school) -> Frame:
    """value_added rows of a level that have an effect, with their value under the common name."""
    rows = e.table("value_added", level)
    return rows[rows["effect"].notna()].assign(value=lambda r: r["effect"])


def weak(e: Evidence) -> Frame:
    """Weak school or subject: ≥ 2 cohorts and P(m₃ ≤ −0.10) ≥ 0.9."""
    rows = e.pooled[e.pooled["level"] == Level.school].assign(probability=lambda r: r["p_weak"])
    few = pd.Series(np.where(rows["cohorts"] >= 2, "", "cohorts"), index=rows.index)
    return _rows(_decided(e, rows, e.limits.weak_probability, few), "weak", "trends")


def watch(e: Evidence) -> Frame:
    """Watch: this exam alone P(u* ≤ −0.10) ≥ 0.8; not where the school is found weak already."""
    rows = _added(e).assign(probability=lambda r: r["p_weak"])
    found = weak(e)
    known = set(keys(found[found["status"] == "found"]))
    kept = np.array([key not in known for key in keys(rows)], bool)
    return _rows(_decided(e, rows[kept], e.limits.watch_probability), "watch", "value_added")


def follow_up(e: Evidence) -> Frame:
    """Class or teacher to follow up: ≥ 2 cohorts or classes, ≥ 60 distinct pupils, P(position ≤ −0.10) ≥ 0.9 and
    P(own part ≤ −0.05) ≥ 0.8; never from 中考/高考.
    """
    rows = e.pooled[e.pooled["level"].isin([Level.klass, Level.teacher])].assign(
        probability=lambda r: r["p_weak"]
    )
    if not e.accountable:
        rows = rows.iloc[:0]
    lacks = np.select(
        [
            (rows["cohorts"] < 2) & (rows["classes"] < 2),
            rows["pupils"] < FOLLOW_PUPILS,
            rows["p_own"] < e.limits.watch_probability,
        ],
        ["cohorts", "pupils", "own"],
        "",
    )
    lacking = pd.Series(lacks, index=rows.index, dtype=object)
    return _rows(_decided(e, rows, e.limits.weak_probability, lacking), "follow_up", "value_added")


def _fell(e: Evidence, below: bool) -> Frame:
    """Falls from the cohort before, to below the city or not."""
    rows = e.steps[e.steps["level"] == Level.school].assign(probability=lambda r: r["p_step"])
    rows = rows[(rows["p_below"] >= e.limits.watch_probability) == below]
    return _decided(e, rows, e.limits.decline_probability)


def decline_one(e: Evidence) -> Frame:
    """Decline, one year: P(Δ ≤ −0.05) ≥ 0.9, and fell below the city: P(u_t < 0) ≥ 0.8."""
    return _rows(_fell(e, below=True), "decline_one", "changes")


def came_down(e: Evidence) -> Frame:
    """The same fall from a high point, not below the city: no accountability."""
    return _rows(_fell(e, below=False), "came_down", "changes")


def decline_two(e: Evidence) -> Frame:
    """Consecutive decline: both observed steps < 0 and P(u_t − u_{t−2} ≤ −0.10) ≥ 0.9."""
    rows = e.steps[(e.steps["level"] == Level.school) & e.steps["two"].notna()]
    steps = ((rows["value"] < 0) & (rows["before"] < 0)).to_numpy()
    rows = rows.assign(probability=rows["p_two"], value=rows["two"], lo=rows["two_lo"], hi=rows["two_hi"])
    lacking = pd.Series(np.where(steps, "", "steps"), index=rows.index, dtype=object)
    return _rows(_decided(e, rows, e.limits.decline_probability, lacking), "decline_two", "trends")


def imbalance(e: Evidence) -> Frame:
    """薄弱学科: the subject lies below the school's own mean by ≥ 0.2 with P ≥ 0.9, in progress and in achievement.

    A subject far above the others is no weakness and is not found; the probability is the smaller of the two.
    """
    rows = _added(e)
    rows = rows[rows["subject"] != TOTAL]
    by_unit = rows.groupby("unit", sort=False)
    k = by_unit["effect"].transform("size").to_numpy(float)
    rows, k = rows[k >= 2], k[k >= 2]
    by_unit = rows.groupby("unit", sort=False)
    value = (rows["effect"] - by_unit["effect"].transform("mean")).to_numpy(float)
    squares = (rows["se"] ** 2).groupby(rows["unit"], sort=False).transform("sum").to_numpy(float)
    se = np.sqrt(rows["se"].to_numpy(float) ** 2 * (1 - 2 / k) + squares / k**2)
    balance = e.table("indicators", Level.school)
    balance = balance[balance["indicator"] == "subject_balance"][[*UNIT, "value", "se"]]
    there = rows[UNIT].merge(balance, on=UNIT, how="left")
    limit = -e.limits.balance
    progress = ndtr((limit - value) / np.where(se > 0, se, np.nan))
    achieved = ndtr((limit - there["value"].to_numpy(float)) / there["se"].to_numpy(float))
    found = rows.assign(
        probability=np.minimum(progress, achieved), value=value, lo=value - Z95 * se, hi=value + Z95 * se
    )
    found = found[found["probability"].notna()]
    return _rows(_decided(e, found, e.limits.balance_probability), "imbalance", "value_added")


def _tier(e: Evidence, name: str, column: str) -> Frame:
    rows = _added(e)
    whole = rows[rows["subject"] == TOTAL]
    rows = (whole if len(whole) else rows).assign(probability=lambda r: r[column])
    rows = rows[rows["probability"].notna()]
    return _rows(_decided(e, rows, e.limits.tier_probability), name, "value_added")


def tier_first(e: Evidence) -> Frame:
    """First tier, this cohort: P(in the top quarter) ≥ 0.8, on the total."""
    return _tier(e, "tier_first", "p_top")


def tier_third(e: Evidence) -> Frame:
    """Third tier, this cohort: P(in the bottom quarter) ≥ 0.8, on the total."""
    return _tier(e, "tier_third", "p_bottom")


def award(e: Evidence) -> Frame:
    """Award candidates by P(top k): secure ≥ 0.8, contending 0.4–0.8 (both found); ≥ 2 papers or the total; not on
    a capped paper; never from 中考/高考.
    """
    rows = e.awards.merge(e.table("value_added")[[*UNIT, "effect", "lo", "hi"]], on=UNIT, how="left")
    rows = rows[rows["level"] == Level.school].assign(value=lambda r: r["effect"])
    if not e.accountable:
        rows = rows.iloc[:0]
    capped = rows["subject"].isin(list(e.capped))
    single = (rows["subject"] != TOTAL) & (rows["papers"] < 2)
    lacking = pd.Series(np.select([capped, single], ["capped", "papers"], ""), index=rows.index, dtype=object)
    decided = _decided(e, rows, CONTENDING, lacking)
    near = (decided["status"] == "clear") & (decided["probability"] >= NEAR_AWARD)
    decided.loc[near, ["status", "reason"]] = ["near", "probability"]
    return _rows(decided.sort_values("probability", ascending=False, kind="stable"), "award", "value_added")


def good_practice(e: Evidence) -> Frame:
    """Worth showing: P(u* ≥ +0.10) ≥ 0.9, from effect and SE; not on a capped paper."""
    rows = _added(e)
    strong = -e.limits.weak_effect
    se = rows["se"].to_numpy(float)
    rows = rows.assign(
        probability=ndtr((rows["effect"].to_numpy(float) - strong) / np.where(se > 0, se, np.nan))
    )
    capped = pd.Series(
        np.where(rows["subject"].isin(list(e.capped)), "capped", ""), index=rows.index, dtype=object
    )
    return _rows(_decided(e, rows, e.limits.weak_probability, capped), "good_practice", "value_added")


def _shares(e: Evidence, value: pd.Series, rows: Frame, limit: float, judgement: str) -> Frame:
    """Counted shares against their limit: a fact of the roster, no probability."""
    known = value.notna()
    rows = rows[known].assign(value=value[known], reason="")
    return _rows(
        rows.assign(status=np.where(rows["value"] < limit, "found", "clear")), judgement, "participation"
    )


def low_participation(e: Evidence) -> Frame:
    """Participation below 95 % in a subject."""
    rows = e.table("participation", Level.school)
    rows = rows.assign(lo=rows["rate_lo"], hi=rows["rate_hi"])
    return _shares(e, rows["rate"].astype(float), rows, e.limits.participation, "low_participation")


def low_match(e: Evidence) -> Frame:
    """Fewer than 80 % of those who sat have a baseline; silent where the exam has no baseline at all."""
    rows = e.table("participation", Level.school)
    rows = rows[rows["sat"] > 0]
    share = rows["matched"].astype(float) / rows["sat"].astype(float)
    if not (rows["matched"] > 0).any():
        rows, share = rows.iloc[:0], share.iloc[:0]
    return _shares(e, share, rows, e.limits.matched, "low_match")


def class_spread(e: Evidence) -> Frame:
    """Classes of a school differ in progress by more than chance: P ≥ 0.99 (Cochran's Q of the raw effects, 1 − P
    times the number of the school's papers, since each of them could name it: Bonferroni) and an estimated sd
    between classes of at least the smallest meaningful difference.

    The limit is one above the 0.98 that the arithmetic asks for: at 0.98, 20 simulated cities of equals named 2.4 % of
    the schools on some paper, and 2 % is the most.

    value is that sd, DerSimonian & Laird (1986), Control. Clin. Trials 7, 177–188. Where there is one school, the
    classes' zero is their own mean: the error of that mean is taken out of their margins before they are compared.
    """
    rows = e.table("value_added", Level.klass)
    rows = rows[rows["raw"].notna() & (rows["flag"] == "") & (rows["raw_hi"] > rows["raw_lo"])]
    place, of = _groups(rows["unit"].str.rsplit("/", n=1).str[0], rows["subject"])
    se = ((rows["raw_hi"] - rows["raw_lo"]) / (2 * Z95)).to_numpy(float)
    if e.table("value_added", Level.school).empty:
        se = np.sqrt(_uncentred(se**2, rows["n"].to_numpy(float), place))
    w, raw = se**-2, rows["raw"].to_numpy(float)
    df, mass = np.bincount(place, minlength=len(of)) - 1, np.bincount(place, w, len(of))
    centre = np.bincount(place, w * raw, len(of)) / mass
    q = np.bincount(place, w * (raw - centre[place]) ** 2, len(of))
    several = df > 0
    scale = np.where(several, mass - np.bincount(place, w**2, len(of)) / mass, 1.0)
    found = of.assign(
        value=np.sqrt(np.maximum((q - df) / scale, 0)), probability=chi2.cdf(q, np.maximum(df, 1))
    )
    found = found[several]
    papers = found.groupby("unit", sort=False)["subject"].transform("size")
    found["probability"] = (1 - papers * (1 - found["probability"])).clip(lower=0)
    wide = pd.Series(np.where(found["value"] >= e.limits.meaningful, "", "small_gap"), dtype=object)
    return _rows(_decided(e, found, e.limits.spread_probability, wide), "class_spread", "value_added")


def _uncentred(variance: np.ndarray, n: np.ndarray, place: np.ndarray) -> np.ndarray:
    """s_j² (m,) of independent figures, from the variances of figures less their mean by pupils, group by group.

    Var(y_j − Σ w_k y_k) = (1 − 2w_j) s_j² + S,  S = Σ w_k² s_k²  ⇒  S = A/(1 + B), A = Σ w²Var/(1 − 2w), B = Σ w²/(1 − 2w);
    a group in which one has half of the pupils or more keeps its variances.
    """
    share = n / np.bincount(place, n)[place]
    rest = 1 - 2 * share
    even = np.bincount(place, rest <= 0)[place] == 0
    rest = np.where(even, rest, 1.0)
    A, B = (np.bincount(place, share**2 * v / rest)[place] for v in (variance, np.ones(len(n))))
    return np.where(even, (variance - A / (1 + B)) / rest, variance)


def _groups(school: pd.Series, subject: pd.Series) -> tuple[np.ndarray, Frame]:
    """Number of each row's school and subject, and the keys of those numbers."""
    pairs = pd.MultiIndex.from_arrays([school.to_numpy(object), subject.to_numpy(object)])
    place, known = pd.factorize(pairs)
    of = pd.DataFrame({"unit": known.get_level_values(0), "subject": known.get_level_values(1)}, dtype=object)
    return place, of.assign(level=str(Level.school))


def low_rate_high(e: Evidence) -> Frame:
    """低分率 above the city's with P ≥ 0.9 and by a meaningful amount (verdict 'much below', the scale turned)."""
    rows = e.table("indicators", Level.school)
    rows = rows[(rows["indicator"] == "low_rate") & rows["value"].notna() & (rows["se"] > 0)]
    above = ((rows["value"] - rows["reference"]) / rows["se"]).to_numpy(float)
    much = pd.Series(
        np.where(rows["verdict"] == "much_below", "", "small_gap"), index=rows.index, dtype=object
    )
    found = _decided(e, rows.assign(probability=ndtr(above)), e.limits.weak_probability, much)
    return _rows(found, "low_rate_high", "indicators")


def data_open(e: Evidence) -> Frame:
    """Data issues that wait for an answer: errors and questions."""
    rows = e.table("issues_summary", Level.school)
    rows = rows[rows["severity"].isin(["error", "question"])]
    count = rows.groupby(["level", "unit"], sort=False)["n"].sum().reset_index()
    found = count.assign(subject="all", value=count["n"].astype(float), status="found", reason="")
    return _rows(found, "data_open", "issues_summary")


RULES: dict[str, Rule] = {
    "weak": weak,
    "watch": watch,
    "decline_two": decline_two,
    "decline_one": decline_one,
    "came_down": came_down,
    "imbalance": imbalance,
    "follow_up": follow_up,
    "class_spread": class_spread,
    "low_rate_high": low_rate_high,
    "tier_first": tier_first,
    "tier_third": tier_third,
    "award": award,
    "good_practice": good_practice,
    "low_participation": low_participation,
    "low_match": low_match,
    "data_open": data_open,
}
