"""The pictures come from the first source that has them, are what they say they are, and say which they are."""

import hashlib
import io
import pickle
import tarfile
import threading
import time
from contextlib import nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import numpy as np
import pytest

from engine import pictures, standin, store
from engine.pictures import Unusable, choose

TRAIN, TEST = 50_000, 10_000


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    """No archive, no file, no network, an empty cache, and a stand-in that is drawn at once."""
    monkeypatch.setattr(store, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(pictures, "ARCHIVE", tmp_path / "keras" / "archive")
    monkeypatch.setattr(pictures, "ORIGINS", ())
    monkeypatch.delenv("CIFAR10_FILE", raising=False)
    monkeypatch.setattr(standin, "draw", lambda count, seed: images(count, value=seed))
    choose.cache_clear()
    yield
    choose.cache_clear()


def images(count: int, value: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Pictures of one colour; those of a broadcast array take no memory."""
    x = np.broadcast_to(np.uint8(value), (count, 32, 32, 3))
    return x, (np.arange(count) % 10).astype("uint8")[:, np.newaxis]


def arrays() -> dict[str, np.ndarray]:
    """Pictures in the sizes of CIFAR-10."""
    (x_train, y_train), (x_test, y_test) = images(TRAIN), images(TEST)
    return dict(x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """An author's file."""
    path = tmp_path_factory.mktemp("pictures") / "cifar10.npz"
    np.savez_compressed(path, **arrays())
    return path


def archive() -> bytes:
    """An archive as the official one is, with two pictures in each of its six parts."""
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


def official(monkeypatch, content: bytes) -> bytes:
    """Let these bytes be the official archive's."""
    monkeypatch.setattr(pictures, "SHA256", hashlib.sha256(content).hexdigest())
    return content


def test_without_any_source_the_stand_in_takes_their_place_and_says_so(capsys):
    chosen = choose("")
    assert chosen.identity == {
        "source": "stand-in", "size": "preview", "train": 5000, "test": 1000, "sha256": chosen.sha256
    }  # fmt: skip
    assert "stand-in" in capsys.readouterr().err
    with np.load(chosen.path) as kept:
        assert kept["x_train"].shape == (5000, 32, 32, 3)
        assert kept["y_test"].shape == (1000, 1)
        assert (kept["x_train"][0, 0, 0, 0], kept["x_test"][0, 0, 0, 0]) == (1, 2)  # two seeds


def test_the_authors_file_comes_before_the_stand_in(file, monkeypatch):
    monkeypatch.setenv("CIFAR10_FILE", str(file))
    chosen = choose("preview")
    assert (chosen.source, chosen.size) == ("file", "preview")
    assert chosen.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    with np.load(chosen.path) as kept:
        assert kept["x_train"].shape == (5000, 32, 32, 3)
        assert kept["y_train"].ravel().tolist() == [0] * 5000  # one picture in ten


def test_real_pictures_come_in_full_unless_a_preview_is_wished(file, monkeypatch):
    monkeypatch.setattr(pictures, "save", lambda path, arrays: None)
    monkeypatch.setenv("CIFAR10_FILE", str(file))
    assert choose("").identity["train"] == TRAIN
    assert choose("real preview").identity["train"] == TRAIN // 10


def test_the_archive_in_kerass_cache_comes_first(file, monkeypatch):
    monkeypatch.setenv("CIFAR10_FILE", str(file))
    store.write(pictures.ARCHIVE, official(monkeypatch, archive()))
    assert choose("preview").source == "archive"


def test_another_file_in_kerass_cache_is_not_taken_for_the_archive(monkeypatch):
    store.write(pictures.ARCHIVE, archive())
    assert choose("").source == "stand-in"


def test_the_archive_is_unpacked_as_keras_does_it(monkeypatch):
    store.write(pictures.ARCHIVE, archive())
    unpacked = pictures.unpack(pictures.ARCHIVE)
    together = np.concatenate([unpacked["x_train"], unpacked["x_test"]])
    assert (together.shape, together.dtype) == ((12, 32, 32, 3), np.uint8)
    assert together[2, 5, 7].tolist() == [200, 1, 1]
    labels = np.concatenate([unpacked["y_train"], unpacked["y_test"]])
    assert (labels.dtype, labels[:4].tolist()) == (np.uint8, [[0], [9], [1], [9]])


@pytest.mark.parametrize("wish", ["reel", "real stand-in", "full preview", "stand_in"])
def test_a_wish_that_cannot_be_read_is_refused_in_one_line(wish):
    with pytest.raises(Unusable) as error:
        choose(wish)
    assert (
        str(error.value) == f"PICTURES={wish!r} is not understood (say real or stand-in, and full, preview or sample)"
    )


def test_real_pictures_that_are_not_there_are_never_replaced():
    with pytest.raises(Unusable, match="no real pictures: run 'make data'"):
        choose("real")


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"x_train": images(TRAIN - 1)[0]}, "x_train is uint8 (49999, 32, 32, 3), not uint8 (50000, 32, 32, 3)"),
        ({"y_test": np.zeros(TEST, "uint8")}, "y_test is uint8 (10000,), not uint8 (10000, 1)"),
        ({"y_train": np.zeros((TRAIN, 1), "int64")}, "y_train is int64 (50000, 1), not uint8 (50000, 1)"),
    ],
    ids=["count", "shape", "type"],
)
def test_other_arrays_are_refused_in_one_line(monkeypatch, other, said):
    monkeypatch.setattr(np, "load", lambda path: nullcontext(arrays() | other))
    monkeypatch.setenv("CIFAR10_FILE", __file__)
    with pytest.raises(Unusable) as error:
        choose("")
    assert str(error.value) == f"CIFAR10_FILE={__file__}: {said}"


