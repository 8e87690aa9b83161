"""The fictional city 青禾市, with known truth: `make` writes its score sheets as a platform would."""

from analysis.demo.make import make

__all__ = ["make"]
