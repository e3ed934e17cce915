"""Rewrite rules: functions from algebra node to algebra node, one a file."""
