"""Links: pairs of features that satisfy a rule, as rows of subject, predicate and object.

Beside each link stand its values (`interlink.measures.table.VALUES`) and its DE-9IM
matrix, where the rule gives them. `interlink.annotations` makes triples of the rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from engine.protocol import Control, Engine, Nearest, Related, Relation
from geosparql.relations import RELATION_BY_NAME, holds, relation_of, transposed
from geosparql.triples import TRIPLES_SCHEMA
from interlink.annotations import MATRIX, statements
from interlink.features import Features
from interlink.implications import reduced
from interlink.measures.table import VALUE_BY_NAME
from interlink.pairs import PairBatch, pair_rows
from interlink.rules.model import Annotate, LinkRule
from interlink.scores import scores
from interlink.times import ALLEN_BY_NAME, held

Booleans = npt.NDArray[np.bool_]
_BACKWARDS = {"share_left": "share_right", "share_right": "share_left"}


class _Said(NamedTuple):
    """Some of the pairs and the property that links them, forwards or backwards."""

    predicate: str
    rows: Booleans
    backwards: bool = False


def link_triples(
    engine: Engine,
    rule: LinkRule,
    pairs: Relation,
    sides: tuple[Features, Features],
    *,
    annotate: Annotate = "none",
    itself: bool,
    control: Control | None = None,
) -> Relation:
    """Give the links of one rule as a relation of triple batches.

    Parameters
    ----------
    engine
        Where everything stands.
    rule
        Condition in time, score, and how links are said.
    pairs
        What `interlink.pairs.candidate_pairs` found.
    sides
        Left and right features.
    annotate
        How the values of a link stand with it.
    itself
        Both are of one set, where symmetric links may be said once.

    Returns
    -------
    Relation
        Columns of `TRIPLES_SCHEMA`; a link stands as often as there are pairs of
        geometries that show it, each time with their values (`best_values`).
    """
    found = pair_rows(rule, pairs, sides)
    say = partial(_triples, rule, annotate, itself)
    return engine.map_batches(found, say, TRIPLES_SCHEMA, control=control)


def link_schema(rule: LinkRule) -> pa.schema:
    """Give the columns of the links of a rule."""
    names = ("subject", "predicate", "object", *([MATRIX] if rule.matrix else []))
    texts = [pa.field(name, pa.string()) for name in names]
    return pa.schema([*texts, *(pa.field(name, pa.float64()) for name in rule.values)])


def link_rows(
    rule: LinkRule, batches: Iterator[pa.RecordBatch], *, itself: bool
) -> Iterator[pa.RecordBatch]:
    """Yield the links of batches of `pair_rows`, of `link_schema`."""
    schema = link_schema(rule)
    for batch in batches:
        pairs, values = _fitting(rule, PairBatch(rule, batch))
        if not pairs.rows.num_rows:
            continue
        for said in _said(rule, pairs, itself=itself):
            if said.rows.any():
                columns = _columns(rule, pairs, values, said)
                whole = pa.RecordBatch.from_arrays(columns, schema=schema)
                yield whole if said.rows.all() else whole.filter(pa.array(said.rows))


def _triples(
    rule: LinkRule, annotate: Annotate, itself: bool, batches: Iterator[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    return statements(rule, annotate, link_rows(rule, batches, itself=itself))


def _fitting(rule: LinkRule, pairs: PairBatch) -> tuple[PairBatch, dict[str, Any]]:
    """Keep the pairs that satisfy time and score; give their values."""
    if rule.time is not None and rule.condition is not None:
        pairs = pairs.filtered(np.any([held(*pairs.times, name) for name in rule.time], axis=0))
    values: dict[str, Any] = {}
    if rule.score is not None:
        score = scores(rule.score, pairs)
        pairs, values["score"] = pairs.filtered(~np.isnan(score)), score[~np.isnan(score)]
    for name in rule.values:
        measured = VALUE_BY_NAME[name].of
        if measured is not None:
            values[name] = measured(pairs.shapes)
    return pairs, values


def _said(rule: LinkRule, pairs: PairBatch, *, itself: bool) -> Iterator[_Said]:
    """Yield the properties that link some of the pairs."""
    every = np.ones(pairs.rows.num_rows, dtype=bool)
    once = pairs.first_in_order if itself and rule.symmetric == "once" else every
    if rule.predicate is not None:
        kept = once if _is_symmetric(rule) else every
        yield _Said(rule.predicate, kept)
        if rule.inverse:  # rules refuse it where the predicate stands for a one-way relation
            yield _Said(rule.predicate, kept, backwards=True)
    elif rule.condition is None:
        yield from _said_in_time(rule, pairs, once)
    else:
        yield from _said_in_space(rule, pairs, once)


def _is_symmetric(rule: LinkRule) -> bool:
    """Tell whether a rule that finds (a, b) in a set always finds (b, a) too."""
    match rule.condition:
        case Related(relations):
            if not all(relation_of(name).symmetric for name in relations):
                return False
        case Nearest():
            return False
    comparisons = rule.score.comparisons if rule.score is not None else ()
    in_time = all(ALLEN_BY_NAME[name].inverse == name for name in rule.time or ())
    return in_time and all(
        one.left == one.right and one.measure not in _BACKWARDS for one in comparisons
    )


def _said_in_time(rule: LinkRule, pairs: PairBatch, once: Booleans) -> Iterator[_Said]:
    names = np.asarray(pairs.rows["allen"])
    for name in rule.time or ():
        relation = ALLEN_BY_NAME[name]
        rows = (names == name) & (once if relation.inverse == name else True)
        yield _Said(relation.iri, rows)
        if rule.inverse:
            yield _Said(ALLEN_BY_NAME[relation.inverse].iri, rows, backwards=True)


def _said_in_space(rule: LinkRule, pairs: PairBatch, once: Booleans) -> Iterator[_Said]:
    """Read every relation off what the join found of a pair."""
    assert isinstance(rule.condition, Related)
    names = rule.condition.relations
    for name, rows in zip(names, _holding(rule, names, pairs), strict=True):
        relation = relation_of(name)
        kept = rows & once if relation.symmetric else rows
        yield _Said(relation.iri, kept)
        if rule.inverse and relation.inverse is not None:
            yield _Said(RELATION_BY_NAME[relation.inverse].iri, kept, backwards=True)


def _holding(rule: LinkRule, names: tuple[str, ...], pairs: PairBatch) -> Iterator[Booleans]:
    """Tell of each relation which pairs have it; without those that others imply if so asked."""
    if pairs.relations is not None:
        return iter([(pairs.relations >> bit & 1).astype(bool) for bit in range(len(names))])
    matrices = pairs.matrices
    left, right = dimensions(matrices)
    holding = [holds(matrices, left, right, name) for name in names]
    if rule.reduce:
        table = np.array(holding).T
        for a, b in set(zip(left.tolist(), right.tolist(), strict=True)):
            alike = (left == a) & (right == b)
            table[alike] = reduced(table[alike], names, a, b)
        holding = list(table.T)
    return iter(holding)


def dimensions(matrices: Any) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Read the dimensions of both sides off the matrix: the largest part of each interior."""
    letters = matrices.astype("S9").view(np.uint8).reshape(-1, 9).astype(int)
    sizes = np.where(letters == ord("F"), -1, letters - ord("0"))
    return sizes[:, [0, 1, 2]].max(axis=1), sizes[:, [0, 3, 6]].max(axis=1)


def _columns(rule: LinkRule, pairs: PairBatch, values: dict[str, Any], said: _Said) -> list[Any]:
    subject, item = pairs.rows["left_feature"], pairs.rows["right_feature"]
    matrix = [pairs.rows["matrix"]] if rule.matrix else []
    names = rule.values
    if said.backwards:
        subject, item = item, subject
        matrix = [pa.array([transposed(text) for text in pairs.matrices])] if rule.matrix else []
        # The shares of subject and object change places
        names = tuple(_BACKWARDS.get(name, name) for name in names)
        values = values | _shares(rule, pairs) if set(names) & set(_BACKWARDS) else values
    predicate = pa.repeat(said.predicate, pairs.rows.num_rows)
    numbers = [pa.array(values[name], pa.float64(), from_pandas=True) for name in names]
    return [column.cast(pa.string()) for column in (subject, predicate, item, *matrix)] + numbers


def _shares(rule: LinkRule, pairs: PairBatch) -> dict[str, Any]:
    return {"share_left": pairs.shapes.overlap.share_left,
            "share_right": pairs.shapes.overlap.share_right}  # fmt: skip
