"""One query over many endpoints."""
