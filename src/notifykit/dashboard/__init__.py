"""A page for whoever runs the bot: what happened to every submission, and what to do."""
