"""What became of each report of a run."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

Status = Literal["written", "unchanged", "failed"]


@dataclass(frozen=True)
class Entry:
    """One report.

    Attributes
    ----------
    name : "city" or "school-<code>"
    seconds, cpu_seconds, memory_mb : wall and processor time and private memory of making it; 0 where nothing
        was made
    message, page, redo : of a failed one: what went wrong, the page that tells it, the command to redo it
    """

    name: str
    status: Status
    seconds: float = 0.0
    memory_mb: float = 0.0
    cpu_seconds: float = 0.0
    message: str = ""
    page: str = ""
    redo: str = ""


@dataclass
class Ledger:
    """The reports of a run in their order."""

    entries: list[Entry] = field(default_factory=list)

    def of(self, status: Status) -> list[Entry]:
        return [entry for entry in self.entries if entry.status == status]

    def lines(self) -> list[str]:
        """Counts, cost, and every failure with its page and the command to redo it."""
        made = [entry for entry in self.entries if entry.status != "unchanged"]
        found = [
            ", ".join(f"{len(self.of(status))} {status}" for status in ("written", "unchanged", "failed"))
        ]
        if made:
            found.append(
                f"{sum(e.seconds for e in made) / len(made):.2f} s a report, "
                f"at most {max(e.memory_mb for e in made):.0f} MB private memory"
            )
        for entry in self.of("failed"):
            found += [
                f"failed: {entry.name}: {entry.message}",
                f"  see {entry.page}",
                f"  redo: {entry.redo}",
            ]
        return found


def in_order(entries: Iterable[Entry], names: list[str]) -> Ledger:
    """The ledger in the order of the names."""
    by_name = {entry.name: entry for entry in entries}
    return Ledger([by_name[name] for name in names if name in by_name])
