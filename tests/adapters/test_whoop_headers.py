"""WHOOP's tables as accounts without tracks have them: three columns fewer, in any language."""

from __future__ import annotations

import pytest

from adapters.base import Options
from adapters.whoop import ADAPTER
from adapters.whoop.sheets import layout_of
from vault.records import Samples, Workout

CYCLES = (
    "Hora de inicio del ciclo,Hora de finalización del ciclo,Zona horaria del ciclo,"
    "Puntuación de recuperación (%),Frecuencia cardíaca en reposo (lpm),"
    "Variabilidad de la frecuencia cardíaca (ms),Temp. cutánea (grados centígrados),Oxígeno en sangre %,"
    "Esfuerzo del día,Energía quemada (cal),FC máx. (lpm),FC promedio (lpm),Inicio del sueño,"
    "Inicio de la vigilia,Calificación del sueño (%),Frecuencia respiratoria (rpm),Duración del sueño (min),"
    "Tiempo en la cama (min),Duración de sueño ligero (min),Duración de sueño profundo (SWS) (min),"
    "Duración de sueño REM (min),Tempo despierto/a (min),Sueño necesario (min),Deuda de sueño (min),"
    "Eficiencia del sueño %,Regularidad del sueño %"
)
WORKOUTS = (
    "Hora de inicio del ciclo,Hora de finalización del ciclo,Zona horaria del ciclo,"
    "Hora de inicio del entrenamiento,Hora de finalización del entrenamiento,Duración (min),"
    "Nombre de la actividad,Esfuerzo de actividad,Energía quemada (cal),FC máx. (lpm),FC promedio (lpm),"
    "Zona FC 1%,Zona FC 2%,Zona FC 3%,Zona FC 4%,Zona FC 5%,GPS habilitado"
)
UNKNOWN = ",".join(f"colonne {place}" for place in range(17))
RUN = (
    "2025-03-29 23:10:00,2025-03-30 23:20:00,UTC+02:00,2025-03-30 17:00:00,2025-03-30 17:45:00,45,Running,"
    "10.2,420,171,148,5,20,40,25,10,false"
)


@pytest.mark.parametrize("header", [WORKOUTS, UNKNOWN, ",".join(reversed(WORKOUTS.split(",")))])
def test_workouts_without_tracks_are_workouts(tmp_path, header):
    """Their energy is never that of a day."""
    cells = RUN.split(",")
    row = ",".join(reversed(cells)) if header.startswith("GPS") else RUN
    (tmp_path / "entrenamientos.csv").write_text(f"{header}\n{row}\n", "utf-8")
    found = list(ADAPTER.read(tmp_path, Options()))
    (one,) = [record for record in found if isinstance(record, Workout)]
    assert (one.activity, one.energy_kcal, one.hr_max, one.distance_m) == ("running", 420.0, 171.0, None)
    assert one.details["hr_zone_3_percent"] == 40.0
    assert not [record for record in found if isinstance(record, Samples)]


def test_spanish_names_are_known_wherever_they_stand():
    """As an account of 2026 has them."""
    for header, sheet in ((CYCLES, "cycles"), (WORKOUTS, "workouts")):
        names = header.split(",")
        straight, turned = (layout_of([*some, "x"], []) for some in (names, names[::-1]))
        assert straight == turned
        assert straight is not None
        assert (straight.sheet, len(straight.columns)) == (sheet, len(names))
