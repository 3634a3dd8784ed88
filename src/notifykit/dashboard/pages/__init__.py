"""The pages: each module holds what one part of the dashboard shows and does."""
