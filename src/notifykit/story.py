"""What happened to a submission, told in plain words."""
