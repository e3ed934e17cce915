"""How alike two features are: similarities of texts, numbers, times and shapes."""
