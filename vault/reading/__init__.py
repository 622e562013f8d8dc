"""From stored columns and rows to the tables readers return."""
