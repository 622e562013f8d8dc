"""Apple Health: ``export.zip``, the folder inside it, or ``export.xml`` alone."""

from adapters.apple_health.export import AppleHealth

__all__ = ["ADAPTER"]

ADAPTER = AppleHealth()
