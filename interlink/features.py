"""Feature sets: features with their geometries and what is known of them, as a relation.

A feature with several geometries is linked where any of them fits; each link is
said once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from functools import partial
from typing import Any

from sqlglot import exp

from engine.protocol import Control, Engine, Relation
from geosparql.crs import crs_iri_of
from geosparql.errors import CRSError
from geosparql.vocabulary import RDF_TYPE
from interlink.cleaning import CLEAN_SCHEMA, clean
from interlink.problems import Problem, Problems, read_problems, refuse_invalid
from interlink.rules.model import FeatureSet
from interlink.rules.paths import PropertyPath, Step
from interlink.sources import Readers, SetRows, set_rows
from interlink.times import TIME_FUNCTIONS

_SHAPED = ("feature", "geometry", "lexical", "datatype")
_TYPE = PropertyPath(((Step(RDF_TYPE),),))


@dataclass(frozen=True, slots=True)
class Features:
    """A feature set in an engine.

    `relation` has the columns ``id`` (from 1, in the order of the IRIs), ``feature``
    (IRI), ``geometry`` (EWKB, never null), one of each attribute
    (`attribute_column`: the different values as a list of texts; null where there is
    none) and, where the set has times, ``start`` and ``end`` as `interlink.times` has
    them: of several values the first start and the last end.

    `features` counts all, `geometries` those that are linked, `linked` the features that
    have one, `several` those with more than one. `crs_iris` are the CRS of the geometries.
    """

    relation: Relation
    attributes: tuple[str, ...]
    features: int
    geometries: int
    linked: int
    several: int
    crs_iris: tuple[str, ...]
    problems: Problems

    def attribute_column(self, name: str) -> str:
        """Give the column of an attribute."""
        return _attribute(self.attributes.index(name))


def attribute_names(chosen: FeatureSet) -> tuple[str, ...]:
    """Name the attributes of a set, in the order of their columns."""
    return tuple(attribute.name for attribute in chosen.attributes)


def facts_of(features: Features) -> dict[str, Any]:
    """Give all but the rows of a set, as JSON has it."""
    facts = {field.name: getattr(features, field.name) for field in fields(features)}
    del facts["relation"]
    found = features.problems
    listed = [asdict(row) for row in found.listed]
    return facts | {"problems": {"side": found.side, "counts": found.counts, "listed": listed}}


def from_facts(relation: Relation, facts: Mapping[str, Any]) -> Features:
    """Give a set whose rows stand in `relation` from what `facts_of` gave."""
    found = facts["problems"]
    listed = tuple(Problem(**row) for row in found["listed"])
    problems = Problems(found["side"], relation, found["counts"], listed)
    lists = {name: tuple(facts[name]) for name in ("attributes", "crs_iris")}
    return Features(relation, **{**facts, **lists, "problems": problems})


def read_features(
    engine: Engine,
    chosen: FeatureSet,
    *,
    readers: Readers | None = None,
    by_time_alone: bool = False,
    control: Control | None = None,
) -> Features:
    """Bring the features of a set into an engine.

    Parameters
    ----------
    engine
        With the GeoSPARQL functions registered.
    chosen
        Source and filters of the set.
    readers
        Opens sources that are no RDF files.
    by_time_alone
        A rule links by time alone: features with a time take part without a geometry.
    control
        Cancellation and progress.

    Returns
    -------
    Features
        Every geometry once, and what was the matter with others.

    Raises
    ------
    SourceError, StoreError, RDFSyntaxError
        The source cannot be read, or has invalid geometries and these are an error.
    """
    rows = set_rows(engine, chosen, readers, control)
    query = _shaped(rows, chosen)
    cleaned = engine.map_batches(query, partial(clean, chosen), CLEAN_SCHEMA, control=control)
    problems = read_problems(engine, cleaned, chosen.name, control=control)
    if chosen.invalid == "error":
        refuse_invalid(problems)
    known = _known(engine, rows, chosen, control)
    timed = _timed(rows, chosen) if by_time_alone else None
    relation = engine.materialize(_numbered(cleaned, timed, known), control=control)
    named = [_distinct("feature").from_(one.table()) for one in (cleaned, relation)]
    features = _number(engine, exp.union(*named, distinct=True))
    placed = relation.select("feature").where(exp.column("geometry").is_(exp.null()).not_())
    counts = placed.select(exp.func("count", exp.Star()).as_("n")).group_by("feature")
    crs_iris = _crs_iris(engine, cleaned)
    for spent in (cleaned, *known, *rows.held):
        engine.drop(spent)
    return Features(
        relation=relation,
        attributes=attribute_names(chosen),
        features=features,
        geometries=_number(engine, placed),
        linked=_number(engine, counts),
        several=_number(engine, counts.having(exp.column("n") > 1)),
        crs_iris=crs_iris,
        problems=problems,
    )


@contextmanager
def feature_rows(
    engine: Engine, chosen: FeatureSet, readers: Readers | None, control: Control | None
) -> Iterator[exp.Query]:
    """Give the rows of the features that pass the filters, not computed yet.

    ``feature``, ``geometry``, ``lexical`` and ``datatype``, then attributes and times.
    """
    rows = set_rows(engine, chosen, readers, control)
    known = _known(engine, rows, chosen, control)
    names = (exp.column(name, "usable") for name in _SHAPED)
    query = exp.select(*names).from_(_shaped(rows, chosen).subquery("usable"))
    for position, relation in enumerate(known):
        query = _beside(query, relation, position)
    yield query
    for spent in (*known, *rows.held):
        engine.drop(spent)


def _shaped(rows: SetRows, chosen: FeatureSet) -> exp.Select:
    """Give the geometries of the features that pass the filters."""
    shapes = exp.select(*_SHAPED).from_(rows.shapes.subquery("shapes"))
    return _filtered(shapes, rows, chosen)


def _crs_iris(engine: Engine, cleaned: Relation) -> tuple[str, ...]:
    query = _distinct("srid").from_(cleaned.table())
    with engine.run(query.where(exp.column("geometry").is_(exp.null()).not_())) as reader:
        return crs_iris_of(reader.read_all()["srid"].to_pylist())


def crs_iris_of(srids: Iterable[int]) -> tuple[str, ...]:
    """Give the CRS of geometries; one that is not known has no IRI."""
    found = set()
    for srid in srids:
        with suppress(CRSError):
            found.add(crs_iri_of(srid))
    return tuple(sorted(found))


def _timed(rows: SetRows, chosen: FeatureSet) -> exp.Select | None:
    """Give the features with a time that pass the filters; a box needs a geometry."""
    if chosen.time is None or chosen.box is not None:
        return None
    paths = [rows.values(path) for path in dict.fromkeys(chosen.time)]
    nodes = [exp.select("node").from_(path.subquery("given")) for path in paths]
    both = nodes[0] if len(nodes) == 1 else exp.union(*nodes, distinct=True)
    nothing = exp.cast(exp.null(), "BINARY").as_("geometry")
    query = exp.select(exp.column("node").as_("feature"), nothing).distinct()
    query = query.from_(both.subquery("timed"))
    named = exp.Not(this=exp.func("starts_with", exp.column("node"), exp.Literal.string("_:")))
    narrowed = exp.select("feature", "geometry").from_(query.where(named).subquery("named"))
    return _filtered(narrowed, rows, chosen)


def _filtered(query: exp.Select, rows: SetRows, chosen: FeatureSet) -> exp.Select:
    """Keep the rows of the features that pass the filters."""
    wanted = [(path, values) for path, values in chosen.where]
    if chosen.class_iri is not None:
        wanted.append((_TYPE, (chosen.class_iri,)))
    for path, values in wanted:
        having = exp.select("node").from_(rows.values(path).subquery("given"))
        having = having.where(exp.column("value").isin(*map(exp.Literal.string, values)))
        query = query.where(exp.In(this=exp.column("feature"), query=having.subquery()))
    return query


def _known(
    engine: Engine, rows: SetRows, chosen: FeatureSet, control: Control | None
) -> tuple[Relation, ...]:
    """Give the attributes and times of features, one relation of ``node`` each."""
    found = []
    for number, attribute in enumerate(chosen.attributes):
        gathered = exp.ArrayAgg(this=exp.Order(this=exp.column("value"), expressions=[
            exp.Ordered(this=exp.column("value"))]))  # fmt: skip
        different = exp.select("node", "value").distinct()
        different = different.from_(rows.values(attribute.path).subquery("given"))
        query = exp.select("node", gathered.as_(_attribute(number)))
        found.append(query.from_(different.subquery("different")).group_by("node"))
    if chosen.time is not None:
        engine.register(TIME_FUNCTIONS)
        ends = (("start", "link_first_moment", exp.Min), ("end", "link_last_moment", exp.Max))
        for path, (name, function, aggregate) in zip(chosen.time, ends, strict=True):
            moment = aggregate(this=exp.func(function, exp.column("value")))
            query = exp.select("node", moment.as_(name, quoted=True))
            found.append(query.from_(rows.values(path).subquery("given")).group_by("node"))
    return tuple(engine.materialize(query, control=control) for query in found)


def _numbered(cleaned: Relation, timed: exp.Select | None, known: Sequence[Relation]) -> exp.Query:
    """Give a number to each geometry that can be linked, and what is known beside it."""
    usable: exp.Query = _placed(cleaned)
    if timed is not None:
        elsewhere = exp.In(this=exp.column("feature"), query=_named(cleaned).subquery())
        usable = exp.union(usable, timed.where(exp.Not(this=elsewhere)), distinct=False)
    order = exp.Order(
        expressions=[exp.Ordered(this=exp.column(c)) for c in ("feature", "geometry")]
    )
    number = exp.cast(exp.Window(this=exp.RowNumber(), order=order), "BIGINT").as_("id")
    query = exp.select(number, "feature", "geometry").from_(usable.subquery("usable"))
    for position, relation in enumerate(known):
        query = _beside(query, relation, position)
    return query


def _placed(cleaned: Relation) -> exp.Select:
    """Give the geometries that can be linked."""
    placed = _distinct("feature", "geometry").from_(cleaned.table())
    return placed.where(exp.column("geometry").is_(exp.null()).not_())


def _named(cleaned: Relation) -> exp.Select:
    return exp.select("feature").from_(_placed(cleaned).subquery("placed"))


def _beside(query: exp.Select, relation: Relation, position: int) -> exp.Select:
    """Add the one column of a relation of ``node`` to each feature."""
    name = f"k{position}"
    met = exp.column("node", name).eq(exp.column("feature", "usable"))
    column = exp.column(relation.columns[1], name, quoted=True)
    return query.select(column).join(relation.table(name), on=met, join_type="left")


def _distinct(*columns: str) -> exp.Select:
    return exp.select(*columns).distinct()


def _number(engine: Engine, query: exp.Query) -> int:
    counting = exp.select(exp.func("count", exp.Star()).as_("n")).from_(query.subquery("counted"))
    with engine.run(counting) as reader:
        return int(reader.read_all().column("n")[0].as_py())


def _attribute(number: int) -> str:
    return f"attribute_{number}"
