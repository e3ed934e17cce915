"""The GeoSPARQL 1.1 vocabulary (OGC 22-047r1) as constants and class hierarchies as tables.

Names: a namespace is in capitals (``GEO``), a term is its namespace and its
local name in upper snake case (``GEO_HAS_GEOMETRY``).
"""

from __future__ import annotations

from geosparql.terms import RDF, XSD

GEO = "http://www.opengis.net/ont/geosparql#"
GEOF = "http://www.opengis.net/def/function/geosparql/"
GEOR = "http://www.opengis.net/def/rule/geosparql/"
SF = "http://www.opengis.net/ont/sf#"
GML = "http://www.opengis.net/ont/gml#"
UOM = "http://www.opengis.net/def/uom/OGC/1.0/"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
OWL = "http://www.w3.org/2002/07/owl#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
DCTERMS = "http://purl.org/dc/terms/"
PROV = "http://www.w3.org/ns/prov#"
SOSA = "http://www.w3.org/ns/sosa/"
DCAT = "http://www.w3.org/ns/dcat#"
VOID = "http://rdfs.org/ns/void#"
SPDX = "http://spdx.org/rdf/terms#"
QUDT = "http://qudt.org/schema/qudt/"
QUDT_UNIT = "http://qudt.org/vocab/unit/"
TIME = "http://www.w3.org/2006/time#"
EGL = "https://w3id.org/earthgraph/link#"

NAMESPACES: dict[str, str] = {
    "geo": GEO,
    "geof": GEOF,
    "geor": GEOR,
    "sf": SF,
    "gml": GML,
    "uom": UOM,
    "unit": QUDT_UNIT,
    "xsd": XSD,
    "rdf": RDF,
    "rdfs": RDFS,
    "owl": OWL,
    "skos": SKOS,
    "dcterms": DCTERMS,
    "prov": PROV,
    "sosa": SOSA,
    "dcat": DCAT,
}
"""Prefix to namespace: what output files and the editor declare by default."""

RDF_TYPE = RDF + "type"
RDFS_SUB_CLASS_OF = RDFS + "subClassOf"
RDFS_SUB_PROPERTY_OF = RDFS + "subPropertyOf"
RDFS_LABEL = RDFS + "label"
RDFS_COMMENT = RDFS + "comment"

# Classes (8.2, 9.2, 6.2)
GEO_SPATIAL_OBJECT = GEO + "SpatialObject"
GEO_FEATURE = GEO + "Feature"
GEO_GEOMETRY = GEO + "Geometry"
GEO_SPATIAL_OBJECT_COLLECTION = GEO + "SpatialObjectCollection"
GEO_FEATURE_COLLECTION = GEO + "FeatureCollection"
GEO_GEOMETRY_COLLECTION = GEO + "GeometryCollection"

# Feature to geometry; `hasDefaultGeometry` and `defaultGeometry` both stand since 1.0
GEO_HAS_GEOMETRY = GEO + "hasGeometry"
GEO_HAS_DEFAULT_GEOMETRY = GEO + "hasDefaultGeometry"
GEO_DEFAULT_GEOMETRY = GEO + "defaultGeometry"
GEO_HAS_CENTROID = GEO + "hasCentroid"
GEO_HAS_BOUNDING_BOX = GEO + "hasBoundingBox"

# Size of a spatial object
GEO_HAS_SIZE = GEO + "hasSize"
GEO_HAS_LENGTH = GEO + "hasLength"
GEO_HAS_PERIMETER_LENGTH = GEO + "hasPerimeterLength"
GEO_HAS_AREA = GEO + "hasArea"
GEO_HAS_VOLUME = GEO + "hasVolume"
GEO_HAS_METRIC_SIZE = GEO + "hasMetricSize"
GEO_HAS_METRIC_LENGTH = GEO + "hasMetricLength"
GEO_HAS_METRIC_PERIMETER_LENGTH = GEO + "hasMetricPerimeterLength"
GEO_HAS_METRIC_AREA = GEO + "hasMetricArea"
GEO_HAS_METRIC_VOLUME = GEO + "hasMetricVolume"

