"""Finds out why mail does not go out, and says what to do."""
