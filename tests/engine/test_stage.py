"""What a declaration accepts, refuses and says; the invalid values are derived from the kinds themselves."""

from __future__ import annotations

import math
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import rasterio
from conftest import ROOT

from landloom import stage as kinds
from landloom.errors import LandloomError, ParameterError
from landloom.job import Job
from landloom.runner import run_stage
from landloom.stage import Stage, declare
from landloom.stages import STAGES, find_stage

PARAMETERS = [(stage, name, kind) for stage in STAGES for name, kind in stage.parameters().items()]
NAMES = [f"{stage.id}-{name}" for stage, name, _ in PARAMETERS]


def refused(kind, value) -> bool:
    try:
        kind.accept(value)
    except (ValueError, TypeError, OverflowError, ParameterError):
        return True
    return False


# --- the kinds of all stages, against what they say of themselves ------------------------------------


@pytest.mark.parametrize(("stage", "name", "kind"), PARAMETERS, ids=NAMES)
def test_a_default_is_accepted_by_its_own_kind_and_stays_what_it_is(stage, name, kind):
    if kind.default is not None:
        assert kind.accept(kind.default) == kind.default
        assert type(kind.accept(kind.default)) is type(kind.default)


@pytest.mark.parametrize(("stage", "name", "kind"), PARAMETERS, ids=NAMES)
def test_values_beyond_what_a_kind_says_are_refused_in_one_form(stage, name, kind):
    beyond: list[Any] = [object()]
    if isinstance(kind, (kinds.Integer, kinds.Number)):
        step = 1 if isinstance(kind, kinds.Integer) else 1e-9
        beyond += ["many", True, math.nan, math.inf, [3]]
        beyond += [10**400] if isinstance(kind, kinds.Number) else []
        beyond += [] if kind.minimum is None else [kind.minimum - step]
        beyond += [] if kind.maximum is None else [kind.maximum + step]
        inside = [b for b in (kind.minimum, kind.maximum) if b is not None] or [0]
    elif isinstance(kind, kinds.Choice):
        beyond += [*(f"{word}x" for word in kind.choices), *kind.choices.values(), ["a"]]
        inside = list(kind.choices)
    elif isinstance(kind, kinds.Flag):
        beyond += ["perhaps", 2, -1]
        inside = [True, False]
    elif isinstance(kind, (kinds.FileIn, kinds.FileOut)):
        beyond += ["file.xyz", "file", ".", 5] if kind.extensions else [5]
        inside = [f"some folder/Wälder.{extension}" for extension in kind.extensions or ["any"]]
    elif isinstance(kind, kinds.Bands):
        beyond += ["B2,,B8", "7-1", 5]
        inside = [("B2", "8")]
    else:
        beyond += [5, 0.5]
        inside = []
    for value in inside:
        assert kind.accept(value) == value
    for value in beyond:
        assert refused(kind, value), value
        with pytest.raises(ParameterError) as caught:
            stage.from_values({**required(stage), name: value})
        expected = f"The '{name}' parameter of {stage.title} must be {kind.expected()}. Got {value!r} instead."
        assert str(caught.value) == expected


def required(stage) -> dict:
    """Values for what a stage must be given."""
    values = {
        kinds.Raster: "a.tif", kinds.Vector: "a.gpkg", kinds.Field: "class", kinds.FileIn: "a.parquet",
        kinds.FolderIn: "a_folder", kinds.Integer: 2025,
    }  # fmt: skip
    found = {}
    for name, kind in stage.parameters().items():
        if kind.default is None and not kind.optional and not isinstance(kind, kinds.FileOut):
            extensions = getattr(kind, "extensions", ())
            found[name] = f"a.{extensions[0]}" if extensions else 6 if name == "month" else values[type(kind)]
    return found


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.id)
def test_a_required_parameter_is_asked_for_by_name(stage):
    for name in required(stage):
        kind = stage.parameters()[name]
        given = {n: v for n, v in required(stage).items() if n != name}
        with pytest.raises(ParameterError) as caught:
            stage.from_values(given)
        message = f"The '{name}' parameter of {stage.title} is missing: it must be {kind.expected()}."
        assert str(caught.value).startswith(message)
        assert not kind.variable or kind.variable in str(caught.value)


