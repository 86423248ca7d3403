"""The forms of the page Timeline: what is entered, changed, exported and erased."""
