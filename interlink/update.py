"""Links after a change: only what is new or changed is joined, the rest is known.

A row is a feature with one of its geometries; it is the same as before where its hash
is (`interlink.state`). A pair of two such rows stands. Joined anew are the other rows
of the left side with all of the right one, and the same rows with the other ones of the
right side. The nearest ones of a row are sought again where one of them is gone, or
where something new is as near as the farthest of them.
"""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from engine.protocol import Control, Engine, JoinCondition, Nearest, Relation
from interlink.state import KEYS_SCHEMA, State, StateWriter, keys, pairs_name, said

_SAME_DISTANCE = 1e-9  # relative; and metres, or units of the CRS
_IDS = ("left_id", "right_id")


class UpdatingEngine:
    """An engine whose joins begin from a previous state, and that writes the next one."""

    def __init__(self, engine: Engine, previous: State | None, writer: StateWriter) -> None:
        self._engine = engine
        self._previous = previous
        self._writer = writer
        self._keys: dict[str, Relation] = {}
        self._same: dict[str, Relation] = {}
        self._joins = 0
        self._counts: dict[str, int] = {}
        self.name = f"{engine.name}, updating"

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def spatial_join(
        self,
        left: exp.Query,
        right: exp.Query,
        condition: JoinCondition,
        *,
        control: Control | None = None,
    ) -> Relation:
        """Join, from the previous pairs on; see `engine.protocol.Engine.spatial_join`."""
        number, self._joins = self._joins, self._joins + 1
        self._know("left", left, control)
        self._know("right", right, control)
        before = self._pairs_before(number, condition)
        if before is None:
            pairs = self._engine.spatial_join(left, right, condition, control=control)
        else:
            join = _Update(self._engine, (left, right), self._same, before, control)
            pairs = (
                join.nearest(condition) if isinstance(condition, Nearest) else join.all(condition)
            )
            self._engine.drop(before)
        self._writer.pairs(self._engine, condition, pairs)
        return pairs

    def finish(self) -> dict[str, int]:
        """Put the state in place and tell what was new; nothing where there was no state."""
        self._writer.finish()
        for relation in (*self._keys.values(), *self._same.values()):
            self._engine.drop(relation)
        return self._counts

    def _know(self, side: str, query: exp.Query, control: Control | None) -> None:
        """Write the hashes of a side, and find the rows that were there before."""
        if side in self._keys:
            return
        rows = query.copy().select("feature")
        now = self._engine.map_batches(rows, keys, KEYS_SCHEMA, control=control)
        self._keys[side] = now
        self._writer.table(self._engine, side, now)
        if self._previous is None:
            return
        then = self._previous.relation(self._engine, side)
        both = exp.select(
            exp.column("id", "then_rows").as_("old_id"), exp.column("id", "now_rows").as_("id")
        )
        both = both.from_(now.table("now_rows")).join(
            then.table("then_rows"), on=_equal("key", "now_rows", "key", "then_rows")
        )
        same = self._engine.materialize(both, control=control)
        self._same[side] = same
        sizes = [_count(self._engine, relation) for relation in (now, then, same)]
        self._counts[f"{side} new or changed"] = sizes[0] - sizes[2]
        self._counts[f"{side} gone or changed"] = sizes[1] - sizes[2]
        self._engine.drop(then)

    def _pairs_before(self, number: int, condition: JoinCondition) -> Relation | None:
        """Give the pairs of a join with the same condition in the previous run."""
        if self._previous is None or said(condition) not in self._previous.conditions:
            return None
        place = self._previous.conditions.index(said(condition))
        return self._previous.relation(self._engine, pairs_name(place))


