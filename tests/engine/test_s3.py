"""Imagery in object storage: read through `/vsis3/` from a server on this computer, as from a disk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from types import SimpleNamespace

import boto3
import numpy as np
import pandas as pd
import pytest
import rasterio
from botocore.config import Config
from conftest import BANDS, ROOT, write_raster
from postgres import held_port
from rasterio.windows import Window

from landloom import samples

BUCKET = "bilder"
POLICY = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}'


@pytest.fixture(scope="module")
def server():
    """An S3 server that lets in nobody but one user: `.client` to upload with, `.environ` for GDAL, `.secret`."""
    with held_port() as port:
        yield from serving(port)


def serving(port):
    """The server at a port; stopped behind the yield."""
    address = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        env={**os.environ, "INITIAL_NO_AUTH_ACTION_COUNT": "1000000"}, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        answering(address, process)
        where = {"endpoint_url": address, "region_name": "us-east-1", "config": Config(s3={"addressing_style": "path"})}
        users = boto3.client("iam", aws_access_key_id="any", aws_secret_access_key="any", **where)
        users.create_user(UserName="reader")
        users.put_user_policy(UserName="reader", PolicyName="all", PolicyDocument=POLICY)
        key = users.create_access_key(UserName="reader")["AccessKey"]
        # From now on each request must be signed with a known key.
        header = {"Content-Type": "text/plain"}
        urllib.request.urlopen(urllib.request.Request(f"{address}/moto-api/reset-auth", b"0", header, method="POST"))
        client = boto3.client(
            "s3", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"], **where
        )
        client.create_bucket(Bucket=BUCKET)
        environ = {
            "AWS_S3_ENDPOINT": f"127.0.0.1:{port}", "AWS_HTTPS": "NO", "AWS_VIRTUAL_HOSTING": "FALSE",
            "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"], "GDAL_HTTP_MAX_RETRY": "0",
        }  # fmt: skip
        yield SimpleNamespace(client=client, environ=environ, secret=key["SecretAccessKey"])
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def answering(address, process):
    """Wait until a server answers."""
    while True:
        try:
            urllib.request.urlopen(f"{address}/moto-api/").close()
            return
        except urllib.error.URLError:
            assert process.poll() is None
            time.sleep(0.1)


@pytest.fixture
def bucket(server, scene):
    """The scene in the bucket: as one image, and as four tiles beside something that is no tile."""
    server.client.upload_file(str(scene.image), BUCKET, "scene.tif")
    with rasterio.open(scene.image) as dataset:
        for number, (row, col) in enumerate(((0, 0), (0, 75), (60, 0), (60, 75))):
            window = Window(col, row, 75, 60)
            tile = write_raster(
                scene.folder / "tile.tif", dataset.read(window=window), 0, names=BANDS,
                transform=dataset.window_transform(window),
            )  # fmt: skip
            server.client.upload_file(str(tile), BUCKET, f"tiles/{number}.tif")
    server.client.put_object(Bucket=BUCKET, Key="tiles/readme.txt", Body=b"four tiles")
    return server


@pytest.fixture(scope="module")
def surroundings(tmp_path_factory):
    """Environment variables as users have them, without boto3, with which rasterio looks up credentials its own way."""
    folder = tmp_path_factory.mktemp("no boto3")
    (folder / "boto3.py").write_text("raise ImportError")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**clean, "PYTHONPATH": str(folder)}


@pytest.fixture
def command(bucket, surroundings, own_home):
    """Run a stage on the command line with the server's credentials; gives exit code and all that it printed."""

    def go(stage, *arguments, **environ):
        environ = {**surroundings, "LANDLOOM_HOME": str(own_home), **bucket.environ, **environ}
        command = [sys.executable, "-m", "landloom", stage, *map(str, arguments)]
        done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True)
        printed = done.stdout + done.stderr
        assert bucket.secret not in printed
        return done.returncode, printed

    return go


