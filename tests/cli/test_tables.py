"""Tables that people read: what is not known is a dash, and numbers stand to the right."""

from __future__ import annotations

import pandas as pd

from cli.output import emit_frame


def test_table_shows_what_is_unknown_as_a_dash(capsys):
    """An unknown offset, instant, number or text is no error, whatever pandas calls it."""
    frame = pd.DataFrame(
        {
            "start": pd.to_datetime(["2026-03-29T08:00:00Z", None]),
            "utc_offset_min": pd.array([120, None], "Int16"),
            "value": [61.5, float("nan")],
            "text": pd.array(["a", None], object),
        }
    )
    emit_frame(frame, as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["2026-03-29T08:00:00Z", "120", "61.5", "a"]
    assert lines[2].split() == ["-", "-", "-", "-"]
