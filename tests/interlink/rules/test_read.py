"""Rule files: what is read, and what is refused with which words."""

from pathlib import Path

import pytest

from engine.protocol import Nearest, Related, WithinDistance
from geosparql.errors import RuleError
from interlink.rules.model import (
    Attribute,
    Comparison,
    FilesSource,
    QuerySource,
    Score,
    StoreSource,
    VectorSource,
)
from interlink.rules.paths import PropertyPath, Step
from interlink.rules.read import read_rules
from interlink.rules.tables import FAMILIES

EX = "http://example.org/"

GOOD = """
[left]
files = ["a.nt"]
class = "http://example.org/Berg"
where = { "http://example.org/day" = "2017-04-03" }

[right]
files = ["b.nt"]

[[link]]
relations = ["sf_within", "eh"]
inverse = true

[[link]]
within_m = 500
predicate = "http://example.org/near"

[[link]]
nearest = 3
max_m = 900.5
predicate = "http://example.org/nearest"
graph = "http://example.org/g"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.nt", "b.nt", "c.nt"):
        (tmp_path / name).write_text("")
    return tmp_path


def write(folder: Path, text: str) -> Path:
    path = folder / "rules.toml"
    path.write_text(text)
    return path


def test_reads_every_kind_of_rule(folder: Path) -> None:
    rules = read_rules(write(folder, GOOD))
    assert rules.left.class_iri == "http://example.org/Berg"
    day = PropertyPath(((Step("http://example.org/day"),),))
    assert rules.left.where == ((day, ("2017-04-03",)),)
    assert rules.right is not None
    related, within, nearest = rules.links
    assert isinstance(related.condition, Related)
    assert related.condition.relations == ("sf_within", *FAMILIES["eh"])
    assert within.condition == WithinDistance(500.0)
    assert nearest.condition == Nearest(3, max_distance=900.5)
    assert nearest.graph == "http://example.org/g"


def test_families_leave_the_disjoint_relations_out() -> None:
    assert [len(names) for names in FAMILIES.values()] == [7, 7, 7]
    assert not [name for names in FAMILIES.values() for name in names if name.endswith("disjoint")]


def test_sets_given_by_the_caller_win(folder: Path) -> None:
    rules = read_rules(write(folder, GOOD), {"right": [folder / "c.nt"]})
    assert rules.right is not None
    assert rules.right.source == FilesSource((folder / "c.nt",))


def test_one_set_is_linked_with_itself(folder: Path) -> None:
    text = GOOD.replace('[right]\nfiles = ["b.nt"]', "")
    assert read_rules(write(folder, text)).right is None


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"a.nt"', '"gone.nt"', "does not exist"),
        ("[left]", "[lefft]", "unknown key: 'lefft'"),
        ('"sf_within"', '"sf_covers"', "unknown name: 'sf_covers'"),
        ("within_m = 500", "", "exactly one condition"),
        ("within_m = 500", "within_m = 500\nnearest = 2", "exactly one condition"),
        ("within_m = 500", "within_m = -5", "above zero"),
        ("within_m = 500", 'within_m = "5 km"', "'within_m' has the wrong type"),
        ("within_m = 500", "within_m = true", "wrong type"),
        (
            'within_m = 500\npredicate = "http://example.org/near"',
            "within_m = 5",
            "needs a predicate",
        ),
        ("inverse = true", 'predicate = "http://example.org/p"', "one predicate for several"),
        ('= "2017-04-03"', "= 7", "must be an IRI, a text or a list"),
        ("[[link]]", "[link]", "valid TOML"),
        ("[left]", "[left", "line 2"),
        (
            "class =",
            "clas =",
            "line 4: [left] has an unknown key: 'clas'. Did you mean class?",
        ),
        ("max_m = 900.5", "max_m = 0", "line 20: [[link]] 3 'max_m' must be above zero"),
        ('"http://example.org/Berg"', '"Berg"', "line 4: [left] 'class' is not an absolute IRI"),
        ('"sf_within"', '"sf_whitin"', "Did you mean sf_within?"),
        ("within_m = 500", "within_m = 500\nmatrix = true", "'matrix' belongs to relations"),
        (
            "[right]",
            'geometries = "al"\n[right]',
            "line 7: [left] 'geometries' has an unknown value: 'al'. Did you mean all?",
        ),
    ],
)
def test_says_what_is_wrong_and_where(folder: Path, old: str, new: str, words: str) -> None:
    with pytest.raises(RuleError) as caught:
        read_rules(write(folder, GOOD.replace(old, new)))
    assert words in str(caught.value)
    assert "rules.toml" in str(caught.value)


EVERYTHING = """
annotate = "triple_term"

