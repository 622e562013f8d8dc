"""A vault of a few records, which is the same whatever the order they came in and however often."""

from __future__ import annotations

from contextlib import ExitStack

import pandas as pd
import pytest

import vault


@pytest.fixture
def kept(tmp_path, cheap_keys, clock):
    """Return what makes a vault at a home zone that holds records.

    It is asked to be the same as one that was told them one by one from the last to the first, and the first
    again at the end.
    """
    with ExitStack() as opened:

        def made(name, home, *imports):
            path, words = tmp_path / name, "correct horse"
            one = opened.enter_context(vault.create(path, words, home_zone=home, clock=clock))
            for records in imports:
                one.ingest(records)
            return one

        def kept_at(home, records):
            one = made("a.vault", home, records)
            assert one.ingest(records).added == 0
            other = made("b.vault", home, *([record] for record in reversed(records)), records[:1])
            for read in ("sleep", "metrics"):
                pd.testing.assert_frame_equal(getattr(one, read)(), getattr(other, read)())
            for metric in one.metrics()["metric"]:
                if metric != "sleep_stage":
                    pd.testing.assert_frame_equal(one.daily(metric), other.daily(metric))
            for session in one.sleep()["session_id"]:
                pd.testing.assert_frame_equal(one.sleep_stages(session), other.sleep_stages(session))
            return one

        yield kept_at
