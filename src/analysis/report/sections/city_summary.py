"""The city on one page: three tiles, four questions answered, what to put before the meeting."""

from collections.abc import Callable, Sequence
from statistics import mean, median

from .. import naming, theme
from ..charts import city_quadrant, city_strip
from ..charts.city_standing import Standing
from ..facts import Facts, Row
from ..picture import Figure
from ..words import Words
from .city_benchmark import widest_gap
from .city_briefing import points
from .city_counts import is_progress_known, one_a_school, subject_counts, whole_and_parts
from .city_cover import FEW_SCHOOLS
from .city_quadrant import finding
from .city_subjects import extremes
from .city_units import (
    about,
    by_unit,
    judged,
    listing,
    main_subject,
    sentences,
    standings,
    subject_name,
    tally,
)

TABLES = ("value_added", "indicators", "judgements", "units")

MEASURES = ("start", "progress", "achievement")
CSS = {"start": "start", "progress": "progress", "achievement": "achieve"}


def view(facts: Facts, words: Words) -> dict[str, object]:
    schools = standings(facts, words)
    tiles = [_tile(facts, words, schools, measure) for measure in MEASURES]
    return {
        "tiles": tiles,
        "source": words("city.summary.source") if any(tile["picture"] for tile in tiles) else "",
        "questions": [
            _which_schools(facts, words, schools),
            _which_subjects(facts, words),
            _how_sure(facts, words, schools),
            _what_now(facts, words),
        ],
        "quadrant": _quadrant(words, schools),
        "decide_title": words("city.summary.decide"),
        "decide": points(facts, words),
    }


def _quadrant(words: Words, schools: Sequence[Standing]) -> Figure | None:
    """Where the schools stand, small; the large one has its own section."""
    shown = [s for s in schools if s.start.shown and s.progress.shown]
    if len(shown) < FEW_SCHOOLS:
        return None
    what = words("chart.city.quadrant.what", k=len(shown))
    return Figure(city_quadrant.small(shown, words), finding(shown, words), what)


def _tile(facts: Facts, words: Words, schools: Sequence[Standing], measure: str) -> dict[str, object]:
    up, down, middle = tally(getattr(school, measure) for school in schools)
    shown = up + down + middle
    verdict = words("city.tile.split", up=up, down=down) if shown else words(f"verdict.{measure}.none")
    if 0 < len(schools) < FEW_SCHOOLS:
        verdict = words("city.tile.few")
    number, label = _headline(facts, words, schools, measure)
    drawn: Sequence[Standing] = schools
    if len(schools) < FEW_SCHOOLS and measure == "progress":
        number, label, drawn = words.numbers.plain(None), "", ()
    if len(schools) == 1:
        drawn = ()  # one school is its own average
    return {
        "css": CSS[measure],
        "title": words(f"measure.{measure}"),
        "verdict": verdict,
        "number": number,
        "label": label,
        "picture": city_strip.chart(drawn, measure, theme.MEASURE_COLOURS[measure], words),
        "lines": [
            line for line in (_sectors(facts, words, measure), _also(facts, words, measure, middle)) if line
        ],
    }


def _headline(facts: Facts, words: Words, schools: Sequence[Standing], measure: str) -> tuple[str, str]:
    """The tile's number and what it is."""
    n, subject = words.numbers, main_subject(facts)
    if measure == "progress":
        spread = facts.one("fits", subject=subject, term="variance:school")
        if spread is not None and spread.value is not None:
            lo, hi = (
                10 * max(end, 0.0) ** 0.5 if end is not None else None for end in (spread.lo, spread.hi)
            )
            text = (
                words("city.tile.progress", range=n.plains(lo, hi))
                if lo is not None
                else words("city.tile.sd")
            )
            return n.plain(10 * max(spread.value, 0.0) ** 0.5), text
    if measure == "achievement":
        whole = facts.one("indicators", level="city", subject=subject, indicator="mean")
        if whole is not None and whole.value is not None and naming.full_mark(facts, subject) is not None:
            name = subject_name(facts, words, subject)
            return n.plain(whole.value), words(
                "city.tile.mean", subject=name, range=n.plains(whole.lo, whole.hi)
            )
    values = [getattr(s, measure).value for s in schools if getattr(s, measure).value is not None]
    if len(values) < 2:
        return n.plain(None), ""
    return n.plain(10 * (max(values) - min(values))), about(facts, words, words("city.tile.spread"))


def _sectors(facts: Facts, words: Words, measure: str) -> str:
    n = words.numbers
    write: Callable[[float | None], str] = n.effect if measure == "progress" else n.level
    found = [(s.name, getattr(s, measure).value) for s in standings(facts, words, "sector")]
    return words("city.sep").join(f"{name} {write(value)}" for name, value in found if value is not None)


def _also(facts: Facts, words: Words, measure: str, middle: int) -> str:
    n, subject = words.numbers, main_subject(facts)
    if measure == "progress":
        return words("city.tile.middle", k=middle) if middle else ""
    if measure == "achievement":
        sd = facts.one("indicators", level="city", subject=subject, indicator="sd")
        full = naming.full_mark(facts, subject)
        if sd is None or sd.value is None or full is None:
            return ""
        return words("city.tile.full", full=n.count(full), sd=n.plain(sd.value))
    return (
        words("city.tile.baseline", title=facts.meta["baseline"]["title"]) if facts.meta["baseline"] else ""
    )


