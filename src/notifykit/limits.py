"""How much may be sent in how much time."""