class _Update:
    """One join: both sides, which of their rows were there before, and the pairs of then."""

    def __init__(
        self,
        engine: Engine,
        sides: tuple[exp.Query, exp.Query],
        same: dict[str, Relation],
        before: Relation,
        control: Control | None,
    ) -> None:
        self._engine = engine
        self._left, self._right = sides
        self._same = same
        self._before = before
        self._control = control

    def all(self, condition: JoinCondition) -> Relation:
        """Give the pairs of a condition that looks at two geometries alone."""
        new_left = _rows(self._left, self._same["left"], present=False)
        old_left = _rows(self._left, self._same["left"], present=True)
        new_right = _rows(self._right, self._same["right"], present=False)
        joined = [
            self._join(new_left, self._right, condition),
            self._join(old_left, new_right, condition),
        ]
        return self._together([self._standing(), *(one.select() for one in joined)], joined)

    def nearest(self, condition: Nearest) -> Relation:
        """Give the nearest ones: those of settled rows stand, the others are sought."""
        old_left = _rows(self._left, self._same["left"], present=True)
        new_right = _rows(self._right, self._same["right"], present=False)
        first = Nearest(1, condition.unit, condition.max_distance)
        newcomers = self._join(old_left, new_right, first)
        settled = self._engine.materialize(
            self._settled(condition.k, newcomers), control=self._control
        )
        sought = self._join(_rows(self._left, settled, present=False), self._right, condition)
        standing = exp.select(*self._before.columns).from_(self._standing().subquery("standing"))
        standing = standing.where(_is_in("left_id", settled))
        return self._together([standing, sought.select()], [newcomers, settled, sought])

    def _settled(self, k: int, newcomers: Relation) -> exp.Query:
        """Give the rows of the left side whose nearest ones are as they were."""
        reach = exp.func("max", exp.column("distance", "p"))
        found = (
            exp.select(
                exp.column("left_id", "p"),
                reach.as_("reach"),
                exp.func("count", exp.Star()).as_("known"),
                exp.func("count", exp.column("id", "r")).as_("left_over"),
            )
            .from_(self._before.table("p"))
            .join(
                self._same["right"].table("r"),
                on=_equal("right_id", "p", "old_id", "r"),
                join_type="left",
            )
            .group_by(exp.column("left_id", "p"))
        )
        slack = exp.column("reach", "f") * (1 + _SAME_DISTANCE) + _SAME_DISTANCE
        is_lost = exp.column("left_over", "f") < exp.column("known", "f")
        is_short = exp.func("coalesce", exp.column("known", "f"), exp.Literal.number(0)) < k
        is_near = exp.column("left_id", "n").is_(exp.null()).not_()
        changed = exp.or_(
            exp.func("coalesce", is_lost, exp.false()),
            exp.and_(is_near, exp.or_(is_short, exp.column("distance", "n") <= slack)),
        )
        return (
            exp.select(exp.column("id", "s"))
            .from_(self._same["left"].table("s"))
            .join(found.subquery("f"), on=_equal("old_id", "s", "left_id", "f"), join_type="left")
            .join(newcomers.table("n"), on=_equal("id", "s", "left_id", "n"), join_type="left")
            .where(exp.not_(exp.paren(changed)))
        )

    def _standing(self) -> exp.Select:
        """Give the previous pairs of rows that are still there, by their numbers of now."""
        values = [exp.column(name, "p") for name in self._before.columns if name not in _IDS]
        query = exp.select(
            exp.column("id", "l").as_("left_id"), exp.column("id", "r").as_("right_id"), *values
        ).from_(self._before.table("p"))
        for side, name in (("left", "l"), ("right", "r")):
            query = query.join(
                self._same[side].table(name), on=_equal(f"{side}_id", "p", "old_id", name)
            )
        return query

    def _join(self, left: exp.Query, right: exp.Query, condition: JoinCondition) -> Relation:
        return self._engine.spatial_join(left, right, condition, control=self._control)

    def _together(self, parts: list[exp.Select], spent: list[Relation]) -> Relation:
        every = exp.union(*parts, distinct=False)
        query = exp.select(*self._before.columns).from_(every.subquery("every_pair"))
        pairs = self._engine.materialize(query, control=self._control)
        for relation in spent:
            self._engine.drop(relation)
        return pairs


def _rows(query: exp.Query, same: Relation, *, present: bool) -> exp.Select:
    """Give the rows of a side that were there before, or those that were not."""
    rows = exp.select("id", "geometry").from_(query.subquery("side"))
    known = _is_in("id", same)
    return rows.where(known if present else exp.not_(known))


def _is_in(column: str, same: Relation) -> exp.Expr:
    return exp.In(this=exp.column(column), query=same.select("id").subquery())


def _equal(one: str, table: str, other: str, other_table: str) -> exp.Expr:
    return exp.column(one, table).eq(exp.column(other, other_table))


def _count(engine: Engine, relation: Relation) -> int:
    query = exp.select(exp.func("count", exp.Star()).as_("n")).from_(relation.table())
    with engine.run(query) as reader:
        return int(reader.read_all().column("n")[0].as_py())
