"""`WeightsHeader` → `Architecture`, and the claims that a name makes about it."""