# --- single kinds -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "value", "accepted"),
    [
        (kinds.Integer("x"), "12", 12),
        (kinds.Integer("x"), 12.0, 12),
        (kinds.Number("x"), "0.25", 0.25),
        (kinds.Number("x"), 1, 1.0),
        (kinds.Flag("x"), "Yes", True),
        (kinds.Flag("x"), "0", False),
        (kinds.Choice("x", choices={"512": "512 pixels"}), 512, "512"),
        (kinds.Rasters("x"), "a b.tif", ("a b.tif",)),
        (kinds.Rasters("x"), ["a.tif", Path("b.tif")], ("a.tif", "b.tif")),
        (kinds.FilesIn("x", extensions=("csv",)), "a b.csv", ("a b.csv",)),
        (kinds.FilesIn("x"), ["a.csv", Path("b.txt")], ("a.csv", "b.txt")),
        (kinds.Bands("x"), "B2, B8;3", ("B2", "B8", "3")),
        (kinds.Bands("x"), "1-3,7,B8A", ("1", "2", "3", "7", "B8A")),
        (kinds.Bands("x"), [4, 2], ("4", "2")),
        (kinds.FileOut("x", extension="parquet"), Path("a.PARQUET"), "a.PARQUET"),
        (kinds.Text("x"), " spaces stay ", " spaces stay "),
    ],
)
def test_values_come_in_their_proper_type(kind, value, accepted):
    assert kind.accept(value) == accepted
    assert type(kind.accept(value)) is type(accepted)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (kinds.Integer("x"), "12.5"),
        (kinds.Integer("x"), 12.5),
        (kinds.Number("x"), 10**400),
        (kinds.Number("x"), "1e999"),
        (kinds.Bands("x"), []),
        (kinds.Bands("x"), "3-1,5"),
        (kinds.Rasters("x"), []),
        (kinds.FilesIn("x", extensions=("csv",)), ["a.csv", "b.txt"]),
        (kinds.Rasters("x"), ["a.tif", ""]),
        (kinds.Text("x"), " \n"),
    ],
)
def test_what_is_none_is_refused(kind, value):
    assert refused(kind, value)


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        ({"minimum": 1, "maximum": 9, "unit": "pixels"}, "a whole number from 1 to 9 pixels"),
        ({"minimum": 0}, "a whole number of at least 0"),
        ({"maximum": 3, "unit": "m"}, "a whole number of at most 3 m"),
        ({"unit": "m"}, "a whole number (m)"),
        ({}, "a whole number"),
    ],
)
def test_bounds_are_told_with_their_unit(bounds, words):
    assert kinds.Integer("x", **bounds).expected() == words


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://user:s3cret@host/db",
        "postgres://user:s3/cret@host/db",
        "postgresql://user:s3@cret@host:5432/db",
        "postgresql://user@host/db?password=s3cret",
        "postgresql://user@host/db?sslpassword=s3cret",
        "host=h user=u password = s3cret",
    ],
)
def test_a_connection_with_a_password_is_refused_without_repeating_it(address):
    with pytest.raises(ParameterError, match="DB_PASSWORD") as caught:
        kinds.Connection("x").accept(address)
    assert "s3" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    ["postgresql://user@host:5432/db", "postgresql:///db", "host=h dbname=d passfile=/x", "Stored connection 1",
     "postgresql://user@[::1]:5432/db?options=-csearch_path%3Da"],
)  # fmt: skip
def test_a_connection_without_one_is_taken(address):
    assert kinds.Connection("x").accept(address) == address


# --- a stage as a whole -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Sow(Stage):
    """Sow a field."""

    id = "sow"
    title = "Sow"
    soil: Any = declare(
        kinds.FileIn("Soil", optional=True, extensions=("csv",), filename="soil{month}.csv", folder_variable="PLANS")
    )
    year: Any = declare(kinds.Integer("Year", optional=True))
    month: Any = declare(kinds.Integer("Month", optional=True))
    seeds: Any = declare(kinds.Integer("Seeds", default=3, variable="SEEDS"))
    crop: Any = declare(kinds.Text("Crop", optional=True, variable="CROP"))
    plan: Any = declare(kinds.FileOut("Plan", extension="txt", filename="plan{month}.txt", folder_variable="PLANS"))
    extra: Any = declare(kinds.FileOut("Extra", extension="txt", optional=True, filename="extra.txt"))
    count: Any = declare(kinds.NumberOutput("Count"))