def extract(command, scene, image, name, **environ):
    return command(
        "extract_samples", *image, "--polygons", scene.polygons, "--class-field", "class_id", "--name-field",
        "class_name", "--samples", scene.folder / name, "--report", scene.folder / f"{name}.html", **environ,
    )  # fmt: skip


def files_with(folder, *words):
    """The files in a folder that hold one of the words."""
    return [p for p in folder.rglob("*") if p.is_file() and any(word.encode() in p.read_bytes() for word in words)]


@pytest.mark.parametrize(
    "image",
    [
        ("--images", f"/vsis3/{BUCKET}/scene.tif"),
        ("--mosaic", f"/vsis3/{BUCKET}/tiles/"),
        ("--images", f"/vsis3/{BUCKET}/tiles"),
    ],
    ids=["image", "mosaic of a prefix", "image that is a prefix"],
)
def test_samples_and_map_are_those_of_the_local_file_and_no_credential_is_kept(
    command, scene, model, run, bucket, own_home, image
):
    local = run("predict", model=model, images=scene.image, map=scene.folder / "local.tif")
    assert extract(command, scene, image, "remote.parquet")[0] == 0
    here, there = (samples.read(scene.folder / name).table for name in ("samples.parquet", "remote.parquet"))
    pd.testing.assert_frame_equal(here, there)
    if "scene.tif" in image[1]:  # once is enough of what reads a table
        trained = ("--samples", scene.folder / "remote.parquet", "--trees", 20, "--model", scene.folder / "r.landloom")
        assert command("train_random_forest", *trained, "--report", scene.folder / "r.html")[0] == 0
        model = scene.folder / "r.landloom"
    code, printed = command("predict", "--model", model, *image, "--map", scene.folder / "r.tif")
    assert code == 0, printed
    with rasterio.open(local.map) as one, rasterio.open(scene.folder / "r.tif") as other:
        assert np.array_equal(one.read(), other.read())
        assert (one.crs, one.transform, one.shape) == (other.crs, other.transform, other.shape)
    for folder in (scene.folder, own_home):
        assert files_with(folder, image[1]), "what was read is on record"
        assert not files_with(folder, bucket.secret, bucket.environ["AWS_ACCESS_KEY_ID"])


@pytest.mark.parametrize("path", ["none.tif", "none/", "tiles/none.tif"])
def test_a_key_that_is_not_there_is_told(command, scene, path):
    code, printed = extract(command, scene, ("--images", f"/vsis3/{BUCKET}/{path}"), "remote.parquet")
    assert code == 1
    assert f"/vsis3/{BUCKET}/{path}" in printed
    assert "Check the path" in printed
    assert not (scene.folder / "remote.parquet").exists()


@pytest.mark.parametrize(
    ("path", "wrong", "reason"),
    [
        ("scene.tif", {"AWS_SECRET_ACCESS_KEY": "wrong"}, "does not match the signature"),
        ("scene.tif", {"AWS_ACCESS_KEY_ID": "AKIAWRONG"}, "does not exist in our records"),
        ("tiles/", {"AWS_SECRET_ACCESS_KEY": "wrong"}, "cannot be listed: HTTP response code"),
    ],
)
def test_wrong_credentials_are_told(command, scene, path, wrong, reason):
    code, printed = extract(command, scene, ("--images", f"/vsis3/{BUCKET}/{path}"), "remote.parquet", **wrong)
    assert code == 1
    assert f"/vsis3/{BUCKET}/{path}" in printed
    assert reason in printed
    assert not (scene.folder / "remote.parquet").exists()


def test_a_server_that_is_away_is_told(command, scene):
    image = ("--images", f"/vsis3/{BUCKET}/scene.tif")
    with held_port() as port:
        code, printed = extract(command, scene, image, "remote.parquet", AWS_S3_ENDPOINT=f"127.0.0.1:{port}")
    assert code == 1
    assert "cannot be opened as a raster" in printed
