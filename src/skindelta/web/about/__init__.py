"""The page About: what the numbers rest on, and where the data lies."""
