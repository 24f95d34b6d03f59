"""OpenQASM 3."""
