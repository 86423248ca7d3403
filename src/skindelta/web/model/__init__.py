"""The page Model: what is in use, labels so far, training, and whether the new one is better."""