[prefixes]
ex = "http://example.org/"

[left]
store = "store"
from_graph = "ex:g"
attributes = { name = "rdfs:label|ex:of/ex:name", height = "ex:height" }
time = { start = "ex:from", end = "ex:to" }
geometries = "all"
invalid = "skip"
crs = "http://www.opengis.net/def/crs/EPSG/0/3413"
box = [170, -10, -170, 10.5]
where = { "ex:of/ex:kind" = ["a", "b"] }

[right]
vector = "v.gpkg"
layer = "places"
iri = "http://example.org/{id}"
attributes = ["label", "top"]
time = { at = "day" }

[[link]]
name = "same"
within_m = 200
predicate = "owl:sameAs"
symmetric = "once"
score = [
  { measure = "jaro_winkler", of = ["name", "label"], weight = 0.6, at_least = 0.8 },
  { measure = "numeric", of = ["height", "top"], max_difference = 5 },
  { measure = "distance", max_m = 200, weight = 0.4, missing = "zero" },
]
combine = "min"
threshold = 0.85
values = ["score", "distance_m"]

[[link]]
relations = ["geo:sfWithin", "rcc8"]
time = "during"
reduce = true
matrix = true
"""


@pytest.fixture
def wide(folder: Path) -> Path:
    (folder / "store").mkdir()
    (folder / "v.gpkg").write_text("")
    return folder


def test_reads_every_key(wide: Path) -> None:
    rules = read_rules(write(wide, EVERYTHING))
    left, right, (same, related) = rules.left, rules.right, rules.links
    assert rules.annotate == "triple_term"
    assert left.source == StoreSource(wide / "store", EX + "g")
    label = Step("http://www.w3.org/2000/01/rdf-schema#label")
    name = PropertyPath(((label,), (Step(EX + "of"), Step(EX + "name"))))
    assert left.attributes[0] == Attribute("name", name)
    assert left.time == tuple(PropertyPath(((Step(EX + at),),)) for at in ("from", "to"))
    assert (left.geometries, left.invalid) == ("all", "skip")
    assert left.box == (170.0, -10.0, -170.0, 10.5)
    kind = PropertyPath(((Step(EX + "of"), Step(EX + "kind")),))
    assert left.where == ((kind, ("a", "b")),)
    assert right is not None
    assert right.source == VectorSource(wide / "v.gpkg", "places", EX + "{id}")
    assert right.attributes == (Attribute("label", "label"), Attribute("top", "top"))
    assert right.time == ("day", "day")
    assert same.score == Score(
        (
            Comparison("jaro_winkler", "name", "label", 0.6, 0.8),
            Comparison("numeric", "height", "top", options=(("max_difference", 5.0),)),
            Comparison("distance", weight=0.4, options=(("max_m", 200.0),), missing="zero"),
        ),
        0.85,
        "min",
    )
    assert (same.name, same.symmetric, same.values) == ("same", "once", ("score", "distance_m"))
    assert same.predicate == "http://www.w3.org/2002/07/owl#sameAs"
    assert isinstance(related.condition, Related)
    assert related.condition.relations == ("sf_within", *FAMILIES["rcc8"])
    assert (related.name, related.time, related.reduce, related.matrix) == (
        "2", ("during",), True, True,
    )  # fmt: skip


def test_values_stand_as_triple_terms_unless_told(wide: Path) -> None:
    unsaid = EVERYTHING.replace('annotate = "triple_term"', "")
    assert read_rules(write(wide, unsaid)).annotate == "triple_term"


def test_time_alone_may_decide(wide: Path) -> None:
    alone = EVERYTHING[: EVERYTHING.index("[[link]]")] + '[[link]]\ntime = ["during", "equals"]'
    rule = read_rules(write(wide, alone)).links[0]
    assert (rule.condition, rule.time, rule.predicate) == (None, ("during", "equals"), None)


@pytest.mark.parametrize(
    ("link", "refused"),
    [
        ('relations = "sf_within"', True),
        ('time = "during"', True),
        ('relations = "sf_touches"', False),
        ('time = "equals"', False),
        ("within_m = 5", False),
    ],
)
def test_inverse_of_a_predicate_of_its_own(wide: Path, link: str, refused: bool) -> None:
    link = f'[[link]]\n{link}\npredicate = "ex:p"\ninverse = true'
    path = write(wide, EVERYTHING[: EVERYTHING.index("[[link]]")] + link)
    if refused:
        with pytest.raises(RuleError, match="inverse of a predicate of its own"):
            read_rules(path)
    else:
        assert read_rules(path).links[0].inverse


def test_options_of_text_measures(wide: Path) -> None:
    text = EVERYTHING.replace("at_least = 0.8", 'normalize = ["case", "spacing"]')
    score = read_rules(write(wide, text)).links[0].score
    assert score is not None
    assert score.comparisons[0].options == (("normalize", ("case", "spacing")),)


def test_a_query_is_asked_of_a_store_or_an_endpoint(wide: Path) -> None:
    text = "SELECT * { ?feature geo:hasGeometry/geo:asWKT ?geometry }"
    link = '[[link]]\nrelations = "sf"\n'
    (wide / "q.rq").write_text(text)
    for key, store, endpoint in (
        ('store = "store"', wide / "store", None),
        ('endpoint = "https://example.org/sparql"', None, "https://example.org/sparql"),
    ):
        for said in (f'"{text}"', '"q.rq"'):
            rules = read_rules(write(wide, f"[left]\nquery = {said}\n{key}\n{link}"))
            assert rules.left.source == QuerySource(text, store, endpoint)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"name", "label"', '"nam", "label"', "Did you mean name?"),
        ("max_difference = 5", "max_m = 5", "'max_m' is no option of numeric"),
        ("max_difference = 5", "weight = 5", "needs max_difference"),
        ("threshold = 0.85", "threshold = 85", "threshold from 0 to 1"),
        ("threshold = 0.85", "", "threshold from 0 to 1"),
        ('"jaro_winkler"', '"jaro"', "score 1 'measure' has an unknown value"),
        ('time = { at = "day" }', "", "[right] has none"),
        ('time = { at = "day" }', 'time = { start = "day" }', "either at, or start and end"),
        ('"during"', '"while"', "'time' has an unknown name"),
        ('{id}"', 'id"', "names no column"),
        ('layer = "places"', 'class = "ex:Place"', "'class' has no meaning for vector"),
        ('layer = "places"', 'store = "store"', "more than one source"),
        ("[170, -10", "[190, -10", "'box' must be"),
        ("EPSG/0/3413", "EPSG/0/999999", "'crs' is not known"),
        ("ex:of/ex:name", "ex:of/", "is not a property path"),
        ("ex:of/ex:name", "foo", "is not a property path"),
        ('values = ["score"', 'values = ["scor"', "Did you mean score?"),
        ('predicate = "owl:sameAs"', "", "needs a predicate"),
        ('annotate = "triple_term"', 'annotate = "none"', "but annotate is none"),
        ("at_least = 0.8", 'normalize = ["cas"]', "Did you mean case?"),
        ("at_least = 0.8", 'missing = "one"', "'missing' has an unknown value"),
        (
            'relations = ["geo:sfWithin", "rcc8"]\ntime = "during"',
            "",
            "needs exactly one condition",
        ),
    ],
)
def test_says_what_is_wrong_with_more(wide: Path, old: str, new: str, words: str) -> None:
    assert old in EVERYTHING
    with pytest.raises(RuleError) as caught:
        read_rules(write(wide, EVERYTHING.replace(old, new)))
    assert words in str(caught.value)
