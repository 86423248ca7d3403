"""How the noise table was made."""
