"""The parts of the page: each asks for what it shows, and is None where there is nothing to tell."""
