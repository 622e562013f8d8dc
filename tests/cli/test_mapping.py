"""Tables of one's own on the command line: a proposal, a trial, an import, and the question of the dates."""

from __future__ import annotations

import json
from pathlib import Path

SHEET = "Day;Clock;Weight (kg);Remark\n28.03.2026;07:05;81,4;Sesame\n30.03.2026;07:10;81,1;\n"
LIBRE = (
    "Device,Serial Number,Device Timestamp,Record Type,Historic Glucose mg/dL\n"
    "FreeStyle Libre 3,1,05-12-2025 16:25,0,113\nFreeStyle Libre 3,1,05-12-2025 16:30,0,115\n"
)


def test_map_proposes_what_can_be_imported_by(shell):
    """From a sheet to samples in the vault without a mapping written by hand; twice adds nothing."""
    Path("scale.csv").write_text(SHEET, "utf-8")
    assert shell.line("vitalvault map scale.csv --out scale.toml").code == 0
    assert "81" not in Path("scale.toml").read_text("utf-8")
    first = shell.line("vitalvault import scale.csv --map scale.toml --json")
    assert (first.code, json.loads(first.out)["added"]) == (0, 2)
    again = shell.line("vitalvault import scale.csv --map scale.toml --json")
    assert json.loads(again.out)["duplicate"] == 2


def test_map_does_not_overwrite_a_mapping_unless_it_is_told(shell):
    """What somebody has mended by hand stays."""
    Path("scale.csv").write_text(SHEET, "utf-8")
    Path("scale.toml").write_text("mine", "utf-8")
    assert shell.line("vitalvault map scale.csv --out scale.toml").code == 1
    assert Path("scale.toml").read_text("utf-8") == "mine"
    assert shell.line("vitalvault map scale.csv --out scale.toml --force").code == 0


def test_map_check_needs_no_vault_and_lists_what_is_not_mapped(bare):
    """A trial reads the table only, shows values to who asked, and names the columns that are passed over."""
    Path("scale.csv").write_text(SHEET, "utf-8")
    bare.line("vitalvault map scale.csv > scale.toml")
    ran = bare.line("vitalvault map scale.csv --check scale.toml")
    assert ran.code == 0
    assert "2 rows: 2 accepted" in ran.out
    assert "body_mass 81.4" in ran.out
    assert ran.err == "vitalvault: columns that are not mapped: Remark\n"
    assert not Path("my.vault").exists()


def test_map_check_of_a_table_in_which_nothing_is_right_names_no_time(bare):
    """The reasons are counted; a span of nothing is not shown."""
    Path("scale.csv").write_text(SHEET, "utf-8")
    bare.line("vitalvault map scale.csv > scale.toml")
    Path("scale.csv").write_text(SHEET.replace("81,", "x"), "utf-8")
    ran = bare.line("vitalvault map scale.csv --check scale.toml")
    assert "2 rows: 0 accepted\n  2 bad-value\n" in ran.out
    assert "None" not in ran.out


def test_mapping_of_another_table_is_told_by_a_column_it_asks_for(shell):
    """Nothing of the mapping is in the table: the table is no damaged download."""
    Path("scale.csv").write_text(SHEET, "utf-8")
    assert shell.line("vitalvault map scale.csv --out scale.toml").code == 0
    Path("gym.csv").write_text("Exercise,Reps\nSquat,5\n", "utf-8")
    for line in ("import gym.csv --map scale.toml", "map gym.csv --check scale.toml"):
        ran = shell.line(f"vitalvault {line}")
        assert ran.code == 1
        assert "a table without a column of the mapping" in ran.err
        assert "it lacks 'Day'" in ran.err


def test_mapping_that_is_wrong_is_told_in_words(shell):
    """No traceback, no cell: what in the mapping can't be used, and where to read on."""
    Path("scale.csv").write_text(SHEET, "utf-8")
    Path("scale.toml").write_text('name = "a"\nkind = "body"\n', "utf-8")
    for line in ("import scale.csv --map scale.toml", "map scale.csv --check scale.toml"):
        ran = shell.line(f"vitalvault {line}")
        assert ran.code == 1
        assert "a mapping that can't be used: time" in ran.err
        assert "hint: 'vitalvault map FILE' proposes one" in ran.err


def test_import_asks_for_the_order_of_dates_where_nobody_can_know_it(shell):
    """The error says which option answers; with the answer the readings are in."""
    Path("libre.csv").write_text(LIBRE, "utf-8")
    asked = shell.line("vitalvault import libre.csv")
    assert asked.code == 1
    assert "--dates dmy or --dates mdy" in asked.err
    assert shell.line("vitalvault import libre.csv --dates dmy").code == 0
    shown = shell.line("vitalvault show glucose_interstitial --json")
    assert [day["date"] for day in json.loads(shown.out)] == ["2025-12-05"]
