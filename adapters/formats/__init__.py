"""File formats that several sources speak."""
