"""Changes of the tables, one file each, from an empty database on."""
