"""The demo: the whole path on a made-up person, in a temporary vault, offline."""
