"""The engine of Namegate: pure functions from a name, evidence and a policy to a verdict."""
