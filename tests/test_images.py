"""The images come from the first source that has them, are what they say they are, and say which they are."""

import hashlib
import io
import pickle
import tarfile
import threading
from contextlib import nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from toy import toy_project

import standin
from engine.run import images, store
from engine.run.images import SHAPES, Unusable, archive, choose

TRAIN, TEST = 50_000, 10_000


@pytest.fixture(autouse=True)
def no_images(tmp_path, monkeypatch):
    """No archive, and no file."""
    store.cache_folder.cache_clear()
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.delenv("CIFAR10_FILE", raising=False)


@pytest.fixture
def project(tmp_path):
    return toy_project(tmp_path / "project")


@pytest.fixture
def quick_stand_in(monkeypatch):
    """A stand-in that is drawn at once."""
    monkeypatch.setattr(images.standin, "draw", lambda count, seed: one_colour(count, value=seed))


def one_colour(count: int, value: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Images and labels; those of a broadcast array take no memory."""
    x = np.broadcast_to(np.uint8(value), (count, 32, 32, 3))
    return x, (np.arange(count) % 10).astype("uint8")[:, np.newaxis]


def arrays() -> dict[str, np.ndarray]:
    """Images in the sizes of CIFAR-10."""
    (x_train, y_train), (x_test, y_test) = one_colour(TRAIN), one_colour(TEST)
    return dict(x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """An author's file."""
    path = tmp_path_factory.mktemp("images") / "cifar10.npz"
    np.savez_compressed(path, **arrays(), about=np.array("through JPEG once"))
    return path


def small_archive() -> bytes:
    """An archive like the official one, with two images in each of its six parts."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        for part, name in enumerate([*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]):
            data = np.full((2, 3072), part, "uint8")
            data[:, :1024] = 200  # red
            batch = pickle.dumps({b"data": data, b"labels": [part, 9]})
            info = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            info.size = len(batch)
            tar.addfile(info, io.BytesIO(batch))
    return content.getvalue()


@pytest.fixture
def official(monkeypatch) -> bytes:
    """The bytes that are taken for the official archive."""
    content = small_archive()
    monkeypatch.setattr(images, "SHA256", hashlib.sha256(content).hexdigest())
    return content


# Which images


def test_without_real_images_the_stand_in_takes_their_place_and_says_so(project, quick_stand_in, capsys):
    chosen = choose(project)
    assert chosen.identity == {
        "source": "stand-in", "size": "preview", "train": 5000, "test": 1000, "sha256": chosen.sha256, "about": ""
    }  # fmt: skip
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "make data" in said
    with np.load(chosen.path) as kept:
        assert (kept["x_train"].shape, kept["y_test"].shape) == ((5000, 32, 32, 3), (1000, 1))
        assert (kept["x_train"][0, 0, 0, 0], kept["x_test"][0, 0, 0, 0]) == (1, 2)  # two seeds
    assert chosen.path.is_relative_to(project.cache)


def test_file_of_real_images_comes_before_the_stand_in_and_says_what_it_is(project, file, monkeypatch):
    monkeypatch.setenv("CIFAR10_FILE", str(file))
    chosen = choose(project, "preview")
    assert (chosen.source, chosen.size, chosen.about) == ("file", "preview", "through JPEG once")
    assert chosen.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    with np.load(chosen.path) as kept:
        assert kept["x_train"].shape == (5000, 32, 32, 3)
        assert kept["y_train"].ravel().tolist() == [0] * 5000  # one image in ten
    assert choose(project, "stand-in sample").source == "stand-in"


def test_real_images_come_in_full_unless_a_preview_is_asked_for(project, file, monkeypatch):
    monkeypatch.setattr(images, "write", lambda path, content: None)
    monkeypatch.setenv("CIFAR10_FILE", str(file))
    assert choose(project).identity["train"] == TRAIN
    assert choose(project, "real preview").identity["train"] == TRAIN // 10


def test_archive_in_the_cache_of_keras_comes_first(project, file, monkeypatch, official):
    monkeypatch.setenv("CIFAR10_FILE", str(file))
    store.write(archive(), official)
    assert (choose(project, "sample").source, choose(project, "sample").about) == ("archive", "")


def test_other_file_in_the_cache_of_keras_is_not_taken_for_the_archive(project, quick_stand_in):
    store.write(archive(), small_archive())
    assert choose(project).source == "stand-in"


def test_archive_is_read_as_keras_reads_it(official):
    store.write(archive(), official)
    x_train, y_train, x_test, y_test = images.read_archive(archive(), step=1)
    together = np.concatenate([x_train, x_test])
    assert (together.shape, together.dtype) == ((12, 32, 32, 3), np.uint8)
    assert together[2, 5, 7].tolist() == [200, 1, 1]
    labels = np.concatenate([y_train, y_test])
    assert (labels.dtype, labels[:4].tolist()) == (np.uint8, [[0], [9], [1], [9]])


# What is refused


@pytest.mark.parametrize("wish", ["reel", "real stand-in", "full preview", "stand_in"])
def test_images_that_are_not_understood_are_refused_in_one_line(project, wish):
    with pytest.raises(Unusable) as error:
        choose(project, wish)
    assert str(error.value) == f"images {wish!r} are not understood (say real or stand-in, and full, preview or sample)"


def test_real_images_that_are_missing_are_never_replaced(project):
    with pytest.raises(Unusable, match="no real images .run 'make data'"):
        choose(project, "real")


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"x_train": one_colour(TRAIN - 1)[0]}, "x_train is uint8 (49999, 32, 32, 3), not uint8 (50000, 32, 32, 3)"),
        ({"y_test": np.zeros(TEST, "uint8")}, "y_test is uint8 (10000,), not uint8 (10000, 1)"),
        ({"y_train": np.zeros((TRAIN, 1), "int64")}, "y_train is int64 (50000, 1), not uint8 (50000, 1)"),
    ],
    ids=["count", "shape", "type"],
)
def test_arrays_of_other_shapes_are_refused_in_one_line(project, monkeypatch, other, said):
    monkeypatch.setattr(np, "load", lambda path: nullcontext(arrays() | other))
    monkeypatch.setenv("CIFAR10_FILE", __file__)
    with pytest.raises(Unusable) as error:
        choose(project)
    assert str(error.value) == f"CIFAR10_FILE={__file__}: {said}"


def npz(**named) -> bytes:
    content = io.BytesIO()
    np.savez(content, **named)
    return content.getvalue()


OTHERS = {
    "text": b"hello",
    "truncated": npz(x_train=np.zeros(100))[:300],
    "another archive": small_archive(),
    "missing arrays": npz(x_train=np.zeros(1)),
    "pickled": npz(**dict.fromkeys(SHAPES, np.array([object()]))),
}


@pytest.mark.parametrize("content", OTHERS.values(), ids=OTHERS)
def test_bad_file_of_images_is_refused_in_one_line(project, tmp_path, monkeypatch, content):
    path = tmp_path / "other"
    path.write_bytes(content)
    monkeypatch.setenv("CIFAR10_FILE", str(path))
    with pytest.raises(Unusable) as error:
        choose(project)
    assert str(error.value).startswith(f"CIFAR10_FILE={path}: neither the official archive nor an .npz")
    assert "\n" not in str(error.value)


def test_missing_file_of_images_is_named(project, monkeypatch):
    monkeypatch.setenv("CIFAR10_FILE", "/no/where.npz")
    with pytest.raises(Unusable, match="CIFAR10_FILE=/no/where.npz: no such file"):
        choose(project)


# make data


class Host(BaseHTTPRequestHandler):
    """A host that gives an archive at /good, other bytes at /bad, and 404 at /missing."""

    content = small_archive()

    def do_GET(self):
        self.send_response(404 if self.path == "/missing" else 200)
        content = {"/good": self.content, "/bad": b"other bytes"}.get(self.path, b"")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture
def host():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Host)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def download(monkeypatch, *origins: str) -> bool:
    pytest.importorskip("pooch")
    from engine.run import download

    monkeypatch.setattr(download, "ORIGINS", origins)
    monkeypatch.setattr(download, "SHA256", hashlib.sha256(Host.content).hexdigest())
    return download.download()


def test_download_is_kept_where_keras_looks_if_it_has_the_right_digest(host, monkeypatch, capsys):
    nowhere = "http://127.0.0.1:9/archive"
    assert not download(monkeypatch, nowhere, f"{host}/missing", f"{host}/bad")
    assert list(archive().parent.iterdir()) == []
    said = capsys.readouterr().err
    assert f"{nowhere}: " in said and f"{host}/missing: 404" in said and f"{host}/bad: " in said and "hash" in said
    assert download(monkeypatch, f"{host}/bad", f"{host}/good")
    assert archive().read_bytes() == Host.content


# The stand-in


def test_stand_in_has_the_shapes_and_types_of_cifar10():
    x, y = standin.draw(20, seed=1)
    assert (x.shape, x.dtype) == ((20, 32, 32, 3), np.uint8)
    assert (y.shape, y.dtype) == ((20, 1), np.uint8)


def test_classes_of_the_stand_in_are_balanced_and_shuffled():
    _, y = standin.draw(200, seed=1)
    assert np.bincount(y[:, 0]).tolist() == [20] * 10
    assert len(set(y[:10, 0].tolist())) < 10


def test_same_seed_draws_the_same_images_and_another_seed_draws_others():
    first, again, others = standin.draw(100, seed=1), standin.draw(100, seed=1), standin.draw(100, seed=2)
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)
    assert not {image.tobytes() for image in first[0]} & {image.tobytes() for image in others[0]}
