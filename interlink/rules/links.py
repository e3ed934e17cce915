"""Link rules of a rule file: conditions, scores, and how links are said."""

from __future__ import annotations

from engine.protocol import JoinCondition, Nearest, Related, WithinDistance
from geosparql.relations import RELATION_BY_IRI, RELATION_BY_NAME
from geosparql.vocabulary import GEO
from interlink.measures.table import MEASURE_BY_NAME, Measure
from interlink.rules.document import Table, near
from interlink.rules.model import Comparison, FeatureSet, LinkRule, Score
from interlink.rules.paths import expanded
from interlink.rules.tables import COMPARISON_KEYS, FAMILIES, LINK_KEYS
from interlink.times import ALLEN_BY_NAME

_CONDITIONS = ("relations", "within_m", "nearest")
_EVERY_COMPARISON = ("measure", "of", "weight", "at_least", "missing")
_BELONGS = (
    ("max_m", Nearest, "nearest"),
    ("matrix", Related, "relations"),
    ("reduce", Related, "relations"),
)


def link_rule(table: Table, left: FeatureSet, right: FeatureSet) -> LinkRule:
    """Give a link rule between two sets."""
    table.check(LINK_KEYS)
    given = [key for key in _CONDITIONS if key in table.values]
    if len(given) > 1 or not (given or "time" in table.values):
        raise table.error("needs exactly one condition", value=given or None,
                          hint=f"One of {', '.join(_CONDITIONS)}; or time alone")  # fmt: skip
    condition = _condition(table, given[0]) if given else None
    predicate = table.iri("predicate")
    score = _score(table, left, right)
    _check_predicate(table, condition, predicate, score)
    time = _allen(table, left, right)
    values = table.texts("values")
    if "score" in values and score is None:
        raise table.error("gives a score as value but has none", key="values")
    return LinkRule(
        name=table.values.get("name", str(table.place[-1] + 1)),  # type: ignore[operator]
        condition=condition,
        time=time,
        score=score,
        predicate=predicate,
        inverse=table.values.get("inverse", False),
        symmetric=table.values.get("symmetric", "both"),
        reduce=table.values.get("reduce", False),
        matrix=table.values.get("matrix", False),
        values=values,
        graph=table.iri("graph"),
    )


def _condition(table: Table, key: str) -> JoinCondition:
    if key == "relations":
        # Which relations hold is found faster than matrices; of these reduction reads dimensions.
        matrices = bool(table.values.get("matrix") or table.values.get("reduce"))
        return Related(_relations(table), with_matrix=matrices, with_relations=not matrices)
    for name in (key, "max_m"):
        if name in table.values and table.values[name] <= 0:
            raise table.error(f"'{name}' must be above zero", key=name, value=table.values[name])
    if key == "nearest":
        return Nearest(table.values[key], max_distance=table.values.get("max_m"))
    return WithinDistance(float(table.values[key]))


def _relations(table: Table) -> tuple[str, ...]:
    """Read names and IRIs of relations, and families of them."""
    found: list[str] = []
    for text in table.texts("relations"):
        relation = RELATION_BY_IRI.get(expanded(text, table.prefixes)) or RELATION_BY_NAME.get(text)
        if relation is None and text not in FAMILIES:
            known = (*RELATION_BY_NAME, *FAMILIES)
            raise table.error("'relations' has an unknown name", key="relations", value=text,
                              hint=near(text.removeprefix(GEO), known))  # fmt: skip
        found += FAMILIES[text] if relation is None else (relation.name,)
    if not found:
        raise table.error("'relations' is empty", key="relations")
    return tuple(dict.fromkeys(found))


def _check_predicate(
    table: Table, condition: JoinCondition | None, predicate: str | None, score: Score | None
) -> None:
    if isinstance(condition, WithinDistance | Nearest) or score is not None:
        if predicate is None:
            raise table.error("with a distance or a score needs a predicate")
    elif isinstance(condition, Related) and predicate is not None and len(condition.relations) > 1:
        raise table.error(
            "has one predicate for several relations", key="predicate", value=predicate,
            hint="Leave it out: each relation has its own property",
        )  # fmt: skip
    if table.values.get("inverse", False) and predicate is not None and score is None:
        _check_inverse(table, condition)
    for key, kind, said in _BELONGS:
        if key in table.values and not isinstance(condition, kind):
            raise table.error(f"'{key}' belongs to {said}", key=key)


