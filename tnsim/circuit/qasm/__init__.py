"""What the readers and writers of OpenQASM 2 and 3 share."""