def _answer(words: Words, key: str, finding: str, text: str) -> dict[str, str]:
    return {"title": words(f"city.ask.{key}"), "finding": finding, "text": text}


def _which_schools(facts: Facts, words: Words, schools: Sequence[Standing]) -> dict[str, str]:
    if len(schools) < FEW_SCHOOLS:
        return _answer(words, "schools", words("city.which.few"), words("city.which.few_text"))
    short = {school.unit: school.short for school in schools}
    weak, parts = whole_and_parts(facts, "weak")
    known = {row.unit for row in weak}
    watch = [row for row in whole_and_parts(facts, "watch")[0] if row.unit not in known]
    groups = {"tier_first": judged(facts, "tier_first", "found"), "weak": weak, "watch": watch}
    named = {
        key: listing(words, [short.get(row.unit, row.unit) for row in rows]) for key, rows in groups.items()
    }
    texts = [words(f"city.which.{key}", names=named[key]) for key, rows in groups.items() if rows]
    if parts:
        texts.append(words("city.which.parts", k=len(one_a_school(parts))))
    counts = {key: words(f"city.which.count.{key}", k=len(rows)) for key, rows in groups.items() if rows}
    finding = words("city.clause").join(counts.values())
    finding = finding[:1].upper() + finding[1:]
    if not texts:
        key = "none" if is_progress_known(facts) else "na"
        finding, texts = words(f"city.which.{key}"), [words(f"city.which.{key}_text")]
    return _answer(words, "schools", finding or words("city.which.none_whole"), sentences(words, texts))


def _which_subjects(facts: Facts, words: Words) -> dict[str, str]:
    counted = subject_counts(facts)
    if len(facts.rows("units", level="school")) < FEW_SCHOOLS:
        return _answer(words, "subjects", words("city.subject.few"), words("city.subject.few_text"))
    if not counted:
        return _answer(words, "subjects", words("city.subject.na"), "")
    if len(counted) == 1:
        return _answer(words, "subjects", words("city.subject.one"), words("city.subject.one_text"))
    counts = words("list.stop").join(
        words("city.subject.counts", subject=subject_name(facts, words, code), up=up, down=down)
        for code, (up, down, _) in sorted(counted.items(), key=lambda pair: -sum(pair[1][:2]))[:3]
        if up + down
    )
    texts = [words("city.subject.text", counts=counts)] if counts else []
    gap = widest_gap(facts, words)
    return _answer(words, "subjects", extremes(facts, words, counted), sentences(words, [*texts, gap]))


def _how_sure(facts: Facts, words: Words, schools: Sequence[Standing]) -> dict[str, str]:
    n = words.numbers
    rows = by_unit(facts, "value_added", "school", subject=main_subject(facts))
    shown = [row for row in rows.values() if row.reliability is not None]
    if not shown or len(schools) < FEW_SCHOOLS:
        key = "few" if len(schools) < FEW_SCHOOLS else "na"
        return _answer(words, "sure", words(f"city.sure.{key}"), words(f"city.sure.{key}_text"))
    reliable = [row.reliability for row in shown]
    widths = [row.rank_hi - row.rank_lo + 1 for row in shown if row.rank_lo is not None]
    texts = [words("city.sure.reliability", mean=n.plain(mean(reliable), 2), low=n.plain(min(reliable), 2))]
    if widths:
        texts.append(words("city.sure.ranks", width=n.count(median(widths)), k=len(shown)))
    up, down, middle = tally(school.progress for school in schools)
    key = "ends" if middle and up + down else "none" if middle else "all"
    return _answer(words, "sure", words(f"city.sure.{key}"), sentences(words, [*texts, _slope(facts, words)]))


def _slope(facts: Facts, words: Words) -> str:
    row = facts.one("trust", key="backtest:slope")
    if row is None or row.value is None:
        return ""
    n = words.numbers
    return words(
        f"city.sure.slope.{_forecast(row)}", value=n.plain(row.value, 2), range=n.plains(row.lo, row.hi, 2)
    )


def _forecast(row: Row) -> str:
    """How the last forecasts turned out, from the interval of the slope: 1 is honest, below it is too bold."""
    if row.lo is None or row.hi is None or row.lo <= 0:
        return "unclear"
    return "cautious" if row.lo > 1 else "bold" if row.hi < 1 else "honest"


def _what_now(facts: Facts, words: Words) -> dict[str, str]:
    schools = standings(facts, words)
    if len(schools) < FEW_SCHOOLS:
        return _answer(words, "now", words("city.now.few"), words("city.now.few_text"))
    (weak, parts), (good, _) = whole_and_parts(facts, "weak"), whole_and_parts(facts, "good_practice")
    short = {school.unit: school.short for school in schools}
    watch = whole_and_parts(facts, "watch")[0]
    if not (weak or parts or good or watch or is_progress_known(facts)):
        return _answer(words, "now", words("city.now.na"), words("city.now.na_text"))
    names = [short.get(row.unit, row.unit) for row in good]
    texts = [words("city.now.good", names=listing(words, names, 6))] if good else []
    texts.append(words("city.now.listen") if weak or parts or watch else words("city.now.routine"))
    key = "weak" if weak else "parts" if parts else "watch" if watch else "none"
    found = [words(f"city.now.{key}", k=len(one_a_school(weak or parts or watch)))]
    if good:
        found.append(words("city.now.show", k=len(good)))
    return _answer(words, "now", words("city.clause").join(found), sentences(words, texts))
