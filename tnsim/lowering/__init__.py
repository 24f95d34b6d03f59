"""From a circuit and a question to tensor networks whose structure is settled before numbers."""