def npz(**named) -> bytes:
    content = io.BytesIO()
    np.savez(content, **named)
    return content.getvalue()


OTHERS = {
    "empty": b"",
    "text": b"hello",
    "truncated": npz(x_train=np.zeros(100))[:300],
    "another archive": archive(),
    "missing arrays": npz(x_train=np.zeros(1)),
    "pickled": npz(**dict.fromkeys(pictures.SPLITS, np.array([object()]))),
}


@pytest.mark.parametrize("content", OTHERS.values(), ids=OTHERS)
def test_any_other_file_is_refused_in_one_line(tmp_path, monkeypatch, content):
    path = tmp_path / "other"
    path.write_bytes(content)
    monkeypatch.setenv("CIFAR10_FILE", str(path))
    with pytest.raises(Unusable) as error:
        choose("")
    assert str(error.value).startswith(f"CIFAR10_FILE={path}: neither the official archive nor an .npz")
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setenv("CIFAR10_FILE", "/no/where.npz")
    with pytest.raises(Unusable, match="CIFAR10_FILE=/no/where.npz: no such file"):
        choose("")


class Host(BaseHTTPRequestHandler):
    """A host that gives an archive at /good, other bytes at /bad, few at /slow, none at /stalled."""

    content = archive()
    stop = threading.Event()

    def do_GET(self):
        self.send_response(404 if self.path == "/missing" else 200)
        content = {"/good": self.content, "/bad": b"other bytes"}.get(self.path, b"")
        self.send_header("Content-Length", str(len(content) or 1000))
        self.end_headers()
        self.wfile.write(content)
        while self.path in ("/slow", "/stalled") and not self.stop.wait(0.05):
            if self.path == "/slow":
                self.wfile.write(b".")
                self.wfile.flush()

    def log_message(self, *_):
        pass


@pytest.fixture
def host(monkeypatch):
    """The address of a host, and short patience with it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Host)
    Host.stop.clear()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    limits = httpx.Timeout
    monkeypatch.setattr(pictures.httpx, "Timeout", lambda *_, **__: limits(0.5))
    yield f"http://127.0.0.1:{server.server_port}"
    Host.stop.set()
    server.shutdown()


def test_a_download_with_the_right_digest_is_kept_where_keras_looks(host, monkeypatch):
    official(monkeypatch, Host.content)
    monkeypatch.setattr(pictures, "ORIGINS", (f"{host}/missing", f"{host}/good"))
    assert pictures.download(seconds=5)
    assert pictures.ARCHIVE.read_bytes() == Host.content


@pytest.mark.parametrize(
    ("path", "said"),
    [("bad", "not used"), ("missing", "404"), ("slow", "given up"), ("stalled", "timed out"), ("cut", "peer closed")],
)
def test_a_host_that_fails_leaves_nothing_behind_and_is_named(host, monkeypatch, capsys, path, said):
    origin = f"{host}/{path}"
    monkeypatch.setattr(pictures, "ORIGINS", (origin,))
    started = time.monotonic()
    assert not pictures.download(seconds=0.5)
    assert time.monotonic() - started < 5
    error = capsys.readouterr().err
    assert origin in error
    assert said in error
    assert [path.name for path in pictures.ARCHIVE.parent.iterdir() if path.suffix != ".lock"] == []


def test_a_host_that_is_not_there_is_no_more_than_a_line(monkeypatch, capsys):
    monkeypatch.setattr(pictures, "ORIGINS", ("http://127.0.0.1:9/archive",))
    assert not pictures.download(seconds=1)
    assert capsys.readouterr().err.count("http://127.0.0.1:9/archive") == 1


def test_a_download_comes_before_the_stand_in(host, monkeypatch):
    official(monkeypatch, Host.content)
    monkeypatch.setattr(pictures, "ORIGINS", (f"{host}/good",))
    chosen = choose("")
    assert (chosen.source, chosen.size) == ("archive", "full")
