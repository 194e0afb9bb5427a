"""Arrays come out of NumPy's files as NumPy wrote them, and damaged ones are refused."""

import ast
import io
import itertools

import numpy as np
import pytest

from landloom import npy


def written(write, *arrays, **named):
    stream = io.BytesIO()
    write(stream, *arrays, **named)
    return stream.getvalue()


@pytest.mark.parametrize(
    "array",
    [
        np.arange(24, dtype="<f4").reshape(2, 3, 4), np.arange(6, dtype=">i2").reshape(2, 3),
        np.asfortranarray(np.arange(6, dtype=np.uint8).reshape(2, 3)), np.zeros((0, 3)), np.array(5),
    ],
)  # fmt: skip
def test_arrays_come_out_as_they_went_in(array, tmp_path):
    np.save(tmp_path / "Größe 1.npy", array)
    np.savez_compressed(tmp_path / "z.npz", first=array + 1, second=array)
    for found in npy.load(tmp_path / "Größe 1.npy"), npy.load(tmp_path / "z.npz", "second"):
        assert found.dtype == array.dtype
        assert np.array_equal(found, array)


def test_a_header_of_version_2_is_read():
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.arange(3), version=(2, 0))
    stream.seek(0)
    assert npy.read_array(stream).tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "magic"), (b"no array at all", "magic"), (written(np.save, np.arange(9))[:-1], "71 bytes in place of 72"),
        (written(np.save, np.array([{}], object)), "objects"), (written(np.save, np.zeros(2, [("Ω", "f4")])), "3.0"),
    ],
)  # fmt: skip
def test_what_is_no_array_of_numbers_is_refused(content, words):
    with pytest.raises(ValueError, match=words):
        npy.read_array(io.BytesIO(content))


def test_a_header_is_read_again_where_python_stumbles_over_its_threads(monkeypatch):
    """The real failure depends on when garbage is collected, so it is put in NumPy's way."""
    calls, parse = itertools.count(), ast.literal_eval

    def stumbles_twice(text):
        if next(calls) < 2:
            raise SystemError("AST constructor recursion depth mismatch (before=27, after=22)")
        return parse(text)

    monkeypatch.setattr(ast, "literal_eval", stumbles_twice)
    assert npy.read_array(io.BytesIO(written(np.save, np.arange(3)))).tolist() == [0, 1, 2]
    assert next(calls) > 2
