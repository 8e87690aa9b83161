"""Small tables beside the measures: what the models add to equity, open data issues, sister counties."""

import pandas as pd

from analysis.params import Exam, Params
from analysis.terms import Level

Frame = pd.DataFrame
SCHOOL_VARIANCE = "variance:school"


def sector_rows(exam: Exam, added: Frame) -> Frame:
    """Progress of the sectors as rows of the `equity` table."""
    if added.empty:
        return pd.DataFrame()
    rows = added[(added["level"] == Level.sector) & added["effect"].notna()]
    return pd.DataFrame(
        {
            "exam": exam.id,
            "subject": rows["subject"],
            "key": "sector:" + rows["unit"] + ":progress",
            "value": rows["effect"],
            "lo": rows["lo"],
            "hi": rows["hi"],
            "n": rows["n"],
        }
    )


def share_rows(exam: Exam, fits: Frame) -> Frame:
    """Share of the schools in the variance after the start, with its 95 % interval, as rows of the `equity` table.

    One estimate for every place that prints it: the variances of the value-added model (REML). The interval
    carries the ends of the schools' variance through the share, the other variances held at their estimates.
    """
    if fits.empty:
        return pd.DataFrame()
    keep = fits["term"].str.startswith("variance:") & fits["value"].notna()
    parts = fits[keep].pivot(index="subject", columns="term", values="value")
    if SCHOOL_VARIANCE not in parts:
        return pd.DataFrame()
    school = fits[fits["term"] == SCHOOL_VARIANCE].set_index("subject").loc[parts.index]
    units = fits[fits["term"] == "units:school"].set_index("subject")["value"].reindex(parts.index)
    rest = parts.drop(columns=SCHOOL_VARIANCE).sum(axis=1)
    shares = {end: school[end] / (school[end] + rest) for end in ("value", "lo", "hi")}
    made = pd.DataFrame(shares).assign(exam=exam.id, key="icc_given_start", n=units.fillna(0).astype(int))
    return made[made["value"].notna()].reset_index()


def issues_table(exam: Exam, issues: Frame) -> Frame:
    """The `issues_summary` table: issues of the exam and its baselines by school, and the city's sum."""
    rows = issues[issues["exam"].isin([exam.id, *exam.baselines, ""])]
    if rows.empty:
        return pd.DataFrame()
    schools = (
        rows[rows["school"] != ""]
        .groupby(["school", "severity", "code"], sort=False)["n"]
        .sum()
        .reset_index()
    )
    schools = schools.rename(columns={"school": "unit"}).assign(level=str(Level.school))
    city = rows.groupby(["severity", "code"], sort=False)["n"].sum().reset_index()
    return pd.concat([city.assign(level=str(Level.city), unit="city"), schools]).assign(exam=exam.id)


def benchmark_table(params: Params, exam: Exam) -> Frame:
    """The `benchmark` table: sister counties' figures, as handed down."""
    rows = [b.model_dump() for b in params.benchmarks if b.exam == exam.id]
    made = pd.DataFrame(rows)
    return (
        made.astype({"n": "Int64", "sd": float, "pass_rate": float, "excellent_rate": float})
        if rows
        else made
    )
