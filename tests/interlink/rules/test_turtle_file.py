"""Rule files in Turtle say what those in TOML say, and are refused in the same words."""

from dataclasses import replace
from pathlib import Path

import pytest

from geosparql.errors import RuleError
from interlink.rules.read import read_rules
from tests.interlink.rules.test_read import EVERYTHING, GOOD

HEAD = """@prefix rule: <https://w3id.org/earthgraph/rule#> .
@prefix ex: <http://example.org/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix geo: <http://www.opengis.net/ont/geosparql#> .
"""

GOOD_TURTLE = f"""{HEAD}
[] a rule:Rules ;
  rule:left [
    rule:files "a.nt" ;
    rule:class ex:Berg ;
    rule:where [ rule:property ex:day ; rule:value "2017-04-03" ]
  ] ;
  rule:right [ rule:files "b.nt" ] ;
  rule:link [
    rule:relations geo:sfWithin, "eh" ;
    rule:inverse true
  ] , [
    rule:within_m 500 ;
    rule:predicate ex:near
  ] , [
    rule:nearest 3 ;
    rule:max_m 900.5 ;
    rule:predicate ex:nearest ;
    rule:graph ex:g
  ] .
"""

EVERYTHING_TURTLE = f"""{HEAD}
ex:rules a rule:Rules ; rule:annotate "triple_term" ; rule:name "rules" ;
  rule:left ex:left ; rule:right ex:right ; rule:link ( ex:same ex:related ) .

ex:left rule:store "store" ; rule:from_graph ex:g ;
  rule:attributes [ rule:name "name" ; rule:path "rdfs:label|ex:of/ex:name" ] ,
                  [ rule:name "height" ; rule:path ex:height ] ;
  rule:time [ rule:start ex:from ; rule:end "ex:to" ] ;
  rule:geometries "all" ; rule:invalid "skip" ;
  rule:crs <http://www.opengis.net/def/crs/EPSG/0/3413> ;
  rule:box ( 170 -10 -170 10.5 ) ;
  rule:where [ rule:property "ex:of/ex:kind" ; rule:value "a", "b" ] .

ex:right rule:vector "v.gpkg" ; rule:layer "places" ; rule:iri "http://example.org/{{id}}" ;
  rule:attributes "label", "top" ; rule:time [ rule:at "day" ] .

ex:same rule:name "same" ; rule:within_m 200 ; rule:predicate owl:sameAs ;
  rule:symmetric "once" ; rule:combine "min" ; rule:threshold 0.85 ;
  rule:values ( "score" "distance_m" ) ;
  rule:score (
    [ rule:measure "jaro_winkler" ; rule:of ( "name" "label" ) ; rule:weight 0.6 ;
      rule:at_least 0.8 ]
    [ rule:measure "numeric" ; rule:of ( "height" "top" ) ; rule:max_difference 5 ]
    [ rule:measure "distance" ; rule:max_m 200 ; rule:weight 0.4 ; rule:missing "zero" ]
  ) .

ex:related rule:relations geo:sfWithin, "rcc8" ; rule:time "during" ; rule:reduce true ;
  rule:matrix true .
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.nt", "b.nt", "v.gpkg"):
        (tmp_path / name).write_text("")
    (tmp_path / "store").mkdir()
    return tmp_path


@pytest.mark.parametrize(("toml", "turtle"), [(GOOD, GOOD_TURTLE), (EVERYTHING, EVERYTHING_TURTLE)])
def test_both_languages_say_the_same(folder: Path, toml: str, turtle: str) -> None:
    (folder / "rules.toml").write_text(toml)
    (folder / "rules.ttl").write_text(turtle)
    said = [read_rules(folder / f"rules.{suffix}") for suffix in ("toml", "ttl")]
    assert replace(said[1], path=said[0].path) == said[0]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("rule:class ex:Berg", "rule:clas ex:Berg",
         "line 9: [left] has an unknown key: 'clas'. Did you mean class?"),
        ("geo:sfWithin", "geo:sfWhitin", "line 14: [[link]] 1 'relations' has an unknown name"),
        ("rule:nearest 3", "rule:nearest 3.5", "line 20: [[link]] 3 'nearest' has the wrong type"),
        ("rule:max_m 900.5", "rule:max_m 0", "line 21: [[link]] 3 'max_m' must be above zero"),
        ("rule:max_m 900.5", "rule:max_m 1, 2", "line 21: rule:max_m has several values"),
        ("rule:inverse true", 'rule:inverse "yes"', "line 15: [[link]] 1 'inverse' has the wrong"),
        ("ex:Berg", '"Berg"', "line 9: [left] 'class' is not an absolute IRI"),
        ("rule:value ", "rule:valu ", "line 10: rule:where needs rule:property and rule:value"),
        ("a rule:Rules", "a rule:Rule", "has 0 resources of class rule:Rules"),
        ("rule:nearest 3", "rule:nearest", "rules.ttl, line 2"),
        ('"b.nt"', '"gone.nt"', "line 12: [right] A file does not exist"),
    ],
)  # fmt: skip
def test_says_what_is_wrong_and_where(folder: Path, old: str, new: str, words: str) -> None:
    assert old in GOOD_TURTLE
    path = folder / "rules.ttl"
    path.write_text(GOOD_TURTLE.replace(old, new))
    with pytest.raises(RuleError) as caught:
        read_rules(path)
    assert words in str(caught.value)
    assert "rules.ttl" in str(caught.value)
