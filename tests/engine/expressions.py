"""Expressions whose rows must be equal on every engine: the guidance for whoever builds trees.

Each text is read by sqlglot (DuckDB's dialect) into the tree that a compiler
builds with `exp`, then runs on each engine. What stands here may be used; what
does not has not been tried. `engine.dialect` adjusts the trees where engines
differ. Rules that the table shows:

- ``/`` of integers gives a double, ``//`` and ``%`` round toward zero; all three
  give null by zero, of doubles too.
- Casts: TRY_CAST where a value may not fit; CAST raises then. Double to integer
  rounds half to even, so write ``FLOOR`` or ``CEIL`` where you mean them.
- DECIMAL(38, 18): sums are exact; an overflow raises, TRY of a sum is null.
  Products and quotients of decimals differ between engines: not in the table.
- ``||`` with null is null; GREATEST and LEAST skip nulls on both; COUNT skips nulls.
- ORDER BY: always say NULLS FIRST or LAST. Strings order by code point; NaN is
  the greatest number and equals itself.
- Strings: positions and lengths count code points. STRPOS finds '' at 1.
- REGEXP_MATCHES takes constant flags ``i``, ``s`` only; engines' syntaxes
  differ, so SPARQL's REGEX is a function of ours.
- Doubles cast to text differ between engines: write them with a function of ours.
- Names: quote columns; names are not case sensitive, so never tell two columns
  of one relation apart by case.
- Lists keep nulls. LIST/ARRAY_AGG takes ORDER BY with NULLS FIRST / LAST.
- Recursive CTEs: UNION ALL with an end; Spark has no recursive UNION (DISTINCT).
- SUM of integers: cast it to BIGINT (DuckDB gives a 128-bit integer).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NamedTuple

import pyarrow as pa


class Case(NamedTuple):
    """A query in DuckDB's words, and its rows in any order unless it orders them."""

    name: str
    query: str
    rows: list[tuple[object, ...]]


TABLES = {
    "n": pa.table(
        {
            "i": pa.array([1, 2, -7, None], pa.int64()),
            "x": pa.array([0.5, float("nan"), -1.5, None]),
            "s": ["abc", "ÄÖü€😀", "", None],
            "b": [True, False, None, None],
        }
    ),
    "e": pa.table({"a": [1, 2, 3, 5], "z": [2, 3, 4, 1]}),
    "g": pa.table(
        {
            "k": ["p", "p", "q", "q", None],
            "v": pa.array([3, 1, None, 2, 9], pa.int64()),
            "w": ["c", "a", "z", "b", "n"],
        }
    ),
    "y": pa.table(
        {
            "m": pa.array(
                [datetime(2024, 2, 29, 23, 59, 58, 123456, UTC)], pa.timestamp("us", "UTC")
            ),
            "d": pa.array([date(2024, 2, 29)]),
            "q": pa.array([Decimal("1.5")], pa.decimal128(38, 18)),
            "h": pa.array([b"\x00\xffA"], pa.binary()),
            "l": pa.array([[3, None, 1]], pa.list_(pa.int64())),
            "r": pa.array([{"a": 1, "b": "x"}]),
        }
    ),
}

