"""The page Compare: two photos in, what changed out."""
