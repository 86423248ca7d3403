"""The page Folder: many photos at once."""
