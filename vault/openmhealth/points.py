"""A data point: a header that says whose, by which schema and from where, and the schema's own body.

``creation_date_time`` is when the source wrote the record, else the end of its time: the moment of an
export says nothing of the data and would make two exports of one vault differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vault.fhir.lines import inside

if TYPE_CHECKING:
    from vault.fhir.codings import Json
    from vault.fhir.shape import Context
    from vault.openmhealth.schemas import Row

__all__ = ["NO_POINT", "frame_of", "point", "quantity", "template"]

NO_POINT = "%.0s" * 6
"""The template of a sample that no data point can tell."""

_INTERVAL = '"time_interval":{"start_date_time":"%s","end_date_time":"%s"}'


def template(
    context: Context, row: Row, source: str, modality: str, says: Json, *, moment: bool, recorded: bool
) -> str:
    """Return a ``%`` format of (id, created, recorded, value, start, end); ``%.0s`` leaves one out."""
    written = ',"source_creation_date_time":"%s"' if recorded else "%.0s"
    frame = '"date_time":"%s"%.0s' if moment else _INTERVAL
    return (
        '{"header":{"id":"%s","creation_date_time":"%s",'
        f"{_inside(_schema_id(row))},"
        f'"acquisition_provenance":{{{_inside({"source_name": source})}{written},'
        f"{_inside({'modality': modality})}}},{_inside({'user_id': context.subject.id})}}},"
        f'"body":{{"{row.field}":{{"value":%s,{_inside({"unit": row.unit})}}},'
        f'"effective_time_frame":{{{frame}}}{"," if says else ""}{_inside(says)}}}}}\n'
    )


def point(
    context: Context, row: Row, name: str, source: str, frame: Json, body: Json, **provenance: str
) -> Json:
    """Return one data point of its own, for what is sparse; ``provenance`` goes beside the source's name."""
    created = frame["time_interval"]["end_date_time"] if "time_interval" in frame else frame["date_time"]
    header: Json = {"id": name, "creation_date_time": created} | _schema_id(row)
    header |= {"acquisition_provenance": {"source_name": source} | provenance}
    header |= {"user_id": context.subject.id}
    return {"header": header, "body": body | {"effective_time_frame": frame}}


def frame_of(when: Json, *, interval: bool = False) -> Json:
    """Return FHIR's ``effective[x]`` as a time frame; ``interval`` even of a moment, where asked for."""
    if "effectivePeriod" in when:
        start, end = when["effectivePeriod"]["start"], when["effectivePeriod"]["end"]
    else:
        start = end = when["effectiveDateTime"]
        if not interval:
            return {"date_time": start}
    return {"time_interval": {"start_date_time": start, "end_date_time": end}}


def quantity(row: Row, value: float) -> Json | float:
    """Return a value with the row's unit, or bare where the schema wants a plain number."""
    return {"value": _number(value), "unit": row.unit} if row.unit else _number(value)


def _number(value: float) -> float:
    """Return a whole number without a point."""
    return int(value) if float(value).is_integer() else value


def _schema_id(row: Row) -> Json:
    return {"schema_id": {"namespace": "omh", "name": row.schema, "version": row.version}}


def _inside(part: Json) -> str:
    """Return the inside of a JSON object, safe in a ``%`` format."""
    return inside(part).replace("%", "%%")
