"""Files → `WeightsHeader`: framing checked, headers only."""