# Properties of a geometry
GEO_DIMENSION = GEO + "dimension"
GEO_COORDINATE_DIMENSION = GEO + "coordinateDimension"
GEO_SPATIAL_DIMENSION = GEO + "spatialDimension"
GEO_IS_EMPTY = GEO + "isEmpty"
GEO_IS_SIMPLE = GEO + "isSimple"
GEO_HAS_SERIALIZATION = GEO + "hasSerialization"
GEO_HAS_SPATIAL_RESOLUTION = GEO + "hasSpatialResolution"
GEO_HAS_METRIC_SPATIAL_RESOLUTION = GEO + "hasMetricSpatialResolution"
GEO_HAS_SPATIAL_ACCURACY = GEO + "hasSpatialAccuracy"
GEO_HAS_METRIC_SPATIAL_ACCURACY = GEO + "hasMetricSpatialAccuracy"

# Serializations
GEO_AS_WKT = GEO + "asWKT"
GEO_AS_GML = GEO + "asGML"
GEO_AS_GEOJSON = GEO + "asGeoJSON"
GEO_AS_KML = GEO + "asKML"
GEO_AS_DGGS = GEO + "asDGGS"
GEO_WKT_LITERAL = GEO + "wktLiteral"
GEO_GML_LITERAL = GEO + "gmlLiteral"
GEO_GEOJSON_LITERAL = GEO + "geoJSONLiteral"
GEO_KML_LITERAL = GEO + "kmlLiteral"
GEO_DGGS_LITERAL = GEO + "dggsLiteral"

# Topological properties (7.2 to 7.4)
GEO_SF_EQUALS = GEO + "sfEquals"
GEO_SF_DISJOINT = GEO + "sfDisjoint"
GEO_SF_INTERSECTS = GEO + "sfIntersects"
GEO_SF_TOUCHES = GEO + "sfTouches"
GEO_SF_CROSSES = GEO + "sfCrosses"
GEO_SF_WITHIN = GEO + "sfWithin"
GEO_SF_CONTAINS = GEO + "sfContains"
GEO_SF_OVERLAPS = GEO + "sfOverlaps"
GEO_EH_EQUALS = GEO + "ehEquals"
GEO_EH_DISJOINT = GEO + "ehDisjoint"
GEO_EH_MEET = GEO + "ehMeet"
GEO_EH_OVERLAP = GEO + "ehOverlap"
GEO_EH_COVERS = GEO + "ehCovers"
GEO_EH_COVERED_BY = GEO + "ehCoveredBy"
GEO_EH_INSIDE = GEO + "ehInside"
GEO_EH_CONTAINS = GEO + "ehContains"
GEO_RCC8_EQ = GEO + "rcc8eq"
GEO_RCC8_DC = GEO + "rcc8dc"
GEO_RCC8_EC = GEO + "rcc8ec"
GEO_RCC8_PO = GEO + "rcc8po"
GEO_RCC8_TPPI = GEO + "rcc8tppi"
GEO_RCC8_TPP = GEO + "rcc8tpp"
GEO_RCC8_NTPP = GEO + "rcc8ntpp"
GEO_RCC8_NTPPI = GEO + "rcc8ntppi"

SUB_CLASSES: tuple[tuple[str, str], ...] = (
    (GEO_SPATIAL_OBJECT_COLLECTION, RDFS + "Container"),
    (GEO_FEATURE, GEO_SPATIAL_OBJECT),
    (GEO_GEOMETRY, GEO_SPATIAL_OBJECT),
    (GEO_FEATURE_COLLECTION, GEO_SPATIAL_OBJECT_COLLECTION),
    (GEO_GEOMETRY_COLLECTION, GEO_SPATIAL_OBJECT_COLLECTION),
)
"""(class, its super class) among the GeoSPARQL classes."""

