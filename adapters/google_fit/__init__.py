"""Google Fit: the folder Fit of a Takeout, its day tables, data streams, sessions and activities."""

from adapters.google_fit.export import GoogleFit

__all__ = ["ADAPTER"]

ADAPTER = GoogleFit()
