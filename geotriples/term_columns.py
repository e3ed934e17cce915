"""The columns of a triple batch that one term fills."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from geotriples.values import Check


@dataclass(frozen=True, slots=True)
class TermColumns:
    """The expressions of a term: its text, what else a literal has, and what can be wrong."""

    value: exp.Expr
    datatype: exp.Expr
    language: exp.Expr
    geometry: exp.Expr
    checks: tuple[Check, ...] = ()

    @property
    def parts(self) -> tuple[exp.Expr, exp.Expr, exp.Expr, exp.Expr]:
        """The four expressions."""
        return self.value, self.datatype, self.language, self.geometry


TERM_PARTS = ("term", "datatype", "language", "geometry")
"""Names of the columns in which a term that was made before stands."""