SUB_PROPERTIES: tuple[tuple[str, str], ...] = (
    (GEO_HAS_DEFAULT_GEOMETRY, GEO_HAS_GEOMETRY),
    (GEO_DEFAULT_GEOMETRY, GEO_HAS_GEOMETRY),
    (GEO_HAS_CENTROID, GEO_HAS_GEOMETRY),
    (GEO_HAS_BOUNDING_BOX, GEO_HAS_GEOMETRY),
    (GEO_AS_WKT, GEO_HAS_SERIALIZATION),
    (GEO_AS_GML, GEO_HAS_SERIALIZATION),
    (GEO_AS_GEOJSON, GEO_HAS_SERIALIZATION),
    (GEO_AS_KML, GEO_HAS_SERIALIZATION),
    (GEO_AS_DGGS, GEO_HAS_SERIALIZATION),
    (GEO_HAS_LENGTH, GEO_HAS_SIZE),
    (GEO_HAS_PERIMETER_LENGTH, GEO_HAS_SIZE),
    (GEO_HAS_AREA, GEO_HAS_SIZE),
    (GEO_HAS_VOLUME, GEO_HAS_SIZE),
    (GEO_HAS_METRIC_LENGTH, GEO_HAS_METRIC_SIZE),
    (GEO_HAS_METRIC_PERIMETER_LENGTH, GEO_HAS_METRIC_SIZE),
    (GEO_HAS_METRIC_AREA, GEO_HAS_METRIC_SIZE),
    (GEO_HAS_METRIC_VOLUME, GEO_HAS_METRIC_SIZE),
)
"""(property, its super property)."""

SF_SUB_CLASSES: tuple[tuple[str, str], ...] = (
    (SF + "Geometry", GEO_GEOMETRY),
    (SF + "Point", SF + "Geometry"),
    (SF + "Curve", SF + "Geometry"),
    (SF + "Surface", SF + "Geometry"),
    (SF + "GeometryCollection", SF + "Geometry"),
    (SF + "LineString", SF + "Curve"),
    (SF + "Line", SF + "LineString"),
    (SF + "LinearRing", SF + "LineString"),
    (SF + "Polygon", SF + "Surface"),
    (SF + "PolyhedralSurface", SF + "Surface"),
    (SF + "Triangle", SF + "Polygon"),
    (SF + "Envelope", SF + "Polygon"),
    (SF + "TIN", SF + "PolyhedralSurface"),
    (SF + "MultiPoint", SF + "GeometryCollection"),
    (SF + "MultiCurve", SF + "GeometryCollection"),
    (SF + "MultiSurface", SF + "GeometryCollection"),
    (SF + "MultiLineString", SF + "MultiCurve"),
    (SF + "MultiPolygon", SF + "MultiSurface"),
)
"""(class, its super class) of the Simple Features vocabulary that comes with GeoSPARQL 1.1."""

