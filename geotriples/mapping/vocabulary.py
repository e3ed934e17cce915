"""IRIs of the mapping languages: RML's modules and our own few for geospatial sources."""

from __future__ import annotations

RML = "http://w3id.org/rml/"
CSVW = "http://www.w3.org/ns/csvw#"
SPARQL_ENDPOINT = "http://www.w3.org/ns/sparql-service-description#endpoint"
DCAT = "http://www.w3.org/ns/dcat#"
D2RQ = "http://www.wiwiss.fu-berlin.de/suhl/bizer/D2RQ/0.1#"
FORMATS = "http://www.w3.org/ns/formats/"

RRXF = "http://www.w3.org/ns/r2rml-ext/functions/def/"
"""Functions of GeoTriples (prefix ``rrxf:``)."""

EGR = "https://w3id.org/earthgraph/rml#"
"""Our namespace (prefix ``egr:``): what RML has no word for.

=========================  =========================================================
reference formulations
egr:Vector                 any vector file; `rml:iterator` names the layer
egr:ClassRaster            a raster of classes; each region of equal class is a row
egr:RasterCells            the same, cell by cell
egr:RasterZones            what a raster holds within the features of another source
egr:Excel                  a spreadsheet; `rml:iterator` names the sheet
egr:Parquet                a Parquet file
egr:STAC                   STAC items: a file of one, of many, or an API's pages
egr:OGCAPIFeatures         items of a collection, page by page; the source is the
                           address of its ``items``
source
egr:Database               the database that the caller names (`earthgraph convert --database`)
of a logical source
egr:crs                    CRS IRI of the source; stands in for one the file lacks
egr:box                    only features that touch a box: ``xmin ymin xmax ymax`` in the
                           CRS of the source
egr:invalid                ``keep``, ``repair`` or ``reject`` invalid geometries, and count them
egr:transformTo            CRS IRI that geometries are transformed to
egr:where                  OGR attribute filter of a vector source
of a raster (`rml:iterator` names the variable of a file with several)
egr:band                   band, from 1 (default 1)
egr:nodata                 further values that stand for no class
egr:classTable             CSV file with a column ``value``, or SKOS concepts in Turtle
                           with notations: further references of a class; by default
                           those that the file itself holds
egr:confidenceBand         band or variable whose mean is the ``confidence``
egr:zones                  logical source of the features; ``zone.x`` refers to its ``x``
egr:valueBand              band or variable whose ``mean``, ``min`` and ``max`` is given
egr:by                     ``class`` (default): a row for each class; or ``zone``: one row
egr:block                  side of a cell in pixels (default 1)
egr:connectivity           4 (default): regions grow through sides; 8: corners too
egr:sievePixels            give smaller regions the class of their largest neighbour
egr:minimumPixels          drop regions of fewer pixels
egr:minimumArea            drop regions of fewer square metres
egr:simplify               tolerance in units of the CRS; shared borders stay shared
of a function
egr:geometry, egr:radius … argument of a geof: function, by its name
egr:p1, egr:p2 …           the same by position, of any function
of a join condition        (the geometries are `rml:child` and `rml:parent`)
egr:spatialRelation        relation of GeoSPARQL that holds: geo:sfIntersects …
egr:distance               how far apart they are at most, in metres or in `egr:unit`
egr:unit                   IRI of a unit of length, or egr:crsUnit: the unit of the CRS
of a run                   (`geotriples.provenance`)
egr:rowsRead               rows of all sources
egr:problem                something that was wrong with rows: its label, and
egr:rows                   how many there were
=========================  =========================================================

References that are no columns of the file: ``geometry`` and ``fid`` of a vector
source; ``class``, ``region``, ``pixel_count``, ``area_m2``, ``confidence`` and
``geometry`` of a class raster; ``cell`` and ``share`` in place of ``region`` where it
is read cell by cell; ``_file``, the name of the file without its extension, of any source
(a path with ``*`` or ``?`` stands for many files). A reference to a geometry makes
a literal of the datatype that the object map states, WKT by default, with its CRS.
"""

JSON_PATH = RML + "JSONPath"
CSV = RML + "CSV"
SQL_TABLE = RML + "SQL2008Table"
SQL_QUERY = RML + "SQL2008Query"
FORMATS = "http://www.w3.org/ns/formats/"
SPARQL_CSV = FORMATS + "SPARQL_Results_CSV"
XPATH = RML + "XPath"
NAMESPACE = RML + "namespace#"
"""Option of an XML source: the IRI of the namespace whose prefix follows."""
VECTOR = EGR + "Vector"
CLASS_RASTER = EGR + "ClassRaster"
RASTER_CELLS = EGR + "RasterCells"
RASTER_ZONES = EGR + "RasterZones"
EXCEL = EGR + "Excel"
PARQUET = EGR + "Parquet"
STAC = EGR + "STAC"
OGC_FEATURES = EGR + "OGCAPIFeatures"
CRS_UNIT = EGR + "crsUnit"
CALLERS_DATABASE = EGR + "Database"

DEFAULT_GRAPH = RML + "defaultGraph"
MAPPING_DIRECTORY = RML + "MappingDirectory"
CURRENT_WORKING_DIRECTORY = RML + "CurrentWorkingDirectory"

RECORD = "<it>"
"""The key of a whole row (RML-LV), which documents give as text."""
INDEX = "#"
"""The key of a row's position, and the end of the keys of records' positions."""
