"""The page Timeline: how the skin of one person went."""
