"""Strava: the bulk export, a zip or folder with activities.csv and the files of the activities."""

from adapters.strava.export import Strava

__all__ = ["ADAPTER"]

ADAPTER = Strava()
