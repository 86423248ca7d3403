"""How the face finder and the landmark network were made."""
