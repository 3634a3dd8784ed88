"""Refusals that come back as mails, found in the mailbox of the sender."""
