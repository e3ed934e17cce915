"""Queries and their solutions by SPARQL 1.1 (section 18): scope, graphs and paths.

A case is a name, a query and what VALUES would say of its solutions.
"""

from __future__ import annotations

from collections.abc import Mapping

Cases = Mapping[str, tuple[str, str]]

DATA = """
@prefix : <http://e/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
:a :p 1 ; :q "x"@en ; :r :b . :b :p 2.5 ; :r :c . :c :p "7"^^xsd:byte ; :r :a ; :s :a .
:d :p 1.0 , "01"^^xsd:integer ; :t :e , :f . :e :u :g . :f :u :g .
:g1 { :a :p 9 . :b :p 10 . :k :r :l . } :g2 { :a :p 11 ; :r :g1 . :l :r :m . }
"""

SCOPE: Cases = {
    "a group of its own does not see a BIND before it": (
        "SELECT * { BIND(1 AS ?x) { ?s :q ?l FILTER(!BOUND(?x)) } }",
        "(?x ?s ?l) { (1 :a 'x'@en) }",
    ),
    "BIND sees what stands before it only": (
        "SELECT ?s ?z ?w { ?s :r :b BIND(?w AS ?z) ?s :p ?w }", "(?s ?z ?w) { (:a UNDEF 1) }",
    ),
    "an error of BIND leaves the variable free to be joined": (
        "SELECT ?z { ?s :q ?l BIND(1/0 AS ?z) VALUES ?z { 5 6 } }", "(?z) { (5) (6) }",
    ),
    "a sub-select hides what it does not project": (
        "SELECT * { ?s :q ?l { SELECT ?o { ?s :r ?o . ?s :s ?x } } }",
        "(?s ?l ?o) { (:a 'x'@en :a) }",
    ),
    "a sub-select is cut before it is joined": (
        "SELECT * { VALUES ?s { :b } { SELECT ?s { ?s :p ?v } ORDER BY ?s LIMIT 1 } }", "(?s) { }",
    ),
    "a variable of the head may be named by the next": (
        "SELECT (?v + 1 AS ?w) (?w * 2 AS ?x) { :a :p ?v }", "(?w ?x) { (2 4) }",
    ),
    "MINUS without a shared variable takes nothing": (
        "SELECT ?s { ?s :q ?l MINUS { ?x :p ?y } }", "(?s) { (:a) }",
    ),
    "MINUS of a pattern without variables takes nothing": (
        "SELECT ?s { ?s :q ?l MINUS { :a :p 1 } }", "(?s) { (:a) }",
    ),
    "NOT EXISTS of a pattern without variables takes all": (
        "SELECT ?s { ?s :q ?l FILTER NOT EXISTS { :a :p 1 } }", "(?s) { }",
    ),
    "a filter in MINUS sees its own group only": (
        "SELECT ?s { ?s :p ?n FILTER(isNumeric(?n)) MINUS { ?s :r ?o FILTER(?n = 1) } ?s :r ?o }",
        "(?s) { (:a) (:b) (:c) }",
    ),
    "a filter in EXISTS sees the solution where an OPTIONAL inside may bind the variable": (
        "SELECT ?n { ?s :p ?n FILTER EXISTS { ?s :r ?o OPTIONAL { ?o :nothing ?n } "
        "FILTER(?n = 1) } }",
        "(?n) { (1) }",
    ),
    "a filter in NOT EXISTS sees the solution": (
        "SELECT ?s { ?s :p ?n . ?s :r ?o FILTER NOT EXISTS { ?s :r ?o FILTER(?n = 1) } }",
        "(?s) { (:b) (:c) }",
    ),
    "MINUS where the shared variable is unbound on one side": (
        "SELECT ?s ?l { ?s :r ?o OPTIONAL { ?s :q ?l } MINUS { VALUES ?l { 'x'@en } } }",
        "(?s ?l) { (:b UNDEF) (:c UNDEF) }",
    ),
    "the filter of OPTIONAL sees the left side": (
        "SELECT ?s ?o { ?s :p ?v . ?s :r ?x OPTIONAL { ?s :r ?o FILTER(?v > 2) } }",
        "(?s ?o) { (:a UNDEF) (:b :c) (:c :a) }",
    ),
    "a filter in a group inside OPTIONAL does not": (
        "SELECT ?s ?o { ?s :p ?v . ?s :r ?x OPTIONAL { { ?s :r ?o FILTER(?v > 2) } } }",
        "(?s ?o) { (:a UNDEF) (:b UNDEF) (:c UNDEF) }",
    ),
    "OPTIONAL joins where a variable is unbound so far": (
        "SELECT ?s ?o { VALUES (?s ?o) { (:a UNDEF) (:b :x) } OPTIONAL { ?s :r ?o } }",
        "(?s ?o) { (:a :b) (:b :x) }",
    ),
    "a filter holds for its whole group, wherever it stands": (
        "SELECT ?s { FILTER(?v > 2) ?s :p ?v FILTER(?v < 5) }", "(?s) { (:b) }",
    ),
    "EXISTS in an expression": (
        "SELECT ?s (EXISTS { ?s :q ?l } AS ?e) { ?s :r ?o }",
        "(?s ?e) { (:a true) (:b false) (:c false) }",
    ),
    "EXISTS in the filter of OPTIONAL": (
        "SELECT ?s ?o { ?s :r ?x OPTIONAL { ?s :r ?o FILTER EXISTS { ?o :s ?s2 } } }",
        "(?s ?o) { (:a UNDEF) (:b :c) (:c UNDEF) }",
    ),
    "EXISTS inside EXISTS": (
        "SELECT ?s { ?s :r ?o FILTER EXISTS { ?o :r ?z FILTER EXISTS { ?z :r ?s } } }",
        "(?s) { (:a) (:b) (:c) }",
    ),
    "a variable from outside is no shared one of the MINUS in an EXISTS": (
        "SELECT ?s { ?s :r ?o FILTER EXISTS { ?s :r ?x MINUS { ?y :r ?z . ?s :r ?w } } }",
        "(?s) { (:a) (:b) (:c) }",
    ),
    "what the sides of the MINUS in an EXISTS share beside it takes away": (
        "SELECT ?s { ?s :r ?o FILTER EXISTS { ?s :r ?x MINUS { ?s :r ?x } } }", "(?s) { }",
    ),
    "the MINUS in an EXISTS takes away what fits the value from outside": (
        "SELECT ?s { ?s :p ?v FILTER EXISTS { ?o :p ?w MINUS { ?o :p ?w . :a :p ?v } } }",
        "(?s) { (:b) (:c) (:d) (:d) }",
    ),
    "VALUES after the query": (
        "SELECT ?s ?v { ?s :p ?v } VALUES (?s ?v) { (:a UNDEF) (UNDEF 2.5) (:b 1) }",
        "(?s ?v) { (:a 1) (:b 2.5) }",
    ),
    "UNION binds on its sides what it binds": (
        "SELECT * { { BIND(1 AS ?x) } UNION { BIND(2 AS ?y) } UNION {} }",
        "(?x ?y) { (1 UNDEF) (UNDEF 2) (UNDEF UNDEF) }",
    ),
    "nothing matches once": ("SELECT (1 AS ?x) {}", "(?x) { (1) }"),
    "DISTINCT is of terms, not of values": (
        "SELECT DISTINCT ?v { { :a :p ?v } UNION { :d :p ?v } UNION { :a :p ?v } }",
        "(?v) { (1) (1.0) ('01'^^xsd:integer) }",
    ),
    "a join is of terms, not of values": ("SELECT ?s { :a :p ?v . ?s :p ?v }", "(?s) { (:a) }"),
    "a filter is of values": (
        "SELECT DISTINCT ?s { :a :p ?v . ?s :p ?w FILTER(?v = ?w) }", "(?s) { (:a) (:d) }",
    ),
}  # fmt: skip

