"""What links are counted by: predicates, and pairs that do not meet."""

from __future__ import annotations

from sqlglot import exp

from engine.protocol import Engine, Related, Relation
from geosparql.relations import RELATION_BY_NAME, relation_of
from interlink.annotations import ANNOTATING
from interlink.rules.model import LinkRule, Rules
from interlink.sides import Sides


def links_by_predicate(engine: Engine, links: Relation) -> dict[str, int]:
    """Count links by predicate; what is said of links is none."""
    query = (
        exp.select("predicate", exp.func("count", exp.Star()).as_("n"))
        .from_(links.table())
        .where(exp.Not(this=exp.column("predicate").isin(*map(exp.Literal.string, ANNOTATING))))
        .group_by("predicate")
        .order_by("predicate")
    )
    with engine.run(query) as reader:
        return {row["predicate"]: row["n"] for row in reader.read_all().to_pylist()}


def disjoint_pairs(engine: Engine, rules: Rules, links: Relation, sides: Sides) -> int | None:
    """Count pairs of features that do not meet, from the links of those that do.

    Parameters
    ----------
    engine
        Where the links stand.
    rules
        One of them must link every pair that meets, by relations.
    links
        All links of the rules.
    sides
        Both sets.

    Returns
    -------
    int or None
        Pairs of features with a geometry; of a set with itself each pair counts once.
        None where the rules do not tell.
    """
    rule = next((rule for rule in rules.links if _links_all_that_meet(rules, rule)), None)
    if rule is None:
        return None
    left, right = (side.linked for side in sides)
    every = left * right if rules.right is not None else left * (left - 1) // 2
    return every - _meeting(engine, rules, rule, links)


def _meeting(engine: Engine, rules: Rules, rule: LinkRule, links: Relation) -> int:
    """Count the pairs that have a link of a rule, in whatever direction in a set with itself."""
    assert isinstance(rule.condition, Related)
    relations = [relation_of(name) for name in rule.condition.relations]
    iris = [one.iri for one in relations if one.candidate is not None]
    # Where each pair has the same link, pairs need not be told apart
    if not rule.reduce and len(rules.links) == 1:
        iris = [RELATION_BY_NAME["sf_intersects"].iri]
    ends: list[exp.Expr] = [exp.column("subject"), exp.column("object")]
    if rules.right is None:
        ends = [exp.func("least", *ends), exp.func("greatest", *ends)]
    pairs = exp.select(ends[0].as_("a"), ends[1].as_("b")).from_(links.table())
    pairs = pairs.where(exp.column("predicate").isin(*map(exp.Literal.string, iris)))
    if len(iris) > 1 or rules.right is None:
        pairs = pairs.distinct()
    count = exp.select(exp.func("count", exp.Star()).as_("n")).from_(pairs.subquery("pairs"))
    with engine.run(count) as reader:
        return int(reader.read_all().to_pylist()[0]["n"])


def _links_all_that_meet(rules: Rules, rule: LinkRule) -> bool:
    """Tell whether each pair that meets has a link of a rule, and the links tell which pair."""
    if not isinstance(rule.condition, Related) or "sf_intersects" not in rule.condition.relations:
        return False
    narrower = rule.time is not None or rule.score is not None or rule.predicate is not None
    return not narrower and (rules.right is None or not rule.inverse)
