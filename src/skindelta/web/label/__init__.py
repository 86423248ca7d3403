"""The page Label: two photos at a time, which shows more, and how much more."""
