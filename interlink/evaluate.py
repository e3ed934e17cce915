"""Links beside a reference: precision, recall and F of each predicate.

A link and its inverse say the same (`geo:sfWithin` and `geo:sfContains`, OWL-Time's
`intervalBefore` and `intervalAfter` …), and a symmetric one says the same both ways:
each is counted once, in one direction. Literals, types and what annotates links are
no links.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlglot import exp

from engine.protocol import Control, Engine, Relation
from engine.triple_files import triples_relation, write_relation
from geosparql.relations import RELATION_BY_NAME, RELATIONS
from geosparql.terms import RDF
from geosparql.triples import TRIPLES_SCHEMA
from geosparql.vocabulary import OWL, RDF_TYPE, SKOS, TIME
from interlink.times import ALLEN, ALLEN_BY_NAME

_LINK = ("predicate", "subject", "object")
_NO_LINKS = (
    RDF_TYPE,
    *(RDF + name for name in ("reifies", "subject", "predicate", "object", "first", "rest")),
)
_INVERSES: dict[str, str] = {
    **{one.iri: RELATION_BY_NAME[one.inverse].iri for one in RELATIONS if one.inverse},
    **{TIME + one.local_name: TIME + ALLEN_BY_NAME[one.inverse].local_name for one in ALLEN},
    **{
        iri: iri
        for iri in (
            OWL + "sameAs", OWL + "differentFrom",
            *(SKOS + name for name in ("exactMatch", "closeMatch", "relatedMatch", "related")),
        )
    },
    SKOS + "broadMatch": SKOS + "narrowMatch",
    SKOS + "narrowMatch": SKOS + "broadMatch",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Agreement:
    """How many links were found, how many there are, and how many of them are the same."""

    found: int
    reference: int
    correct: int

    @property
    def precision(self) -> float | None:
        """Give the share of the found links that are right; None where none was found."""
        return self.correct / self.found if self.found else None

    @property
    def recall(self) -> float | None:
        """Give the share of the reference that was found; None where it has no link."""
        return self.correct / self.reference if self.reference else None

    @property
    def f_measure(self) -> float | None:
        """Give the harmonic mean of precision and recall; None where there is no link at all."""
        both = self.found + self.reference
        return 2 * self.correct / both if both else None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The agreement of each predicate, in the direction that is counted, and of all."""

    by_predicate: Mapping[str, Agreement]

    @property
    def all(self) -> Agreement:
        """Give the agreement of all links together."""
        rows = self.by_predicate.values()
        return Agreement(
            sum(row.found for row in rows),
            sum(row.reference for row in rows),
            sum(row.correct for row in rows),
        )


def evaluate(
    engine: Engine,
    links: Path,
    reference: Path,
    *,
    missed: Path | None = None,
    false: Path | None = None,
    control: Control | None = None,
) -> Evaluation:
    """Compare links with a reference.

    Parameters
    ----------
    engine
        Compares them.
    links, reference
        RDF files or folders of triple Parquet. Features must be IRIs: blank nodes of
        two files are never the same.
    missed, false
        Files for the links that only the reference has, and those that it has not.
    control
        Cancellation and progress.

    Raises
    ------
    SourceError, RDFSyntaxError
        A file is missing or cannot be read.
    """
    sides = [_counted(engine, path, control) for path in (links, reference)]
    compared = engine.materialize(_compared(*sides), control=control)
    for side in sides:
        engine.drop(side)
    for path, having in ((missed, "found"), (false, "reference")):
        if path is not None:
            write_relation(engine, _without(compared, having), path, control=control)
    counts = (
        exp.select(
            "predicate",
            *(exp.func("sum", exp.column(name)).as_(name) for name in ("found", "reference")),
            exp.func("sum", exp.column("found") * exp.column("reference")).as_("correct"),
        )
        .from_(compared.table())
        .group_by("predicate")
        .order_by("predicate")
    )
    with engine.run(counts, control=control) as reader:
        rows = reader.read_all().to_pylist()
    engine.drop(compared)
    return Evaluation(
        {
            row["predicate"]: Agreement(
                *(int(row[name]) for name in ("found", "reference", "correct"))
            )
            for row in rows
        }
    )


def _counted(engine: Engine, path: Path, control: Control | None) -> Relation:
    """Give the links of a file, each once and in the direction that is counted."""
    triples = triples_relation(engine, [path])
    predicate, subject, obj = (exp.column(name) for name in _LINK)
    turned = _is_any(predicate, [iri for iri, inverse in _INVERSES.items() if inverse < iri])
    symmetric = _is_any(predicate, [iri for iri, inverse in _INVERSES.items() if inverse == iri])
    backwards = exp.or_(turned, exp.and_(symmetric, exp.LT(this=obj, expression=subject)))
    direct = exp.case()
    for iri, inverse in _INVERSES.items():
        if inverse < iri:
            direct = direct.when(predicate.eq(exp.Literal.string(iri)), exp.Literal.string(inverse))
    query = (
        exp.select(
            direct.else_(predicate).as_("predicate"),
            exp.case().when(backwards, obj).else_(subject).as_("subject"),
            exp.case().when(backwards, subject).else_(obj).as_("object"),
        )
        .distinct()
        .from_(triples.table())
        .where(exp.column("datatype").is_(exp.null()), exp.not_(_is_any(predicate, _NO_LINKS)))
    )
    return engine.materialize(query, control=control)


def _is_any(column: exp.Expr, iris: Sequence[str]) -> exp.Expr:
    return column.isin(*map(exp.Literal.string, iris))


def _compared(links: Relation, reference: Relation) -> exp.Select:
    """Give every link of either side, with 1 for each that has it, else 0."""
    zero, one = exp.Literal.number(0), exp.Literal.number(1)
    both = exp.union(
        links.select(*_LINK).select(one.as_("found"), zero.as_("reference")),
        reference.select(*_LINK).select(zero.as_("found"), one.as_("reference")),
        distinct=False,
    )
    marks = [exp.func("max", exp.column(name)).as_(name) for name in ("found", "reference")]
    return exp.select(*_LINK, *marks).from_(both.subquery("both")).group_by(*_LINK)


def _without(compared: Relation, having: str) -> exp.Select:
    """Give the links that one side has not, as triples in order."""
    columns = [
        exp.column(field.name)
        if field.name in _LINK
        else exp.cast(exp.null(), "BINARY" if field.name == "geometry" else "TEXT").as_(field.name)
        for field in TRIPLES_SCHEMA
    ]
    return (
        exp.select(*columns)
        .from_(compared.table())
        .where(exp.column(having).eq(exp.Literal.number(0)))
        .order_by(*_LINK)
    )
