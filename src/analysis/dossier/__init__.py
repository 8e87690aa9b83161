"""Results → one dossier per unit: every number its report may show, and nothing else.

A dossier is one canonical JSON file: sorted keys, one table a line, numbers rounded to 6 decimals, missing → null.
Its sha256 is its name. A school's dossier holds its own rows and a few of the city's; other schools are nameless
values (`cut`). Of what a report may show it carries what a section does show (`shown`). Rows hidden for small
numbers arrive here already empty (analysis.build hides them).
"""

from .cut import cut
from .form import DECIMALS, address, canonical, read
from .origins import READ, Origin, origins

__all__ = ["DECIMALS", "READ", "Origin", "address", "canonical", "cut", "origins", "read"]