def test_parameters_win_over_variables_and_variables_over_defaults():
    assert Sow.from_values({}).seeds == 3
    assert Sow.from_values({}, {"SEEDS": "5"}).seeds == 5
    assert Sow.from_values({"seeds": 7}, {"SEEDS": "5"}).seeds == 7
    assert Sow.from_values({"seeds": 0}, {"SEEDS": "5"}).seeds == 0
    with pytest.raises(ParameterError, match=r"'seeds' parameter of Sow must be a whole number\. Got 'few' instead"):
        Sow.from_values({}, {"SEEDS": "few"})


@pytest.mark.parametrize("blank", [None, "", " \n", [], [""]])
def test_blank_means_not_given(blank):
    stage = Sow.from_values({"crop": blank, "seeds": blank}, {"CROP": " "})
    assert (stage.crop, stage.seeds) == (None, 3)


def test_outputs_are_named_after_the_month_in_the_folder_of_the_variable():
    assert Sow.from_values({}).plan == "plan.txt"
    stage = Sow.from_values({"year": 2025, "month": 6}, {"PLANS": "/data/plans"})
    assert stage.plan == str(Path("/data/plans/plan_202506.txt"))
    assert stage.extra is None, "an optional output is made when it is asked for"
    assert Sow.from_values({"plan": "my.txt"}, {"PLANS": "/data"}).plan == "my.txt"


def test_the_months_input_is_found_by_its_name():
    month = {"year": "2025", "month": "6"}
    assert Sow.from_values(month, {"PLANS": "/data"}).soil == str(Path("/data/soil_202506.csv"))
    assert Sow.from_values({**month, "soil": "my.csv"}, {"PLANS": "/data"}).soil == "my.csv"
    assert Sow.from_values({}, {"PLANS": "/data"}).soil is None, "without a month nothing is guessed"


def test_an_unknown_parameter_is_told_with_those_there_are():
    with pytest.raises(ParameterError) as caught:
        Sow.from_values({"seed": 1})
    assert (
        str(caught.value)
        == "Sow has no parameter 'seed'. Its parameters are: soil, year, month, seeds, crop, plan, extra."
    )
    with pytest.raises(ParameterError, match="no parameter 'count'"):
        Sow.from_values({"count": 1})


@pytest.mark.parametrize("stage_id", ["check_training_polygons", "extract_samples", "train_random_forest", "predict"])
def test_a_month_without_a_year_is_refused(stage_id):
    stage = find_stage(stage_id)
    given = {**required(stage), "polygons": "a.gpkg"}
    for half in ({"month": 6}, {"year": 2025}):
        with pytest.raises(ParameterError, match="Give both YEAR and MONTH, or neither"):
            stage.from_values({k: v for k, v in {**given, **half}.items() if k in stage.parameters()})


# --- after a stage has run ---------------------------------------------------------------------------


def sow(tmp_path, found, write=True):
    """Run a stage that writes its file, or does not, and returns what it found; gives the events too."""

    class Sower(Sow):
        def run(self, job):
            if write:
                Path(self.plan).write_text("rows")
            return found

    events = []
    with Job(events.append) as job:
        return run_stage(Sower, {"plan": str(tmp_path / "plan.txt")}, job), events


def test_a_stage_runs_with_a_cache_of_gdal_of_some_megabytes(tmp_path):
    # The number is one of bytes: 128 of them make GDAL burn polygons row by row, a hundred times as slow.
    seen = []

    class Look(Sow):
        def run(self, job):
            seen.append(int(rasterio.env.getenv()["GDAL_CACHEMAX"]))
            Path(self.plan).write_text("rows")
            return {"count": 1}

    with Job() as job:
        run_stage(Look, {"plan": str(tmp_path / "plan.txt")}, job)
    assert 2**24 <= seen[0] <= 2**28


def test_a_stage_that_forgets_an_output_is_found_out(tmp_path):
    with pytest.raises(LandloomError, match="Sow did not return what it declares: count"):
        sow(tmp_path, {})
    with pytest.raises(LandloomError, match="Sow did not return what it declares: rest"):
        sow(tmp_path, {"count": 1, "rest": 2})
    (tmp_path / "plan.txt").unlink()
    with pytest.raises(LandloomError, match=r"did not write its output 'plan' \(.*plan\.txt\)"):
        sow(tmp_path, {"count": 1}, write=False)
    assert not (tmp_path / "plan.txt.json").exists()


