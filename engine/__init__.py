"""The two places where relations run, DuckDB and Spark, behind one protocol."""