GRAPHS: Cases = {
    "each named graph": ("SELECT ?g ?v { GRAPH ?g { :a :p ?v } }", "(?g ?v) { (:g1 9) (:g2 11) }"),
    "the names of the graphs": ("SELECT ?g { GRAPH ?g {} }", "(?g) { (:g1) (:g2) }"),
    "a graph that is not there": ("SELECT (1 AS ?x) { GRAPH :none {} }", "(?x) { }"),
    "a graph that is there": ("SELECT (1 AS ?x) { GRAPH :g1 {} }", "(?x) { (1) }"),
    "a name that is bound": ("SELECT ?g ?s { ?s :p 11 GRAPH ?g { ?s :p 11 } }", "(?g ?s) { }"),
    "a name that the graph itself holds": (
        "SELECT ?g ?o { GRAPH ?g { :a :r ?o } GRAPH ?o { :b :p ?v } }", "(?g ?o) { (:g2 :g1) }",
    ),
    "FROM makes the default graph": (
        "SELECT ?v FROM :g1 FROM :g2 { :a :p ?v }", "(?v) { (9) (11) }",
    ),
    "FROM alone leaves no named graph": (
        "SELECT ?v FROM :g1 { GRAPH ?g { :a :p ?v } }", "(?v) { }",
    ),
    "FROM NAMED alone leaves the default graph empty": (
        "SELECT ?v FROM NAMED :g1 { :a :p ?v }", "(?v) { }",
    ),
    "FROM and FROM NAMED": (
        "SELECT ?v ?g ?w FROM :g1 FROM NAMED :g2 { :a :p ?v GRAPH ?g { :a :p ?w } }",
        "(?v ?g ?w) { (9 :g2 11) }",
    ),
    "a graph twice in FROM": ("SELECT ?v FROM :g1 FROM :g1 { :a :p ?v }", "(?v) { (9) }"),
    "a sub-select in a graph": (
        "SELECT ?g ?n { GRAPH ?g { SELECT (COUNT(*) AS ?n) { ?s :p ?v } } }",
        "(?g ?n) { (:g1 2) (:g2 1) }",
    ),
    "a negation in a graph": (
        "SELECT ?g ?s { GRAPH ?g { ?s :p ?v FILTER NOT EXISTS { ?s :r ?o } } }",
        "(?g ?s) { (:g1 :a) (:g1 :b) }",
    ),
}  # fmt: skip

