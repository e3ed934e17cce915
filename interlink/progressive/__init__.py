"""Progressive linking: the best pairs first, for who has not the time for all."""
