"""For the analyst's notebook: results, dossiers and a refitted model, read only, with the pictures to doubt them by.

    from analysis import explore
    study = explore.open_study("demo")        # params/demo.yaml, its default exam
    study.table("value_added")                # any table of the results or of the warehouse
    fitted = study.fit("total")               # the core model again, from the warehouse (a second or two)
    explore.residuals(fitted)                 # and so on: each picture is a matplotlib Figure

Nothing here is published: names and single schools may show.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis import dossier, settings, warehouse
from analysis.build.cohort import cohort
from analysis.build.fitting import Fitted, fit
from analysis.errors import UnknownName
from analysis.settings import Settings
from analysis.tables import RESULTS, WAREHOUSE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Frame = pd.DataFrame
T = 10
"""T points to a standard deviation."""


@dataclass(frozen=True)
class Study:
    """One exam of one settings file, as `quality run` left it.

    Attributes
    ----------
    settings : Settings
    exam : id of the exam
    """

    settings: Settings
    exam: str

    @property
    def results(self) -> Path:
        """Folder of the results tables."""
        return self.settings.results(self.exam)

    def table(self, name: str) -> Frame:
        """A table of the results or of the warehouse; UnknownName if there is none of that name."""
        if name not in (*RESULTS, *WAREHOUSE):
            raise UnknownName(f"No table {name}.", f"There are: {', '.join((*RESULTS, *WAREHOUSE))}.")
        return warehouse.read(self.results if name in RESULTS else self.settings.warehouse, name)

    def schools(self, subject: str = "total") -> Frame:
        """Schools with name, start, value added and results of a subject, one row a school; effects in sd."""
        units = self.table("units").query("level == 'school'")[["unit", "name", "sector", "sat", "matched"]]
        added = self.table("value_added").query("level == 'school' and subject == @subject")
        figures = self.table("indicators").query("level == 'school' and subject == @subject")
        wide = figures.pivot(index="unit", columns="indicator", values="value")
        kept = [name for name in ("start", "achievement") if name in wide]
        columns = [
            "unit",
            "effect",
            "se",
            "lo",
            "hi",
            "raw",
            "reliability",
            "p_above",
            "tier",
            "sensitive",
            "n",
        ]
        return units.merge(added[columns], on="unit").merge(wide[kept].reset_index(), on="unit", how="left")

    def fit(self, subject: str = "total") -> Fitted:
        """The core model of a subject, fitted again from the warehouse."""
        tables = warehouse.read_all(self.settings.warehouse, WAREHOUSE)
        params = self.settings.params
        return fit(params, cohort(params, self.settings.exam(self.exam), tables), subject)


def open_study(params: str = "demo", exam: str = "") -> Study:
    """The study of `params/<params>.yaml`; without an exam, the one that the settings report by default.

    Raises
    ------
    SettingsError, UnknownName
        The settings cannot be read, or the calendar has no such exam.
    """
    found = settings.load(_home() / "params" / f"{params}.yaml")
    return Study(found, found.exam(exam).id if exam else found.report_exam().id)


def open_dossier(name: str = "city:demo") -> dict[str, Any]:
    """A dossier as a report sees it: {"meta": …, "tables": {name: DataFrame}}."""
    content = dossier.read(settings.outputs_of(_home()) / "dossiers", name)
    tables = {key: Frame(t["rows"], columns=t["columns"]) for key, t in content["tables"].items()}
    return {"meta": content["meta"], "tables": tables}


def _home() -> Path:
    """Root of the project that the working folder is in; UnknownName outside of one."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "params").is_dir():
            return folder
    raise UnknownName("No project here.", "Start JupyterLab with `make lab`.")


def _axes(width: float, height: float, columns: int = 1) -> tuple["Figure", Any]:
    """A figure in the reports' colours, and its axes."""
    import seaborn as sns
    from matplotlib import font_manager
    from matplotlib import pyplot as plt

    sns.set_theme(style="whitegrid", palette=["#0B7268", "#4F6378", "#3D4BA3", "#B5500F"])
    fonts = font_manager.fontManager
    for path in _fonts():
        if all(entry.fname != path for entry in fonts.ttflist):
            fonts.addfont(path)  # a variable font tells its lightest weight only
            fonts.ttflist[-1] = replace(fonts.ttflist[-1], weight=400)
        name = next(entry.name for entry in fonts.ttflist if entry.fname == path)
        plt.rcParams["font.family"] = ["DejaVu Sans", name]
    figure, axes = plt.subplots(1, columns, figsize=(width, height), layout="constrained")
    plt.close(figure)  # the notebook shows what a cell returns, once
    return figure, axes


