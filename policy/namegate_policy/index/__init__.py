"""Names that exist already: how alike two names look, and an index that finds the alike ones."""
