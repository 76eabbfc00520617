"""Text → `ModelName`: split, read, parse."""
