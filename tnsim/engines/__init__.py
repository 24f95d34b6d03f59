"""The engines: each answers questions about a circuit by one method."""
