"""Queries and their solutions by SPARQL 1.1 (sections 11, 15, 18.5): groups and order."""

from __future__ import annotations

from tests.endpoint.sparql.pattern_cases import Cases

GROUPS: Cases = {
    "nothing to count": ("SELECT (COUNT(*) AS ?n) { :none ?p ?o }", "(?n) { (0) }"),
    "the empty group of each aggregate": (
        "SELECT (SUM(?o) AS ?s) (AVG(?o) AS ?a) (MIN(?o) AS ?m) (SAMPLE(?o) AS ?x) "
        "(GROUP_CONCAT(?o) AS ?c) (COUNT(?o) AS ?n) { :none ?p ?o }",
        "(?s ?a ?m ?x ?c ?n) { (0 0 UNDEF UNDEF '' 0) }",
    ),
    "no group of nothing where there is a key": (
        "SELECT ?p (COUNT(*) AS ?n) { :none ?p ?o } GROUP BY ?p", "(?p ?n) { }",
    ),
    "a key that is unbound": (
        "SELECT ?l (COUNT(*) AS ?n) { ?s :r ?o OPTIONAL { ?s :q ?l } } GROUP BY ?l",
        "(?l ?n) { ('x'@en 1) (UNDEF 2) }",
    ),
    "a key that is an error": (
        "SELECT ?k (COUNT(*) AS ?n) { VALUES ?v { 1 'a' 3 } } GROUP BY (?v - 1 AS ?k)",
        "(?k ?n) { (0 1) (2 1) (UNDEF 1) }",
    ),
    "an error among what is summed": (
        "SELECT (SUM(?v) AS ?s) (AVG(?v) AS ?a) (MIN(?v + 0) AS ?m) (COUNT(?v + 0) AS ?n) "
        "{ VALUES ?v { 1 'a' 3 } }",
        "(?s ?a ?m ?n) { (UNDEF UNDEF UNDEF 2) }",
    ),
    "an unbound value among what is counted": (
        "SELECT (COUNT(?v) AS ?n) (COUNT(*) AS ?m) { VALUES ?v { 1 UNDEF 3 } }",
        "(?n ?m) { (2 3) }",
    ),
    "COUNT DISTINCT is of terms": (
        "SELECT (COUNT(DISTINCT ?v) AS ?n) { VALUES ?v { 1 1.0 1 '1' } }", "(?n) { (3) }",
    ),
    "COUNT of different solutions": (
        "SELECT (COUNT(DISTINCT *) AS ?n) { VALUES (?v ?w) { (1 2) (1 UNDEF) (UNDEF 1) (1 2) } }",
        "(?n) { (3) }",
    ),
    "COUNT of different solutions beside a DISTINCT sum": (
        "SELECT (COUNT(DISTINCT *) AS ?n) (SUM(DISTINCT ?v) AS ?s) (AVG(?v) AS ?a) "
        "{ VALUES ?v { 1 1 4 } }",
        "(?n ?s ?a) { (2 5 2.0) }",
    ),
    "a sum has the highest type": (
        "SELECT (SUM(?v) AS ?s) (SUM(DISTINCT ?v) AS ?d) { VALUES ?v { 1 2.5 2.5 } }",
        "(?s ?d) { ('6'^^xsd:decimal 3.5) }",
    ),
    "an average of integers is a decimal": (
        "SELECT (AVG(?v) AS ?a) { VALUES ?v { 1 2 } }", "(?a) { (1.5) }",
    ),
    "decimals are summed exactly": (
        "SELECT (SUM(?v) AS ?s) { VALUES ?v { 0.1 0.2 12345678901234567.8 } }",
        "(?s) { (12345678901234568.1) }",
    ),
    "an aggregate in an expression": (
        "SELECT (MAX(?v) - MIN(?v) AS ?w) (CONCAT('n', STR(COUNT(*))) AS ?t) { VALUES ?v { 1 4 } }",
        "(?w ?t) { (3 'n2') }",
    ),
    "an aggregate of an expression": (
        "SELECT (SUM(?v * ?v) AS ?s) { VALUES ?v { 1 2 3 } }", "(?s) { (14) }",
    ),
    "MIN and MAX follow the order of solutions": (
        "SELECT (MIN(?v) AS ?a) (MAX(?v) AS ?z) { VALUES ?v { :i 'b' 2 } }", "(?a ?z) { (:i 'b') }",
    ),
    "GROUP_CONCAT": (
        "SELECT (GROUP_CONCAT(?v; SEPARATOR=';') AS ?c) (GROUP_CONCAT(DISTINCT ?v) AS ?d) "
        "{ VALUES ?v { 'a' 'a' } }",
        "(?c ?d) { ('a;a' 'a') }",
    ),
    "GROUP_CONCAT of what is not a string": (
        "SELECT (GROUP_CONCAT(?v) AS ?c) { VALUES ?v { 5 } }", "(?c) { ('5') }",
    ),
    "HAVING": (
        "SELECT ?k { VALUES (?k ?v) { (1 2) (1 3) (2 9) } } GROUP BY ?k HAVING (SUM(?v) < 6)",
        "(?k) { (1) }",
    ),
    "HAVING comes before the names of the head": (
        "SELECT ?k (COUNT(*) AS ?n) { VALUES ?k { 1 1 2 } } GROUP BY ?k HAVING (?n > 1)",
        "(?k ?n) { }",
    ),
    "ORDER BY an aggregate": (
        "SELECT ?k { VALUES ?k { 1 1 2 } } GROUP BY ?k ORDER BY DESC(COUNT(*)) LIMIT 1",
        "(?k) { (1) }",
    ),
    "groups of groups": (
        "SELECT (MAX(?n) AS ?m) { SELECT (COUNT(*) AS ?n) { VALUES ?k { 1 1 2 } } GROUP BY ?k }",
        "(?m) { (2) }",
    ),
}  # fmt: skip

