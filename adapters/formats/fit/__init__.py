"""FIT, the binary format of sports watches and bicycle computers, as numpy columns.

for file in decode(data):
    records = file.messages("record")
    records.number("heart_rate"), file.time(records)
"""

from adapters.formats.fit.columns import Columns
from adapters.formats.fit.file import MAX_BYTES, FitFile, decode, is_fit
from adapters.formats.fit.times import instants_of

__all__ = ["MAX_BYTES", "Columns", "FitFile", "decode", "instants_of", "is_fit"]