def _check_inverse(table: Table, condition: JoinCondition | None) -> None:
    """Refuse the inverse of a predicate that stands for a relation with another inverse."""
    if condition is None:
        names = table.texts("time")
        symmetric = all(ALLEN_BY_NAME[n].inverse == n for n in names if n in ALLEN_BY_NAME)
    else:
        names = condition.relations if isinstance(condition, Related) else ()
        symmetric = all(RELATION_BY_NAME[name].symmetric for name in names)
    if not symmetric:
        raise table.error(
            "asks for the inverse of a predicate of its own, which nobody knows", key="inverse",
            hint="Leave out the predicate, or write a second rule for the inverse",
        )  # fmt: skip


def _allen(table: Table, left: FeatureSet, right: FeatureSet) -> tuple[str, ...] | None:
    names = table.texts("time")
    for name in names:
        if name not in ALLEN_BY_NAME:
            raise table.error("'time' has an unknown name", key="time", value=name,
                              hint=near(name, tuple(ALLEN_BY_NAME)))  # fmt: skip
    if names:
        _check_times(table, left, right)
    return names or None


def _check_times(table: Table, left: FeatureSet, right: FeatureSet) -> None:
    for side in (left, right):
        if side.time is None:
            raise table.error(f"compares times, but [{side.name}] has none", key="time",
                              hint="Give the set a time")  # fmt: skip


def _score(table: Table, left: FeatureSet, right: FeatureSet) -> Score | None:
    rows = tuple(table.tables("score", f"{table.title} score"))
    if not rows:
        for key in ("threshold", "combine"):
            if key in table.values:
                raise table.error(f"has '{key}' but no score", key=key)
        return None
    threshold = table.values.get("threshold")
    if threshold is None or not 0 <= threshold <= 1:
        raise table.error("with a score needs a threshold from 0 to 1", key="threshold",
                          value=threshold)  # fmt: skip
    comparisons = tuple(_comparison(row, left, right) for row in rows)
    return Score(comparisons, float(threshold), table.values.get("combine", "mean"))


def _comparison(table: Table, left: FeatureSet, right: FeatureSet) -> Comparison:
    table.check(COMPARISON_KEYS)
    if "measure" not in table.values:
        raise table.error("needs a measure", hint=f"One of {', '.join(MEASURE_BY_NAME)}")
    measure = MEASURE_BY_NAME[table.values["measure"]]
    weight, at_least = (float(table.values.get(key, fallback)) for key, fallback in
                        (("weight", 1.0), ("at_least", 0.0)))  # fmt: skip
    if weight <= 0 or not 0 <= at_least <= 1:
        raise table.error("needs a weight above 0 and at_least from 0 to 1")
    if measure.of == "times":
        _check_times(table, left, right)
    names = _compared(table, measure.of == "attributes", left, right)
    missing = table.values.get("missing", "skip")
    return Comparison(measure.name, *names, weight, at_least, _options(table, measure), missing)


def _options(table: Table, measure: Measure) -> tuple[tuple[str, float | tuple[str, ...]], ...]:
    """Give the settings that only some measures have."""
    known = {option.name: option for option in measure.options}
    found: list[tuple[str, float | tuple[str, ...]]] = []
    for key, value in table.values.items():
        if key in _EVERY_COMPARISON:
            continue
        if key not in known:
            raise table.error(f"'{key}' is no option of {measure.name}", key=key)
        if known[key].choices:
            found.append((key, table.texts(key)))
        elif value <= 0:
            raise table.error(f"'{key}' must be above zero", key=key, value=value)
        else:
            found.append((key, float(value)))
    for option in measure.options:
        if option.needed and option.name not in table.values:
            raise table.error(f"with {measure.name} needs {option.name}")
    return tuple(found)


def _compared(
    table: Table, needed: bool, left: FeatureSet, right: FeatureSet
) -> tuple[str | None, str | None]:
    """Give the attributes of both sides that a comparison names."""
    names = table.texts("of")
    if not needed:
        if names:
            raise table.error("compares no attributes", key="of", value=names)
        return None, None
    if len(names) not in (1, 2):
        raise table.error("needs 'of': an attribute of both sides, or of left and of right",
                          key="of")  # fmt: skip
    for side, name in zip((left, right), (names[0], names[-1]), strict=True):
        known = tuple(attribute.name for attribute in side.attributes)
        if name not in known:
            raise table.error(f"compares an attribute that [{side.name}] does not have", key="of",
                              value=name, hint=near(name, known))  # fmt: skip
    return names[0], names[-1]
