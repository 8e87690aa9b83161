"""Item marks of an exam as matrices."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from analysis.build.positions import wide
from analysis.measures.items import ItemData
from analysis.params import Exam


def item_data(exam: Exam, pupils: pd.Series, tables: Mapping[str, pd.DataFrame]) -> Iterator[ItemData]:
    """Item marks of every paper that has them, by the pupils given and in the order of the paper."""
    of_exam = {name: tables[name][tables[name]["exam"] == exam.id] for name in ("items", "item_table")}
    for subject, paper in exam.papers.items():
        marks = of_exam["items"][of_exam["items"]["subject"] == subject]
        table = of_exam["item_table"][of_exam["item_table"]["subject"] == subject].sort_values(
            "order", kind="stable"
        )
        table = table[table["full_mark"].notna()].reset_index(drop=True)
        if marks.empty or table.empty:
            continue
        names, rows = list(table["item"]), marks[["pupil", "item"]].set_axis(["pupil", "subject"], axis=1)
        mark, _ = wide(rows.assign(score=marks["mark"], state="ok"), pupils, names)
        blank, _ = wide(rows.assign(score=marks["blank"].astype(float), state="ok"), pupils, names)
        yield ItemData(subject, mark, np.nan_to_num(blank) > 0, table, np.isin(names, paper.choice_items))
