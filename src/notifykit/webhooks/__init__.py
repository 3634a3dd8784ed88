"""What providers tell after acceptance: verified, brought into one form, and kept."""