def _fonts() -> list[str]:
    """Our own font with Chinese characters, where it is installed."""
    from importlib.util import find_spec

    spec = find_spec("manimgx_fonts_cjk")
    folder = Path(spec.origin).parent if spec and spec.origin else Path("/nonexistent")
    return [str(path) for path in sorted(folder.glob("*.ttc"))]


def caterpillar(schools: Frame) -> "Figure":
    """Value added of the schools in order, with 95 % intervals, in T points. `schools` from `Study.schools`."""
    rows = schools.dropna(subset=["effect"]).sort_values("effect")
    figure, axes = _axes(9, 0.22 * len(rows) + 1)
    y = np.arange(len(rows))
    ends = T * np.abs(rows[["lo", "hi"]].to_numpy(float).T - rows["effect"].to_numpy(float))
    axes.errorbar(T * rows["effect"], y, xerr=ends, fmt="o", ms=4, lw=1.4, color="#0B7268")
    axes.axvline(0, color="#18212B", lw=1)
    axes.set(
        yticks=y, yticklabels=rows["name"], xlabel="value added, T points (0 = city)", ylim=(-1, len(rows))
    )
    return figure


def residuals(fitted: Fitted) -> "Figure":
    """Residuals of the pupils: distribution against the normal, quantiles, spread along the expected score; sd."""
    import seaborn as sns
    from scipy.stats import norm

    core = fitted.progress.core
    errors = core.residual - core.fit.effects[core.tree.names[0]].cumulated[core.tree.leaf]
    figure, (left, middle, right) = _axes(13, 3.8, 3)
    sns.histplot(x=errors, stat="density", bins=60, ax=left, element="step", alpha=0.35)
    grid = np.linspace(errors.min(), errors.max(), 200)
    left.plot(grid, norm.pdf(grid, errors.mean(), errors.std()), color="#18212B", lw=1)
    left.set(title="residuals and the normal curve", xlabel="sd")
    level = np.arange(0.5, len(errors)) / len(errors)
    middle.plot(norm.ppf(level) * errors.std(), np.sort(errors), ".", ms=2, color="#4F6378")
    middle.axline((0, 0), slope=1, color="#18212B", lw=1)
    middle.set(title="quantiles", xlabel="normal", ylabel="residual")
    fifth = pd.qcut(core.expected, 10, labels=False, duplicates="drop")
    sns.boxplot(x=np.asarray(fifth) + 1, y=errors, ax=right, color="#C5DBEE", fliersize=1)
    right.set(title="along the expected score", xlabel="tenth of the expected score", ylabel="residual")
    return figure


def checks(fitted: Fitted) -> pd.Series:
    """The designed checks of assumptions of a fit, by name."""
    found = fitted.progress.checks
    named = {name: value for name, value in vars(found).items() if np.ndim(value) == 0}
    named |= {"spread_ratio": found.spread_ratio, "max_leverage": float(np.nanmax(found.leverage))}
    return pd.Series(named | {"capped": found.capped}, name=fitted.subject)


def influence(fitted: Fitted) -> "Figure":
    """Cook's distance of leaving out one school, largest first; above 1 one school moves the line."""
    units = [str(path[-1]) for path in fitted.progress.units["school"].units]
    found = pd.Series(fitted.progress.checks.leverage, index=units).sort_values(ascending=False).head(15)
    figure, axes = _axes(7, 3.6)
    axes.barh(found.index[::-1], found[::-1], color="#4F6378")
    axes.set(title="influence of single schools on the line", xlabel="Cook's distance")
    return figure


def panel(table: Frame, subject: str = "total") -> "Figure":
    """The sensitivity panel: every school's effect in the other fits against the report's, T points."""
    import seaborn as sns

    rows = table.query("level == 'school' and subject == @subject")
    wide = T * rows.pivot(index="unit", columns="fit", values="value")
    long = (
        wide.drop(columns="core").assign(core=wide["core"]).melt("core", var_name="fit", value_name="other")
    )
    figure, axes = _axes(7.5, 5.5)
    sns.scatterplot(long.dropna(), x="core", y="other", hue="fit", style="fit", s=28, ax=axes)
    axes.axline((0, 0), slope=1, color="#18212B", lw=1)
    axes.set(xlabel="value added in the report, T points", ylabel="in another fit")
    return figure


def intake(schools: Frame) -> "Figure":
    """Value added against the start of the schools: what a leaning towards either end would look like; T points."""
    import seaborn as sns

    rows = schools.dropna(subset=["effect", "start"])
    figure, axes = _axes(6.5, 4.5)
    sns.regplot(
        x=50 + T * rows["start"], y=T * rows["effect"], ax=axes, color="#0B7268", scatter_kws={"s": 22}
    )
    axes.axhline(0, color="#18212B", lw=1)
    axes.set(xlabel="start, T points", ylabel="value added, T points")
    return figure