def test_a_run_ends_with_all_done(tmp_path):
    outputs, events = sow(tmp_path, {"count": 1})
    assert outputs == {"plan": str(tmp_path / "plan.txt"), "count": 1}
    assert events[-1]["fraction"] == 1


# --- before a stage runs ----------------------------------------------------------------------------


@pytest.mark.parametrize("relation", ["same", "relative", "link", "tile"])
def test_an_output_never_takes_the_place_of_an_input(scene, model, run, monkeypatch, relation):
    monkeypatch.chdir(scene.folder)
    before = scene.image.read_bytes()
    given = {"images": scene.image, "map": scene.image}
    if relation == "relative":
        given["map"] = f"./../{scene.folder.name}/image.tif"
    if relation == "link":
        (scene.folder / "link.tif").symlink_to(scene.image)
        given["map"] = scene.folder / "link.tif"
    if relation == "tile":
        given = {"mosaic": scene.folder, "map": scene.image}
    with pytest.raises(ParameterError, match=r"'map' of Map with a model would overwrite '(images|mosaic)'"):
        run("predict", model=model, record=False, **given)
    assert scene.image.read_bytes() == before


def test_a_layer_and_a_catalogue_are_inputs_too(scene, run):
    with pytest.raises(ParameterError, match=r"'problems' of .* would overwrite 'polygons'"):
        run("check_training_polygons", polygons=f"{scene.polygons}|layername=polygons", class_field="class_id",
            problems=scene.polygons)  # fmt: skip
    with pytest.raises(ParameterError, match=r"'table' of .* would overwrite 'catalogue'"):
        run("list_models", catalogue=scene.polygons, table=scene.polygons)


def test_two_outputs_are_two_files(scene, run):
    with pytest.raises(ParameterError, match=r"'reference' of .* would overwrite 'polygons'"):
        run("create_demo_scene", image=scene.folder / "i.tif", polygons=scene.folder / "same.gpkg",
            reference=scene.folder / "same.gpkg")  # fmt: skip


def test_an_output_of_another_kind_of_file_is_refused(scene, run):
    with pytest.raises(ParameterError, match=r"must be a path to write to \(\.gpkg\)\. Got '.*\.shp' instead"):
        run("list_models", table=scene.folder / "models.shp")


def test_the_folder_of_an_output_is_made(run, tmp_path):
    done = run("list_models", table=tmp_path / "new" / "Ordner für Modelle" / "m.gpkg")
    assert Path(done.table).exists()


def test_what_cannot_be_written_is_told_before_the_work(run, tmp_path):
    from landloom.errors import OutputError

    (tmp_path / "folder.gpkg").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="'table' of List models names a folder"):
        run("list_models", table=tmp_path / "folder.gpkg")
    with pytest.raises(OutputError, match=r"Cannot write 'table' of List models to .*(Not a directory|File exists)"):
        run("list_models", table=tmp_path / "file" / "m.gpkg")
    for length in (245, 300):
        with pytest.raises(OutputError, match="File name too long"):
            run("list_models", table=tmp_path / f"{'n' * length}.gpkg")
    with pytest.raises(OutputError, match="Cannot write"):
        run("list_models", table="/proc/m.gpkg")
    name = "n" * 200 + ".gpkg"
    assert Path(run("list_models", table=tmp_path / name).table).name == name


def test_an_unknown_stage_is_told_with_those_there_are():
    with pytest.raises(ParameterError, match=r"There is no stage 'predikt'\. There are: create_demo_scene, "):
        run_stage(find_stage("predikt"), {}, Job())


# --- what QGIS imports ------------------------------------------------------------------------------


def test_the_declarations_need_nothing_but_the_standard_library():
    script = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); before = set(sys.modules)\n"
        "import landloom.stages, landloom.stage, landloom.errors\n"
        "new = {m.split('.')[0] for m in set(sys.modules) - before} - {'landloom'}\n"
        "print(sorted(new - set(sys.stdlib_module_names)))\n"
        "print(sorted(m for m in sys.modules if m.startswith('landloom.') and m.count('.') == 1))\n"
    )
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True)
    third_party, modules = done.stdout.splitlines()
    assert third_party == "[]"
    assert modules == "['landloom.errors', 'landloom.stage', 'landloom.stages']"
