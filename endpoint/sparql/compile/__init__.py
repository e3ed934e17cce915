"""Algebra to relations."""
