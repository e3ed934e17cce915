"""Sources and mapping files to triples."""