PATHS: Cases = {
    "once or more around a cycle": ("SELECT ?o { :a :r+ ?o }", "(?o) { (:a) (:b) (:c) }"),
    "none or more": ("SELECT ?o { :d :r* ?o }", "(?o) { (:d) }"),
    "none from a term that no triple has": ("SELECT ?o { :nowhere :r* ?o }", "(?o) { (:nowhere) }"),
    "none to a literal that no triple has": ("SELECT ?s { ?s :r? 'none' }", "(?s) { ('none') }"),
    "none between terms that no triple has": (
        "SELECT ?x { { :n :r* :n BIND(1 AS ?x) } UNION { :n :r* :m BIND(2 AS ?x) } }",
        "(?x) { (1) }",
    ),
    "none or once": ("SELECT ?o { :a :r? ?o }", "(?o) { (:a) (:b) }"),
    "none or once where both are the same": ("SELECT ?x { :z :r :z } ", "(?x) { }"),
    "of any length between variables": (
        "SELECT ?s ?o { ?s :u* ?o FILTER(?s IN (:e, :g)) }", "(?s ?o) { (:e :e) (:e :g) (:g :g) }",
    ),
    "from and to the same variable": ("SELECT ?s { ?s :r+ ?s }", "(?s) { (:a) (:b) (:c) }"),
    "a sequence counts each way": ("SELECT ?o { :d :t/:u ?o }", "(?o) { (:g) (:g) }"),
    "a repetition does not": ("SELECT ?o { :d (:t|:u)+ ?o }", "(?o) { (:e) (:f) (:g) }"),
    "an alternative counts both": ("SELECT ?s { ?s (:r|:s) :a }", "(?s) { (:c) (:c) }"),
    "the other way": ("SELECT ?s { :b ^:r ?s }", "(?s) { (:a) }"),
    "the other way of a sequence": ("SELECT ?s { :c ^(:r/:r) ?s }", "(?s) { (:a) }"),
    "any predicate but": ("SELECT ?o { :a !(:p|:q) ?o }", "(?o) { (:b) }"),
    "any predicate the other way but": ("SELECT ?s { :a !(^:r) ?s }", "(?s) { (:c) }"),
    "any predicate both ways but": (
        "SELECT ?x { :a !(:p|:q|^:s) ?x }", "(?x) { (:b) (:c) }",
    ),
    "within each graph": (
        "SELECT ?g ?o { GRAPH ?g { :k :r* ?o } }", "(?g ?o) { (:g1 :k) (:g1 :l) (:g2 :k) }",
    ),
    "not across graphs": ("SELECT ?g { GRAPH ?g { :k :r/:r ?o } }", "(?g) { }"),
    "across the graphs of FROM": (
        "SELECT ?o FROM :g1 FROM :g2 { :k :r+ ?o }", "(?o) { (:l) (:m) }",
    ),
    "from what is bound before": (
        "SELECT ?s ?o { ?s :q ?l . ?s :r/:r* ?o }", "(?s ?o) { (:a :a) (:a :b) (:a :c) }",
    ),
    "no length at a bound term that no triple has": (
        "SELECT ?x ?o { VALUES ?x { :nowhere :e } ?x :u* ?o }", "(?x ?o) { (:e :e) (:e :g) }",
    ),
}  # fmt: skip
