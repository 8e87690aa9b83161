"""A maker of nasty score sheets: a small invented city with known truth, written in every way that the catalogue knows."""
