"""Thin FastAPI shells."""
