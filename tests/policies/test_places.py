"""Where a track leads is told, where it begins and ends is not: properties of the mask, and attacks on it."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from policies import tables
from policies.places import _centre, coarse, distance_m, hidden

SEED = bytes(range(32))
RULES = tables.data("precision")["places"]
DOOR = (52.5163, 13.3777)
METRE = 1 / 111_195

LATITUDES = st.floats(-84, 84)
LONGITUDES = st.floats(-180, 180)
SEEDS = st.binary(min_size=32, max_size=32)


def way(door, bearing, *, metres=3_000, step=5):
    """Return a straight track away from a door: seconds, latitude, longitude, a point every few metres."""
    along = np.arange(0.0, metres, step)
    north, east = along * math.cos(bearing), along * math.sin(bearing)
    lat = door[0] + north * METRE
    lon = door[1] + east * METRE / math.cos(math.radians(door[0]))
    return along / 2.5, lat, (lon + 180) % 360 - 180


@given(LATITUDES, LONGITUDES, st.floats(0, 2 * math.pi), SEEDS)
def test_hidden_is_all_within_250_m_of_an_end_and_nothing_beyond_750(lat, lon, bearing, seed):
    """Wherever on Earth, whatever the key: near an end nothing is told, far from both everything is."""
    elapsed, latitude, longitude = way((lat, lon), bearing)
    left_out = hidden(elapsed, latitude, longitude, seed)
    for end in (0, -1):
        away = distance_m(latitude, longitude, latitude[end], longitude[end])
        assert left_out[away <= RULES["home_m"] - RULES["offset_m"] - 3].all()
    far = np.minimum(
        distance_m(latitude, longitude, latitude[0], longitude[0]),
        distance_m(latitude, longitude, latitude[-1], longitude[-1]),
    )
    assert not left_out[far > RULES["home_m"] + RULES["offset_m"] + 3].any()


@given(LATITUDES, LONGITUDES, SEEDS)
def test_centre_is_moved_by_half_of_the_longest_offset_at_least(lat, lon, seed):
    """The circle is never drawn around the end itself, and never so far off that the end is not in it."""
    moved = float(distance_m(np.array([lat]), np.array([lon]), *_centre(lat, lon, seed))[0])
    assert RULES["offset_m"] / 2 * 0.98 <= moved <= RULES["offset_m"] * 1.02


def first_seen(door, count, seed=SEED):
    """Return the first visible points of tracks from a door in all directions, in metres north and east."""
    points = []
    for bearing in np.linspace(0, 2 * math.pi, count, endpoint=False):
        elapsed, latitude, longitude = way(door, bearing)
        at = int(np.argmin(hidden(elapsed, latitude, longitude, seed)))
        points.append((latitude[at], longitude[at]))
    lat, lon = np.array(points).T
    return (lat - door[0]) / METRE, (lon - door[1]) / METRE * math.cos(math.radians(door[0]))


def fitted(north, east):
    """Return the centre of the circle through points, by least squares (Kasa)."""
    matrix = np.column_stack([2 * north, 2 * east, np.ones(len(north))])
    found, *_ = np.linalg.lstsq(matrix, north**2 + east**2, rcond=None)
    return found[:2]


@pytest.mark.parametrize("count", [4, 12, 60])
def test_many_tracks_from_one_door_do_not_lead_to_it(count):
    """The circle through all points where tracks come into sight has its centre a hundred metres off."""
    centre = fitted(*first_seen(DOOR, count))
    assert 100 < float(np.hypot(*centre)) < 260


def test_attack_finds_the_door_where_the_circle_is_drawn_around_it(monkeypatch):
    """The attack of the test above works: without the move of the centre it finds the door."""
    monkeypatch.setitem(RULES, "offset_m", 0)
    assert float(np.hypot(*fitted(*first_seen(DOOR, 12)))) < 10


def test_mean_of_scattered_starts_is_as_far_off():
    """Starts that scatter by twenty metres share one move, so averaging over them is no way around it."""
    scatter = np.random.default_rng(1).normal(0, 7, (50, 2)) * METRE
    centres = [_centre(DOOR[0] + one[0], DOOR[1] + one[1], SEED) for one in scatter]
    lat, lon = np.mean(centres, axis=0)
    assert distance_m(np.array([lat]), np.array([lon]), *DOOR)[0] > 100


def test_centre_depends_on_the_key():
    """Another vault draws another circle around the same door, so nobody can work the move out."""
    others = {_centre(*DOOR, bytes([number]) * 32) for number in range(20)}
    assert len(others) == 20


def test_hidden_around_a_pause():
    """Who stops the watch at a friend's house for five minutes does not tell the house; four do not count."""
    elapsed, latitude, longitude = way(DOOR, 0.3, metres=6_000)
    for gap, is_hidden in ((RULES["pause_s"], True), (RULES["pause_s"] - 10, False)):
        stopped = elapsed + np.where(np.arange(len(elapsed)) >= len(elapsed) // 2, gap, 0)
        assert hidden(stopped, latitude, longitude, SEED)[len(elapsed) // 2] == is_hidden


def test_hidden_rows_between_positions_follow_the_one_before():
    """A row of heart rate alone is hidden where the track was, and before the first position."""
    elapsed, latitude, longitude = way(DOOR, 0.3)
    sparse = np.where(np.arange(len(elapsed)) % 2 == 0, np.nan, latitude)
    told = hidden(elapsed, sparse, longitude, SEED)
    assert told[0]
    assert not told.all()
    assert (told[2::2] == told[1:-1:2]).all()


@pytest.mark.parametrize("count", [0, 1, 5])
def test_hidden_where_no_position_is_known(count):
    """Without any position every row is hidden, and a single point is an end."""
    nothing = np.full(count, np.nan)
    assert hidden(np.arange(float(count)), nothing, nothing, SEED).tolist() == [True] * count
    assert hidden(np.zeros(1), np.array([DOOR[0]]), np.array([DOOR[1]]), SEED).tolist() == [True]


def test_hidden_lap_that_never_leaves_is_hidden_whole():
    """A track within 250 m of its start tells no place at all."""
    turn = np.linspace(0, 6 * math.pi, 500)
    lat, lon = DOOR[0] + 100 * METRE * np.sin(turn), DOOR[1] + 100 * METRE * np.cos(turn)
    assert hidden(np.arange(500.0), lat, lon, SEED).all()


@given(LATITUDES, LONGITUDES, LATITUDES, LONGITUDES)
def test_distance_is_that_of_the_sphere(lat, lon, other_lat, other_lon):
    """The distance is symmetric and that of the spherical law of cosines."""
    one = float(distance_m(np.array([lat]), np.array([lon]), other_lat, other_lon)[0])
    back = float(distance_m(np.array([other_lat]), np.array([other_lon]), lat, lon)[0])
    a, b, c = map(math.radians, (lat, other_lat, other_lon - lon))
    cosine = math.sin(a) * math.sin(b) + math.cos(a) * math.cos(b) * math.cos(c)
    assume(abs(cosine) < 0.999)
    assert one == pytest.approx(back)
    assert one == pytest.approx(6_371_008.8 * math.acos(cosine), rel=1e-6)


@given(st.lists(st.floats(-180, 180), min_size=1, max_size=20))
def test_coarse_is_to_about_ten_metres(degrees):
    """Coordinates have four decimals, which moves a point by six metres at most in each direction."""
    values = np.array(degrees)
    told = coarse(values, np.zeros(len(values), bool))
    assert (np.abs(told - values) / METRE < 6).all()
    assert (np.round(told, 4) == told).all()
    assert np.isnan(coarse(values, np.ones(len(values), bool))).all()


def test_hidden_on_real_tracks(samples):
    """On tracks as watches recorded them nothing is told within 240 m of an end, and the rest mostly is."""
    found = sorted(samples.glob("gpx-tcx/**/*.gpx"))
    assert found
    shares = []
    for path in found:
        points = re.findall(r'<trkpt lat="([^"]+)" lon="([^"]+)"', path.read_text("utf-8"))
        latitude, longitude = np.array(points, float).reshape(-1, 2).T
        left_out = hidden(np.arange(float(len(points))), latitude, longitude, SEED)
        for end in (0, -1) if points else ():
            away = distance_m(latitude, longitude, latitude[end], longitude[end])
            assert left_out[away < 240].all(), path.name
        shares.append(1 - left_out.mean() if points else 0)
    assert max(shares) > 0.5


def test_rules_keep_every_end_inside_of_its_circle():
    """Whoever edits the table: the move is shorter than the circle is wide, with something to spare."""
    assert 0 < RULES["offset_m"] <= RULES["home_m"] / 2
    assert RULES["cell_m"] >= 2 * RULES["offset_m"]
    assert RULES["pause_s"] > 0