GML_SUB_CLASSES: tuple[tuple[str, str], ...] = (
    (GML + "AbstractCurveSegment", GEO_GEOMETRY),
    (GML + "AbstractGeometry", GEO_GEOMETRY),
    (GML + "AbstractSurfacePatch", GEO_GEOMETRY),
    (GML + "AbstractGeometricAggregate", GML + "AbstractGeometry"),
    (GML + "AbstractGeometricPrimitive", GML + "AbstractGeometry"),
    (GML + "AbstractImplicitGeometry", GML + "AbstractGeometry"),
    (GML + "AbstractParametricCurveSurface", GML + "AbstractSurfacePatch"),
    (GML + "ArcByCenterPoint", GML + "AbstractCurveSegment"),
    (GML + "ArcString", GML + "AbstractCurveSegment"),
    (GML + "ArcStringByBulge", GML + "AbstractCurveSegment"),
    (GML + "Clothoid", GML + "AbstractCurveSegment"),
    (GML + "GeodesicString", GML + "AbstractCurveSegment"),
    (GML + "GeometricComplex", GML + "AbstractGeometry"),
    (GML + "LineStringSegment", GML + "AbstractCurveSegment"),
    (GML + "OffsetCurve", GML + "AbstractCurveSegment"),
    (GML + "PolygonPatch", GML + "AbstractSurfacePatch"),
    (GML + "SplineCurve", GML + "AbstractCurveSegment"),
    (GML + "AbstractCurve", GML + "AbstractGeometricPrimitive"),
    (GML + "AbstractGriddedSurface", GML + "AbstractParametricCurveSurface"),
    (GML + "AbstractSolid", GML + "AbstractGeometricPrimitive"),
    (GML + "AbstractSurface", GML + "AbstractGeometricPrimitive"),
    (GML + "Arc", GML + "ArcString"),
    (GML + "ArcByBulge", GML + "ArcStringByBulge"),
    (GML + "BSpline", GML + "SplineCurve"),
    (GML + "CircleByCenterPoint", GML + "ArcByCenterPoint"),
    (GML + "Composite", GML + "GeometricComplex"),
    (GML + "Geodesic", GML + "GeodesicString"),
    (GML + "Grid", GML + "AbstractImplicitGeometry"),
    (GML + "MultiGeometry", GML + "AbstractGeometricAggregate"),
    (GML + "MultiGeometry", GML + "AbstractGeometry"),
    (GML + "Point", GML + "AbstractGeometricPrimitive"),
    (GML + "PolynomialSpline", GML + "SplineCurve"),
    (GML + "Rectangle", GML + "PolygonPatch"),
    (GML + "Triangle", GML + "PolygonPatch"),
    (GML + "Bezier", GML + "BSpline"),
    (GML + "Circle", GML + "Arc"),
    (GML + "Cone", GML + "AbstractGriddedSurface"),
    (GML + "CubicSpline", GML + "PolynomialSpline"),
    (GML + "Cylinder", GML + "AbstractGriddedSurface"),
    (GML + "LineString", GML + "AbstractCurve"),
    (GML + "LineString", GML + "LineStringSegment"),
    (GML + "MultiCurve", GML + "AbstractGeometricAggregate"),
    (GML + "MultiCurve", GML + "MultiGeometry"),
    (GML + "MultiPoint", GML + "AbstractGeometricAggregate"),
    (GML + "MultiPoint", GML + "MultiGeometry"),
    (GML + "MultiSolid", GML + "AbstractGeometricAggregate"),
    (GML + "MultiSolid", GML + "MultiGeometry"),
    (GML + "MultiSurface", GML + "AbstractGeometricAggregate"),
    (GML + "MultiSurface", GML + "MultiGeometry"),
    (GML + "OrientableCurve", GML + "AbstractCurve"),
    (GML + "OrientableCurve", GML + "AbstractGeometricPrimitive"),
    (GML + "OrientableSurface", GML + "AbstractGeometricPrimitive"),
    (GML + "OrientableSurface", GML + "AbstractSurface"),
    (GML + "RectifiedGrid", GML + "Grid"),
    (GML + "Solid", GML + "AbstractGeometricPrimitive"),
    (GML + "Solid", GML + "AbstractSolid"),
    (GML + "Sphere", GML + "AbstractGriddedSurface"),
    (GML + "CompositeCurve", GML + "AbstractCurve"),
    (GML + "CompositeCurve", GML + "Composite"),
    (GML + "CompositeCurve", GML + "OrientableCurve"),
    (GML + "CompositeSolid", GML + "AbstractSolid"),
    (GML + "CompositeSolid", GML + "Composite"),
    (GML + "CompositeSolid", GML + "Solid"),
    (GML + "CompositeSurface", GML + "AbstractSurface"),
    (GML + "CompositeSurface", GML + "Composite"),
    (GML + "CompositeSurface", GML + "OrientableSurface"),
    (GML + "Curve", GML + "AbstractCurve"),
    (GML + "Curve", GML + "AbstractGeometricPrimitive"),
    (GML + "Curve", GML + "OrientableCurve"),
    (GML + "Surface", GML + "AbstractGeometricPrimitive"),
    (GML + "Surface", GML + "AbstractSurface"),
    (GML + "Surface", GML + "OrientableSurface"),
    (GML + "Polygon", GML + "AbstractSurface"),
    (GML + "Polygon", GML + "Surface"),
    (GML + "PolyhedralSurface", GML + "Surface"),
    (GML + "Ring", GML + "CompositeCurve"),
    (GML + "Ring", GML + "Curve"),
    (GML + "Shell", GML + "CompositeSurface"),
    (GML + "LinearRing", GML + "Ring"),
    (GML + "TriangulatedSurface", GML + "PolyhedralSurface"),
    (GML + "Tin", GML + "TriangulatedSurface"),
)
"""(class, super class) of the GML 3.2 geometry hierarchy (OGC 07-036).

All pairs of the OGC's own ontology for the namespace, and those of the schema's
abstract classes, which it leaves out. A class may have several super classes.
"""