ORDER: Cases = {
    "across kinds": (
        "SELECT ?v { VALUES ?v { 'b' 10 UNDEF :i 9 'B' :h } } ORDER BY ?v",
        "(?v) { (UNDEF) (:h) (:i) (9) (10) ('B') ('b') }",
    ),
    "blank nodes before IRIs": (
        "SELECT ?k { { BIND(:h AS ?v) BIND(2 AS ?k) } UNION { BIND(BNODE() AS ?v) BIND(1 AS ?k) } "
        "UNION { BIND(0 AS ?k) } } ORDER BY ?v",
        "(?k) { (0) (1) (2) }",
    ),
    "downwards": (
        "SELECT ?v { VALUES ?v { 'b' 10 UNDEF :i } } ORDER BY DESC(?v)",
        "(?v) { ('b') (10) (:i) (UNDEF) }",
    ),
    "numbers by value": (
        "SELECT ?v { VALUES ?v { 10 9.5 1e1 '-INF'^^xsd:double 2 } } ORDER BY ?v LIMIT 3",
        "(?v) { ('-INF'^^xsd:double) (2) (9.5) }",
    ),
    "times by value": (
        "SELECT (STR(?v) AS ?t) { VALUES ?v { '2020-01-01T12:00:00+02:00'^^xsd:dateTime "
        "'2020-01-01T11:00:00Z'^^xsd:dateTime '2020-01-01T00:00:00-02:00'^^xsd:dateTime } } "
        "ORDER BY ?v",
        "(?t) { ('2020-01-01T00:00:00-02:00') ('2020-01-01T12:00:00+02:00') "
        "('2020-01-01T11:00:00Z') }",
    ),
    "strings by code point": (
        "SELECT ?v { VALUES ?v { 'é' 'z' 'Z' '😀' '' } } ORDER BY ?v",
        "(?v) { ('') ('Z') ('z') ('é') ('😀') }",
    ),
    "an error counts as unbound": (
        "SELECT ?v { VALUES ?v { 2 'a' 1 } } ORDER BY (1 / ?v)", "(?v) { ('a') (2) (1) }",
    ),
    "by two keys": (
        "SELECT ?v ?w { VALUES (?v ?w) { (1 2) (2 1) (1 1.5) (1.0 1) } } ORDER BY ?v DESC(?w)",
        "(?v ?w) { (1 2) (1 1.5) (1.0 1) (2 1) }",
    ),
    "equal values": (
        "SELECT ?v { VALUES ?v { 1.0 1 'a'@fr 'a'@en 'a' 1.0e0 } } ORDER BY ?v",
        "(?v) { (1) (1.0) (1.0e0) ('a') ('a'@fr) ('a'@en) }",
    ),
    "by what is not selected": (
        "SELECT ?v { VALUES (?v ?w) { ('a' 2) ('b' 1) } } ORDER BY ?w", "(?v) { ('b') ('a') }",
    ),
    "by a name of the head": (
        "SELECT (- ?v AS ?w) { VALUES ?v { 1 2 } } ORDER BY ?w", "(?w) { (-2) (-1) }",
    ),
    "LIMIT and OFFSET": (
        "SELECT ?v { VALUES ?v { 3 1 2 } } ORDER BY ?v OFFSET 1 LIMIT 1", "(?v) { (2) }",
    ),
    "LIMIT of none": ("SELECT ?v { VALUES ?v { 3 1 2 } } ORDER BY ?v LIMIT 0", "(?v) { }"),
    "OFFSET past the end": ("SELECT ?v { VALUES ?v { 3 1 2 } } ORDER BY ?v OFFSET 9", "(?v) { }"),
    "DISTINCT before LIMIT": (
        "SELECT DISTINCT ?v { VALUES ?v { 2 1 1 3 } } ORDER BY ?v LIMIT 2", "(?v) { (1) (2) }",
    ),
}  # fmt: skip
