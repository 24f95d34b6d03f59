"""What tnsim and its peers cost, side by side in one run; see README.md here."""
