"""Charts of the report: columns in, one accessible SVG out. None asks a vault, none knows a page."""
