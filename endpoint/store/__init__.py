"""Triple tables: ids, load, update, export."""
