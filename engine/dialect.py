"""Where an expression tree is adjusted to an engine before it becomes SQL text.

sqlglot translates names and syntax. What it leaves different in meaning is put
right here for Spark, so that a tree gives the same rows on both engines; the
DuckDB session has settings for its part. tests/engine/expressions.py lists what
has been tried.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

_SPARK_NAMES = {
    "EPOCH_US": "UNIX_MICROS",
    "MAKE_TIMESTAMPTZ": "TIMESTAMP_MICROS",
    "LIST_EXTRACT": "ELEMENT_AT",
}


def duckdb_sql(tree: exp.Expr) -> str:
    """Write an expression tree as DuckDB's SQL."""
    return tree.sql(dialect="duckdb", comments=False)


def spark_sql(tree: exp.Expr) -> str:
    """Write an expression tree as Spark's SQL."""
    return tree.transform(_for_spark).sql(dialect="spark", comments=False)


def _for_spark(node: exp.Expr) -> exp.Expr:
    adjust = _SPARK_ADJUSTMENTS.get(type(node))
    return node if adjust is None else adjust(node)


def _null_by_zero(node: exp.Expr) -> exp.Expr:
    """Divide to null by zero, where Spark would raise."""
    divisor = node.expression
    if not (isinstance(divisor, exp.Literal) and divisor.this.strip("0.") != ""):
        node.set("expression", exp.Nullif(this=divisor.unnest(), expression=exp.Literal.number(0)))
    return node


def _nan_or_null(node: exp.Expr) -> exp.Expr:
    """Tell NaN from numbers and leave null null; Spark's ISNAN(NULL) is false."""
    nan = exp.cast(exp.Literal.string("NaN"), "DOUBLE")
    return exp.paren(exp.EQ(this=node.this, expression=nan), copy=False)


_TRIED = {exp.Add: "TRY_ADD", exp.Sub: "TRY_SUBTRACT"}


def _tried(node: exp.Expr) -> exp.Expr:
    """Give null where a sum has no place in its type; Spark has a function for each operator."""
    sides = [side.unnest() for side in (node.this.left, node.this.right)]
    return exp.Anonymous(this=_TRIED[type(node.this)], expressions=sides)


def _inline_flags(node: exp.Expr) -> exp.Expr:
    """Put the flags of a regular expression where Java reads them."""
    flags = node.args.get("flag")
    if flags is not None:
        node.set("flag", None)
        inline = exp.Literal.string(f"(?{flags.this})")
        node.set("expression", exp.DPipe(this=inline, expression=node.expression, safe=True))
    return node


def _known_name(node: exp.Expr) -> exp.Expr:
    name = node.this
    if isinstance(name, str):
        node.set("this", _SPARK_NAMES.get(name.upper(), name))
    return node


def _list_with_nulls(node: exp.Expr) -> exp.Expr:
    """Gather a list in order and with its nulls, both of which COLLECT_LIST knows nothing of.

    Rows are gathered as structs (never null) of the value and what it is ordered
    by, sorted, and the values taken out.
    """
    value, keys = node.this, []
    if isinstance(value, exp.Order):
        value, keys = value.this, value.expressions
    members = [_member(value, "v"), *(_member(key.this, f"k{i}") for i, key in enumerate(keys))]
    gathered: exp.Expr = exp.Anonymous(
        this="COLLECT_LIST", expressions=[exp.Struct(expressions=members)]
    )
    if keys:
        gathered = exp.Anonymous(this="ARRAY_SORT", expressions=[gathered, _comparator(keys)])
    take = exp.Lambda(this=_field("s", "v"), expressions=[exp.to_identifier("s")])
    return exp.Anonymous(this="TRANSFORM", expressions=[gathered, take])


def _member(value: exp.Expr, name: str) -> exp.Expr:
    return exp.PropertyEQ(this=exp.to_identifier(name), expression=value)


def _field(row: str, name: str) -> exp.Expr:
    return exp.column(name, table=row)


def _comparator(keys: list[exp.Ordered]) -> exp.Lambda:
    """Build ``(l, r) -> -1, 0 or 1`` for the keys of an ORDER BY."""
    branches = exp.Case(default=exp.Literal.number(0))
    for i, key in enumerate(keys):
        left, right = _field("l", f"k{i}"), _field("r", f"k{i}")
        null_first, descending = bool(key.args.get("nulls_first")), bool(key.args.get("desc"))
        for condition, is_before in (
            (exp.and_(left.is_(exp.null()), right.is_(exp.null()).not_()), null_first),
            (exp.and_(left.is_(exp.null()).not_(), right.is_(exp.null())), not null_first),
            (exp.LT(this=left, expression=right), not descending),
            (exp.GT(this=left, expression=right), descending),
        ):
            branches = branches.when(condition, exp.Literal.number(-1 if is_before else 1))
    names = [exp.to_identifier(name) for name in "lr"]
    return exp.Lambda(this=branches, expressions=names)


_SPARK_ADJUSTMENTS: dict[type[exp.Expr], Callable[..., exp.Expr]] = {
    exp.Div: _null_by_zero,
    exp.IntDiv: _null_by_zero,
    exp.Mod: _null_by_zero,
    exp.IsNan: _nan_or_null,
    exp.Try: _tried,
    exp.RegexpLike: _inline_flags,
    exp.Anonymous: _known_name,
    exp.ArrayAgg: _list_with_nulls,
}
