"""Link rules to links."""
