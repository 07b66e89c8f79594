"""A program of the specs that have mistakes."""
