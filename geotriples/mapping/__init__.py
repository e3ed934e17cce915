"""Mapping files (RML) read into one frozen model."""
