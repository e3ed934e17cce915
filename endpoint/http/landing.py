"""The page that a person sees at ``/``: what is served here, and a form to ask it."""

from __future__ import annotations

from html import escape

LINKS = (
    ("/sparql", "SPARQL 1.1 with GeoSPARQL 1.1 (GET or POST a query)"),
    ("/stac/", "STAC API: products and what was found in them"),
    ("/store?default", "Graph store: whole graphs (SPARQL 1.1 Graph Store Protocol)"),
    ("/.well-known/void", "What is in the store (VoID)"),
    ("/health", "Is the server well?"),
    ("/api", "Description of the API (OpenAPI)"),
)
EXAMPLE = """PREFIX geo: <http://www.opengis.net/ont/geosparql#>
SELECT ?feature ?wkt WHERE {
  ?feature geo:hasDefaultGeometry|geo:hasGeometry ?geometry .
  ?geometry geo:asWKT ?wkt
} LIMIT 10"""
FORMATS = ("html", "json", "csv", "tsv", "xml", "geojson", "geoparquet")
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 1rem }}
textarea {{ width: 100%; box-sizing: border-box; font: 14px/1.4 ui-monospace, monospace }}
</style>
<h1>{title}</h1>
<ul>
{links}
</ul>
<form action="{root}/sparql" method="get">
<p><label for="query">Query</label></p>
<p><textarea id="query" name="query" rows="12" spellcheck="false">{example}</textarea></p>
<p><label>Format <select name="format">{formats}</select></label>
<button>Ask</button></p>
</form>
</html>
"""


def landing_page(title: str, *, root: str = "", stac: bool = False, store: bool = False) -> str:
    """Write the page.

    Parameters
    ----------
    title
        Name of the service.
    root
        Path under which the service is mounted.
    stac
        Whether a catalogue is served.
    store
        Whether a store is served itself.
    """
    offered = {"/stac/": stac, "/store?default": store, "/.well-known/void": store}
    shown = [(path, text) for path, text in LINKS if offered.get(path, True)]
    links = "\n".join(
        f'<li><a href="{escape(root + path)}">{escape(path)}</a> {escape(text)}</li>'
        for path, text in shown
    )
    formats = "".join(f"<option>{name}</option>" for name in FORMATS)
    return _PAGE.format(
        title=escape(title),
        root=escape(root),
        links=links,
        example=escape(EXAMPLE),
        formats=formats,
    )