HALF = Decimal("1.5")
CASES = [
    Case(
        "case",
        "SELECT CASE WHEN i > 0 THEN 'pos' WHEN i < 0 THEN 'neg' END FROM n",
        [("pos",), ("pos",), ("neg",), (None,)],
    ),
    Case(
        "try_cast of text",
        "SELECT TRY_CAST(s AS BIGINT) FROM (VALUES ('12'), ('x'), ('')) AS t(s)",
        [(12,), (None,), (None,)],
    ),
    Case(
        "try_cast of doubles",
        "SELECT TRY_CAST(s AS DOUBLE) FROM (VALUES ('1e3'), ('-.5'), ('x')) AS t(s)",
        [(1000.0,), (-0.5,), (None,)],
    ),
    Case(
        "cast of double to bigint",
        "SELECT CAST(FLOOR(x) AS BIGINT) FROM (VALUES (CAST(2.7 AS DOUBLE)), (-2.5)) AS t(x)",
        [(2,), (-3,)],
    ),
    Case("cast of boolean", "SELECT CAST(b AS INT) FROM n", [(1,), (0,), (None,), (None,)]),
    Case(
        "cast of bigint to text",
        "SELECT CAST(i AS VARCHAR) FROM n",
        [("1",), ("2",), ("-7",), (None,)],
    ),
    Case(
        "shift right",
        "SELECT CAST(4611686018427387904 AS BIGINT) >> 60, CAST(-8 AS BIGINT) >> 1",
        [(4, -4)],
    ),
    Case("shift left", "SELECT CAST(3 AS BIGINT) << 60 >> 60", [(3,)]),
    Case(
        "bits",
        "SELECT CAST(6 AS BIGINT) & 3, CAST(6 AS BIGINT) | 1, XOR(CAST(6 AS BIGINT), 3), "
        "~CAST(6 AS BIGINT)",
        [(2, 7, 5, -7)],
    ),
    Case("bits of a column", "SELECT (i >> 1) & 255 FROM n", [(0,), (1,), (252,), (None,)]),
    Case(
        "strpos",
        "SELECT STRPOS(s, '€'), STRPOS(s, '') FROM n",
        [(0, 1), (4, 1), (0, 1), (None, None)],
    ),
    Case(
        "substring",
        "SELECT SUBSTRING(s, 2, 2), SUBSTRING(s, 5) FROM n",
        [("bc", ""), ("Öü", "😀"), ("", ""), (None, None)],
    ),
    Case("length", "SELECT LENGTH(s) FROM n", [(3,), (5,), (0,), (None,)]),
    Case(
        "upper and lower",
        "SELECT UPPER(s), LOWER(s) FROM n",
        [("ABC", "abc"), ("ÄÖÜ€😀", "äöü€😀"), ("", ""), (None, None)],
    ),
    Case(
        "starts and ends",
        "SELECT STARTS_WITH(s, 'a'), ENDS_WITH(s, 'c') FROM n",
        [(True, True), (False, False), (False, False), (None, None)],
    ),
    Case("contains", "SELECT CONTAINS(s, 'b') FROM n", [(True,), (False,), (False,), (None,)]),
    Case("concatenation", "SELECT s || '!' FROM n", [("abc!",), ("ÄÖü€😀!",), ("!",), (None,)]),
    Case(
        "replace", "SELECT REPLACE(s, 'b', 'xx') FROM n", [("axxc",), ("ÄÖü€😀",), ("",), (None,)]
    ),
    Case("quotes and backslashes", r"SELECT 'it''s a \ and \n' AS a", [(r"it's a \ and \n",)]),
    Case("newline in a literal", "SELECT LENGTH('a\nb') AS a", [(3,)]),
    Case("trim", "SELECT TRIM('  a ') AS a", [("a",)]),
    Case(
        "regexp",
        "SELECT REGEXP_MATCHES(s, '^[a-c]+$') FROM n",
        [(True,), (False,), (False,), (None,)],
    ),
    Case(
        "regexp without case",
        "SELECT REGEXP_MATCHES(s, 'B', 'i') FROM n",
        [(True,), (False,), (False,), (None,)],
    ),
    Case("like", "SELECT s LIKE 'a%' FROM n", [(True,), (False,), (False,), (None,)]),
    Case("md5", "SELECT MD5('a') AS a", [("0cc175b9c0f1b6a831c399e269772661",)]),
    Case("blob literal", "SELECT h = UNHEX('00FF41') FROM y", [(True,)]),
    Case("hex", "SELECT HEX(h) FROM y", [("00FF41",)]),
    Case(
        "coalesce", "SELECT COALESCE(s, 'none') FROM n", [("abc",), ("ÄÖü€😀",), ("",), ("none",)]
    ),
    Case("nullif", "SELECT NULLIF(i, 2) FROM n", [(1,), (None,), (-7,), (None,)]),
    Case(
        "greatest and least",
        "SELECT GREATEST(i, 1), LEAST(i, 1) FROM n",
        [(1, 1), (2, 1), (1, -7), (1, 1)],
    ),
    Case(
        "is not distinct from",
        "SELECT COUNT(*) FROM n AS a JOIN n AS c ON a.s IS NOT DISTINCT FROM c.s",
        [(4,)],
    ),
    Case(
        "three-valued logic",
        "SELECT b AND TRUE, b OR TRUE, NOT b FROM n",
        [(True, True, False), (False, True, True), (None, True, None), (None, True, None)],
    ),
    Case("in with null", "SELECT i IN (1, NULL) FROM n", [(True,), (None,), (None,), (None,)]),
    Case("division of integers", "SELECT i / 2 FROM n", [(0.5,), (1.0,), (-3.5,), (None,)]),
    Case(
        "integer division", "SELECT i // 2, i % 2 FROM n", [(0, 1), (1, 0), (-3, -1), (None, None)]
    ),
    Case(
        "division by zero",
        "SELECT i / 0, i // 0, i % 0, x / 0 FROM n WHERE i = 1",
        [(None, None, None, None)],
    ),
    Case("double arithmetic", "SELECT x * 2 + 1 - x FROM n WHERE i <> 2", [(1.5,), (-0.5,)]),
    Case(
        "nan",
        "SELECT ISNAN(x), x = x, x > 1e300 FROM n",
        [(False, True, False), (True, True, True), (False, True, False), (None, None, None)],
    ),
    Case(
        "ceil and floor",
        "SELECT CAST(CEIL(x) AS DOUBLE), CAST(FLOOR(x) AS DOUBLE) FROM n WHERE i <> 2",
        [(1.0, 0.0), (-1.0, -2.0)],
    ),
    Case("abs", "SELECT ABS(i), ABS(x) FROM n WHERE i = -7", [(7, 1.5)]),
    Case(
        "decimal sum",
        "SELECT q + CAST('0.000000000000000001' AS DECIMAL(38, 18)) FROM y",
        [(Decimal("1.500000000000000001"),)],
    ),
    Case(
        "sum past the digits",
        "SELECT TRY(q + a), TRY(q - a) FROM y, "
        "(SELECT CAST('-99999999999999999999' AS DECIMAL(38, 18)) AS a) AS t",
        [(Decimal("-99999999999999999997.500000000000000000"), None)],
    ),
    Case(
        "decimal comparison",
        "SELECT q = CAST(1.5 AS DECIMAL(38, 18)), q < CAST(2 AS DECIMAL(38, 18)) FROM y",
        [(True, True)],
    ),
    Case(
        "decimal of text",
        "SELECT TRY_CAST('12345678901234567890.5' AS DECIMAL(38, 18)) AS a, "
        "TRY_CAST('123456789012345678901.5' AS DECIMAL(38, 18)) AS b",
        [(Decimal("12345678901234567890.5"), None)],
    ),
    Case("decimal to double", "SELECT CAST(q AS DOUBLE) FROM y", [(1.5,)]),
    Case("negative", "SELECT -i FROM n", [(-1,), (-2,), (7,), (None,)]),
    Case("struct", "SELECT STRUCT_PACK(a := i, b := s).b FROM n WHERE i = 1", [("abc",)]),
    Case(
        "struct equality",
        "SELECT r = STRUCT_PACK(a := CAST(1 AS BIGINT), b := 'x') FROM y",
        [(True,)],
    ),
    Case("struct field", "SELECT r.a + 1 FROM y", [(2,)]),
    Case(
        "struct as key",
        "SELECT COUNT(*) AS c FROM g GROUP BY STRUCT_PACK(k := k, big := v > 2)",
        [(1,), (1,), (1,), (1,), (1,)],
    ),
    Case(
        "struct join",
        "SELECT COUNT(*) AS c FROM g AS a JOIN g AS c ON STRUCT_PACK(k := a.k, v := a.v) = "
        "STRUCT_PACK(k := c.k, v := c.v)",
        [(5,)],
    ),
    Case(
        "aggregates",
        "SELECT k, COUNT(*), COUNT(v), CAST(SUM(v) AS BIGINT), MIN(v), MAX(w), AVG(v) FROM g "
        "GROUP BY k ORDER BY k NULLS FIRST",
        [(None, 1, 1, 9, 9, "n", 9.0), ("p", 2, 2, 4, 1, "c", 2.0), ("q", 2, 1, 2, 2, "z", 2.0)],
    ),
    Case(
        "aggregates of nothing",
        "SELECT COUNT(*), CAST(SUM(v) AS BIGINT), MIN(v) FROM g WHERE v > 100",
        [(0, None, None)],
    ),
    Case("count distinct", "SELECT COUNT(DISTINCT k) FROM g", [(2,)]),
    Case("filter of an aggregate", "SELECT COUNT(*) FILTER (WHERE v > 1) FROM g", [(3,)]),
    Case("bool aggregates", "SELECT BOOL_OR(v > 2), BOOL_AND(v > 2) FROM g", [(True, False)]),
    Case(
        "having",
        "SELECT k FROM g GROUP BY k HAVING SUM(v) > 3 ORDER BY k NULLS LAST",
        [("p",), (None,)],
    ),
    Case(
        "list",
        "SELECT k, LIST(v ORDER BY v NULLS FIRST) FROM g GROUP BY k",
        [("p", [1, 3]), ("q", [None, 2]), (None, [9])],
    ),
    Case(
        "list descending by another",
        "SELECT k, LIST(w ORDER BY v DESC NULLS LAST) FROM g GROUP BY k",
        [("p", ["c", "a"]), ("q", ["b", "z"]), (None, ["n"])],
    ),
    Case(
        "string_agg",
        "SELECT k, STRING_AGG(w, '; ' ORDER BY w) FROM g GROUP BY k",
        [("p", "a; c"), ("q", "b; z"), (None, "n")],
    ),
    Case("min_by and max_by", "SELECT MIN_BY(w, v), MAX_BY(w, v) FROM g", [("a", "n")]),
    Case("any_value", "SELECT ANY_VALUE(v) FROM g WHERE k = 'q'", [(2,)]),
    Case(
        "row_number",
        "SELECT w, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v NULLS LAST) FROM g",
        [("a", 1), ("c", 2), ("b", 1), ("z", 2), ("n", 1)],
    ),
    Case(
        "qualify",
        "SELECT w FROM g QUALIFY ROW_NUMBER() OVER (PARTITION BY k ORDER BY v NULLS LAST) = 1",
        [("a",), ("b",), ("n",)],
    ),
    Case(
        "sum over",
        "SELECT CAST(SUM(v) OVER (ORDER BY w ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT "
        "ROW) AS BIGINT) FROM g",
        [(1,), (3,), (6,), (15,), (15,)],
    ),
    Case("lead", "SELECT a, LEAD(a) OVER (ORDER BY a) FROM e", [(1, 2), (2, 3), (3, 5), (5, None)]),
    Case("unnest", "SELECT UNNEST(l) AS v FROM y", [(3,), (None,), (1,)]),
    Case(
        "lateral unnest",
        "SELECT y.q, t.v FROM y CROSS JOIN UNNEST(y.l) AS t(v)",
        [(HALF, 3), (HALF, None), (HALF, 1)],
    ),
    Case("list length and element", "SELECT ARRAY_LENGTH(l), l[1], l[3] FROM y", [(3, 3, 1)]),
    Case("values", "SELECT * FROM (VALUES (1, 'a'), (2, NULL)) AS t(p, q)", [(1, "a"), (2, None)]),
    Case(
        "union all",
        "SELECT a FROM e UNION ALL SELECT z FROM e",
        [(1,), (2,), (3,), (5,), (2,), (3,), (4,), (1,)],
    ),
    Case("union", "SELECT a FROM e UNION SELECT z FROM e", [(1,), (2,), (3,), (4,), (5,)]),
    Case(
        "except and intersect",
        "(SELECT a FROM e EXCEPT SELECT z FROM e) UNION ALL (SELECT a FROM e INTERSECT "
        "SELECT z FROM e)",
        [(5,), (1,), (2,), (3,)],
    ),
    Case("distinct", "SELECT DISTINCT k FROM g", [("p",), ("q",), (None,)]),
    Case(
        "order, limit, offset",
        "SELECT a FROM e ORDER BY a DESC NULLS LAST LIMIT 2 OFFSET 1",
        [(3,), (2,)],
    ),
    Case(
        "order of nulls and nan",
        "SELECT x FROM n WHERE i IS NULL OR i <> 2 ORDER BY x DESC NULLS FIRST",
        [(None,), (0.5,), (-1.5,)],
    ),
    Case(
        "order of strings",
        "SELECT s FROM (VALUES ('b'), ('a'), ('B'), ('ä')) AS t(s) ORDER BY s NULLS FIRST",
        [("B",), ("a",), ("b",), ("ä",)],
    ),
    Case(
        "left join",
        "SELECT e.a, f.z FROM e LEFT JOIN e AS f ON e.a = f.z",
        [(1, 1), (2, 2), (3, 3), (5, None)],
    ),
    Case(
        "full join",
        "SELECT e.a, f.z FROM e FULL JOIN e AS f ON e.a = f.z",
        [(1, 1), (2, 2), (3, 3), (5, None), (None, 4)],
    ),
    Case(
        "left join using",
        "SELECT a, v FROM e LEFT JOIN (SELECT v AS a, v FROM g) AS f USING (a)",
        [(1, 1), (2, 2), (3, 3), (5, None)],
    ),
    Case(
        "full join using",
        "SELECT a FROM e FULL JOIN (SELECT v AS a FROM g WHERE v > 2) AS f USING (a)",
        [(1,), (2,), (3,), (5,), (9,)],
    ),
    Case("semi join", "SELECT a FROM e SEMI JOIN g ON e.a = g.v", [(1,), (2,), (3,)]),
    Case("anti join", "SELECT a FROM e ANTI JOIN g ON e.a = g.v", [(5,)]),
    Case(
        "exists",
        "SELECT a FROM e WHERE EXISTS (SELECT 1 FROM g WHERE g.v = e.a)",
        [(1,), (2,), (3,)],
    ),
    Case(
        "not exists", "SELECT a FROM e WHERE NOT EXISTS (SELECT 1 FROM g WHERE g.v = e.a)", [(5,)]
    ),
    Case(
        "not exists or null",
        "SELECT i FROM n WHERE NOT EXISTS (SELECT 1 FROM e WHERE e.a = n.i OR n.i IS NULL)",
        [(-7,)],
    ),
    Case(
        "scalar subquery",
        "SELECT a, (SELECT COUNT(*) FROM g WHERE g.v = e.a) AS c FROM e",
        [(1, 1), (2, 1), (3, 1), (5, 0)],
    ),
    Case("in subquery", "SELECT a FROM e WHERE a IN (SELECT v FROM g)", [(1,), (2,), (3,)]),
    Case("cross join", "SELECT COUNT(*) FROM e CROSS JOIN g", [(20,)]),
    Case(
        "common table",
        "WITH t AS (SELECT a FROM e WHERE a > 1) SELECT CAST(SUM(a) AS BIGINT) FROM t",
        [(10,)],
    ),
    Case(
        "recursion with depth",
        "WITH RECURSIVE t(v, d) AS (SELECT CAST(1 AS BIGINT), 0 UNION ALL SELECT e.z, t.d + "
        "1 FROM t JOIN e ON e.a = t.v WHERE t.d < 5) SELECT v, d FROM t",
        [(1, 0), (2, 1), (3, 2), (4, 3)],
    ),
    Case(
        "date parts",
        "SELECT EXTRACT(YEAR FROM m), EXTRACT(MONTH FROM m), EXTRACT(DAY FROM d), "
        "EXTRACT(HOUR FROM m), EXTRACT(MINUTE FROM m) FROM y",
        [(2024, 2, 29, 23, 59)],
    ),
    Case("instant in microseconds", "SELECT EPOCH_US(m) FROM y", [(1709251198123456,)]),
    Case("instant of microseconds", "SELECT MAKE_TIMESTAMPTZ(EPOCH_US(m)) = m FROM y", [(True,)]),
    Case(
        "date of text",
        "SELECT CAST('2024-02-29' AS DATE) = d, TRY_CAST('x' AS DATE) FROM y",
        [(True, None)],
    ),
    Case(
        "timestamp of text",
        "SELECT CAST('2024-02-29T23:59:58.123456Z' AS TIMESTAMPTZ) = m FROM y",
        [(True,)],
    ),
    Case("quoted names", 'SELECT "a" AS "x y", "a" AS "Select" FROM "e" WHERE "a" = 1', [(1, 1)]),
    Case("star with alias", "SELECT t.* FROM (SELECT a, z FROM e) AS t WHERE t.a = 1", [(1, 2)]),
    Case(
        "if",
        "SELECT IF(a > 2, 'big', 'small') FROM e",
        [("small",), ("small",), ("big",), ("big",)],
    ),
    Case(
        "pi and roots", "SELECT SQRT(CAST(9 AS DOUBLE)), POWER(CAST(2 AS DOUBLE), 3)", [(3.0, 8.0)]
    ),
    Case(
        "hash of nulls in distinct",
        "SELECT COUNT(*) FROM (SELECT DISTINCT k, v FROM g) AS t",
        [(5,)],
    ),
    Case("between", "SELECT a FROM e WHERE a BETWEEN 2 AND 3", [(2,), (3,)]),
    Case(
        "boolean literals",
        "SELECT TRUE AS a, FALSE AS b, CAST(NULL AS BOOLEAN) AS c",
        [(True, False, None)],
    ),
    Case(
        "null literals",
        "SELECT CAST(NULL AS BIGINT) AS a, CAST(NULL AS BLOB) AS b, CAST(NULL AS VARCHAR) AS c",
        [(None, None, None)],
    ),
    Case(
        "big integers",
        "SELECT CAST(9223372036854775807 AS BIGINT) AS a, CAST(-9223372036854775807 AS "
        "BIGINT) AS b",
        [(9223372036854775807, -9223372036854775807)],
    ),
    Case(
        "double literals",
        "SELECT CAST('1e-300' AS DOUBLE) AS a, CAST('inf' AS DOUBLE) AS b, CAST('-inf' AS "
        "DOUBLE) AS c",
        [(1e-300, float("inf"), float("-inf"))],
    ),
]


def cases() -> Iterator[Case]:
    """Give every case."""
    yield from CASES
