"""Items by their labels: 12, 20(1), 第3题, T5. Parents of other items are no items."""

import re

from analysis.intake.headings import normal
from analysis.intake.table import Column, Table

FEW = 3
"""So many item labels make a sheet an item sheet without being declared one."""
_LABEL = re.compile(
    r"^(?:第)?(?:[一二三四五六七八九十]+[、.])?(?:q|t|x|题|(?:(?:单项|多项|单|多|非)?选择?|填空|解答|判断|简答|客观|主观)题?|item|question|solved|credits)?[._]?\d{1,3}(?:[.(\-_]?[\da-z一二三四五六七八九十①-⑳]{1,3}\)?)*(?:题|小题)?(?:得分|分)?$"
)
_PART = re.compile(r"^(.*?\d)[(.\-_]([\da-z一二三四五六七八九十①-⑳]{1,3})\)?$")
_BRACKETED = re.compile(r"[(\[](?:满分)?\d+(?:\.\d+)?分[)\]]$")


def item_columns(table: Table) -> list[Column]:
    """Columns that hold items: those whose heading is an item label, or that the settings call items."""
    named = [c for c in table.columns if c.role == "item"]
    chosen = named or [c for c in table.columns if c.role == "unknown" and is_label(c.heading)]
    return _leaves(chosen)


def recognised(table: Table) -> bool:
    """Whether a table of pupils shows by its headings that it holds the items of one paper."""
    subjects = {c.meaning.subject for c in table.of("mark", "part") if c.meaning.subject}
    return len(subjects) <= 1 and not table.of("subject") and len(item_columns(table)) >= FEW


def is_label(heading: str) -> bool:
    """Whether a heading is an item's number: 12, 20(1), 第3题, T5, q7, solved.1."""
    key = normal(heading)
    key = _BRACKETED.sub("", key)
    return bool(_LABEL.match(key))


def label_of(heading: str) -> str:
    """The label as printed: bracketed full marks and 第…题 out."""
    key = _BRACKETED.sub("", normal(heading))
    return re.sub(r"(?:题|小题)?(?:得分)?$", "", key.removeprefix("第")) or key


def _leaves(columns: list[Column]) -> list[Column]:
    """Without parents: 20 is left out where 20(1) and 20(2) stand beside it."""
    parents = {found[1] for c in columns if (found := _PART.match(label_of(c.heading)))}
    return [c for c in columns if label_of(c.heading) not in parents]
