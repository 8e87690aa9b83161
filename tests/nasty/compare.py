"""What the intake made of the city against truth."""

from dataclasses import dataclass, field

import pandas as pd

from .maker import Made

ASKS = ("same_name", "number_twice", "number_names_differ", "not_linked", "new_here")
Mark = tuple[str, int, str]


@dataclass
class Verdict:
    """Differences, all empty where the import is right.

    Attributes
    ----------
    merged : list
        Pupils of truth that stand under one hash.
    unreported : list
        Pupils that fell apart, though nobody is asked about them.
    silent : list
        Marks that had to become a data issue and did not.
    items : list
        Item marks missing, extra or different, and rows of the item table that are.
    excluded : list
        Pupils kept out of the figures who should not be, or the other way round.
    strangers : list
        Rows that were taken for pupils and are none, and pupils' rows that were not taken.
    """

    missing: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    unreported: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)
    items: list[str] = field(default_factory=list)
    excluded: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    marks: int = 0
    apart: int = 0

    def faults(self) -> dict[str, list[str]]:
        return {name: value for name, value in vars(self).items() if isinstance(value, list) and value}


def compare(made: Made, tables: dict[str, pd.DataFrame]) -> Verdict:
    """Marks, states and identities of the warehouse tables against truth."""
    verdict = Verdict()
    owners = _owners(made, tables, verdict)
    _identities(made, tables, owners, verdict)
    _marks(made, tables, owners, verdict)
    _items(made, tables, owners, verdict)
    _excluded(made, tables, owners, verdict)
    return verdict


def _owners(made: Made, tables: dict[str, pd.DataFrame], verdict: Verdict) -> pd.DataFrame:
    """links with the true pupil of each row."""
    account = tables["account"].set_index("source")
    links = tables["links"]
    files = account["file"].reindex(links["source"]).tolist()
    sheets = account["sheet"].reindex(links["source"]).tolist()
    names = {(label, row): (label, sheet, row) for label, sheet, row in made.ledger.who if not sheet}
    keys = []
    for label, sheet, row in zip(files, sheets, links["row"].tolist(), strict=True):
        place = names.get((label, row), (label, sheet, row))
        keys.append(made.ledger.who.get(place, -1))
        if keys[-1] < 0:
            verdict.strangers.append(f"taken: {place}")
    out = links.assign(key=keys, file=files, sheet=sheets)
    met = {names.get((f, r), (f, s, r)) for f, s, r in zip(files, sheets, out["row"].tolist(), strict=True)}
    verdict.strangers += [
        f"not taken: {place}" for place in made.ledger.who if place not in met and "任课" not in place[0]
    ]
    return out


def _identities(made: Made, tables: dict[str, pd.DataFrame], owners: pd.DataFrame, verdict: Verdict) -> None:
    """Nobody merged; who fell apart is asked about."""
    pupils = {p.key: p for p in made.city.pupils}
    for _, group in owners.groupby("pupil", sort=False):
        if group["key"].nunique() > 1:
            who = sorted(set(group["key"]))
            verdict.merged.append(
                ", ".join(f"{k} {pupils[k].name if k >= 0 else '?'}" for k in who) + f" {set(group['rule'])}"
            )
    issues = tables["data_issues"]
    asked = set(issues.loc[issues["code"].isin(ASKS), "file"])
    for key, group in owners.groupby("key", sort=False):
        if key >= 0 and group["pupil"].nunique() > 1:
            verdict.apart += 1
            wanted = any((key, exam) in made.city.doubtful for exam in group["exam"])
            if not wanted or not asked & set(group["file"]):
                verdict.unreported.append(f"{pupils[key]} {sorted(set(group['file'] + ' ' + group['rule']))}")


def _marks(made: Made, tables: dict[str, pd.DataFrame], owners: pd.DataFrame, verdict: Verdict) -> None:
    who = {(e, h): k for e, h, k in zip(owners["exam"], owners["pupil"], owners["key"], strict=True)}
    who |= {("", h): k for h, k in zip(owners["pupil"], owners["key"], strict=True)}
    scores = tables["scores"]
    got: dict[Mark, tuple[str, float | None]] = {}
    for row in scores[scores["subject"] != "total"].to_dict("records"):
        key = who.get((row["exam"], row["pupil"]), who.get(("", row["pupil"]), -1))
        got[row["exam"], key, row["subject"]] = (
            row["state"],
            None if pd.isna(row["score"]) else row["score"],
        )
    truth = made.city.marks
    verdict.marks = len(truth)
    verdict.missing = [str((m, truth[m])) for m in truth if m not in got]
    verdict.extra = [str((m, got[m])) for m in got if m not in truth]
    verdict.different = [
        f"{m}: {truth[m]} read as {got[m]}"
        for m in truth
        if m in got and m not in made.city.asked and truth[m] != got[m]
    ]
    issues = tables["data_issues"]
    codes = {(e, s, c) for e, s, c in zip(issues["exam"], issues["subject"], issues["code"], strict=True)}
    verdict.silent = [
        f"{m}: {code}, read as {got.get(m)}"
        for m, code in made.city.asked.items()
        if (m[0], m[2], code) not in codes or got.get(m, ("",))[0] != "invalid"
    ]


def _items(made: Made, tables: dict[str, pd.DataFrame], owners: pd.DataFrame, verdict: Verdict) -> None:
    """Item marks one by one; and the item table: the leaves in their order, each with the highest mark as its full mark."""
    who = dict(zip(owners["pupil"], owners["key"], strict=True))
    got = {
        (row["exam"], who[row["pupil"]], row["subject"], row["item"]): (row["mark"], row["blank"])
        for row in tables["items"].to_dict("records")
    }
    truth = made.city.items
    verdict.items = [
        f"{m}: {truth.get(m)} read as {got.get(m)}"
        for m in sorted({*truth, *got})
        if truth.get(m) != got.get(m)
    ]
    highest: dict[tuple[str, str, str], float] = {}
    for (exam, _, subject, item), (mark, _) in truth.items():
        highest[exam, subject, item] = max(highest.get((exam, subject, item), 0), mark)
    listed = tables["item_table"].sort_values(["exam", "subject", "order"])
    table = {(r["exam"], r["subject"], r["item"]): r["full_mark"] for r in listed.to_dict("records")}
    if list(table.items()) != list(highest.items()):
        verdict.items.append(f"item table: {highest} read as {table}")


def _excluded(made: Made, tables: dict[str, pd.DataFrame], owners: pd.DataFrame, verdict: Verdict) -> None:
    who = dict(zip(owners["pupil"], owners["key"], strict=True))
    got = {
        who[row["pupil"]]: row["excluded"] for row in tables["pupils"].to_dict("records") if row["excluded"]
    }
    truth = made.city.excluded
    verdict.excluded = [
        f"{k}: {truth.get(k)} read as {got.get(k)}"
        for k in sorted({*truth, *got})
        if truth.get(k) != got.get(k)
    ]
