"""Score sheets → warehouse: read, recognise, understand cells, link pupils, check, account."""

from analysis.intake.loading import load

__all__ = ["load"]
