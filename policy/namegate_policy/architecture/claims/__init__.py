"""The claims that a name makes, each compared with the facts: fits, contradicted, or not decidable."""
