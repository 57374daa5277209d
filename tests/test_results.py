"""A result is kept under a key of everything it depends on, and used when, and only when, that key fits."""

import os
import shutil
import threading
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
from toy import TOY, toy_project

from engine.project import Problems, Project
from engine.read.examples import Example, read_all
from engine.run import images, key, published, runner, store
from engine.run.execute import jobs, receipt
from engine.run.images import Images, Unusable
from engine.run.kernel import plain
from engine.run.published import moved
from engine.run.result import Result
from engine.run.store import Store, digest_of

TWO_CELLS = "# %% data\nx = 1\n\n# %% show\nprint(x)\n"
STORED = {"outputs": [[{"text": "3\n"}]], "values": {"total": 0.1}, "receipt": {"seconds": [1.0]}}
MACHINE = {"python": "3.11.7", "installed": "", "images": None}
MACHINE_KEY = digest_of(MACHINE)


@pytest.fixture
def project(tmp_path) -> Project:
    store.cache_folder.cache_clear()
    return toy_project(tmp_path / "project")


@pytest.fixture
def runs(monkeypatch):
    """Runs that take no kernel: what a cell prints and the value `total` are what `gives` says. Lists what has run."""

    class Runs(list):
        gives = 3

        async def execute(self, project, job, progress):
            self.append(job.example.name)
            total = self.gives
            outputs = [[{"text": f"total is {total}\n"}] for _ in job.example.cells]
            return {"outputs": outputs, "values": {"total": total}, "receipt": receipt(job, [0.5])}

    found = Runs()
    monkeypatch.setattr(runner, "execute", found.execute)
    return found


def examples(project: Project) -> list[Example]:
    found, problems = read_all(project)
    assert not problems
    return found


def source_key(project: Project) -> str:
    (example,) = examples(project)
    return digest_of(key.source(project, example))


def write(project: Project, text: str, name: str = "toy") -> None:
    (project.examples / f"{name}.py").write_bytes(text.encode())


# Keys


@pytest.mark.parametrize(
    "code",
    [
        TWO_CELLS.replace("# %% show", "# %% print_it"),
        TWO_CELLS.replace("# %% show", "# %% [markdown]\n# Some words.\n\n# %% show"),
        TWO_CELLS.replace("\n", "\r\n"),
        "\ufeff" + TWO_CELLS,
    ],
    ids=["renamed cell", "words between cells", "line ends of Windows", "byte order mark"],
)
def test_key_ignores_what_is_not_code(project, code):
    write(project, TWO_CELLS)
    before = source_key(project)
    write(project, code)
    assert source_key(project) == before


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("examples/toy.py", "print(x)", "print(x + 1)"),
        ("examples/toy.py", "print(x)", "print(x)  # seen by readers"),
        ("examples/toy.py", "\n\n# %% show\n", "\n"),
        ("examples/matplotlibrc", "text.color", "# text.color"),
    ],
    ids=["code", "comment in code", "cells joined", "style of figures"],
)
def test_key_depends_on_code_and_style(project, file, old, new):
    write(project, TWO_CELLS)
    before = source_key(project)
    text = (project.root / file).read_text()
    assert old in text
    (project.root / file).write_text(text.replace(old, new))
    assert source_key(project) != before


def test_key_depends_on_what_runs_in_the_kernel(project, tmp_path, monkeypatch):
    before = source_key(project)
    (tmp_path / "kernel.py").write_text("other")
    monkeypatch.setattr(key.kernel, "__file__", str(tmp_path / "kernel.py"))
    assert source_key(project) != before


@pytest.mark.parametrize(
    ("name", "counts"),
    [("numpy", True), ("h5py", True), ("appnope", True), ("mkdocs-material", False), ("pytest", False)],
)
def test_key_depends_on_locked_versions_of_what_examples_run_on(project, name, counts):
    before = source_key(project)
    lock = project.lock.read_text()
    changed = lock.replace(f'\nname = "{name}"\nversion = "', f'\nname = "{name}"\nversion = "9')
    assert changed != lock
    project.lock.write_text(changed)
    assert (source_key(project) != before) == counts


@pytest.mark.parametrize("lock", ["", "[[package]]\n", "x = [", '[[package]]\nname = "a"\n'])
def test_damaged_lock_file_is_a_problem(project, lock):
    project.lock.write_text(lock)
    with pytest.raises(Problems, match=r"uv.lock:1: is not a lock file: .* \(run 'uv lock'\)"):
        source_key(project)


def test_locked_versions_are_installed():
    locked = key.packages(Project(images.STAND_IN.parents[1]))
    of_other_systems = {"appnope", "cffi", "colorama", "pycparser"}
    assert {name: version(name) for name in locked if name not in of_other_systems}.items() <= locked.items()


def test_machine_key_depends_on_images_and_installed_files(project, monkeypatch):
    def machine_key(identity=None):
        key.installed.cache_clear()
        return digest_of(key.machine(project, identity))

    keys = {machine_key({"source": source, "about": ""}) for source in ("archive", "file", "stand-in")}
    keys |= {machine_key(), machine_key({"source": "file", "about": "other"})}
    monkeypatch.setattr(key, "files_of", lambda name: [f"{name}/__init__.py,sha256=other,1"])
    keys |= {machine_key()}
    key.installed.cache_clear()
    assert len(keys) == 6


def test_import_of_undeclared_package_is_a_problem(project):
    write(project, "# %% data\nimport json\nimport numpy\nimport mkdocs\nimport IPython\n")
    (problem,) = key.undeclared(project, examples(project)[0])
    assert str(problem).startswith("examples/toy.py:4: 'mkdocs' is not a declared dependency (add it")


# The store


@pytest.fixture
def entry(project):
    Store(project).save("toy", "s", MACHINE, STORED)
    return Store(project).path("toy", "s", MACHINE_KEY)


def load(project: Project, source: str = "s") -> object:
    return Store(project).load("toy", source, MACHINE_KEY)


def test_kept_result_is_the_result(project, entry):
    assert load(project) == STORED
    assert load(project, "other") is None
    assert Store(project).load("toy", "s", "other") is None


def test_flipped_bit_is_noticed(project, entry, caplog):
    whole = entry.read_bytes()
    for position in range(len(whole)):
        entry.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
        caplog.clear()
        assert load(project) is None
        assert len(caplog.messages) == 1 and str(entry) in caplog.text


@pytest.mark.parametrize("content", ["", "null", "[]", '{"result": 3', '{"sha256": 5}', "[" * 200_000])
def test_other_file_in_place_of_a_result_is_ignored(project, entry, caplog, content):
    entry.write_text(content)
    assert load(project) is None
    assert len(caplog.messages) == 1


def test_ten_newest_results_of_an_example_are_kept(project):
    for number in range(12):
        Store(project).save("toy", str(number), MACHINE, STORED)
        os.utime(Store(project).path("toy", str(number), MACHINE_KEY), (number, number))
    Store(project).save("toy_two", "0", MACHINE, STORED)
    assert [load(project, str(number)) for number in (1, 2)] == [None, STORED]
    assert len(list((project.cache / "results").iterdir())) == 11


def test_published_result_fits_by_source_and_reads_well_in_a_diff(project):
    Store(project).publish("toy", "s", MACHINE, STORED | {"values": {"word": "数"}})
    text = (project.results / "toy.json").read_text()
    assert text.endswith("}\n") and '\n  "values": {\n   "word": "数"\n' in text
    assert Store(project).published("toy", "s")["values"] == {"word": "数"}
    assert Store(project).published("toy", "other") is None
    (project.results / "toy.json").write_text(text.replace("数", "字"))
    assert Store(project).published("toy", "s") is None


def failing(monkeypatch, call: str, number: int) -> None:
    """Let the n-th call of a function of os fail as a full disk does."""
    original, calls = getattr(os, call), iter(range(1, 1000))

    def fail(*arguments, **options):
        if next(calls) == number:
            raise OSError(28, "No space left on device")
        return original(*arguments, **options)

    monkeypatch.setattr(os, call, fail)


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_file_that_cannot_be_written_stays_as_it_was(tmp_path, monkeypatch, call):
    path = tmp_path / "file"
    store.write(path, "old")
    failing(monkeypatch, call, 1)
    with pytest.raises(OSError, match="No space"):
        store.write(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("call", ["fsync", "replace", "unlink"])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_full_disk_at_any_write_costs_no_more_than_a_warning(project, runs, monkeypatch, call, number):
    write(project, TOY, "other")
    for _ in range(12):  # so that old results have to go
        runs.gives += 1
        write(project, f"{TOY}# {runs.gives}\n")
        runner.gather(project, examples(project))
    write(project, f"{TOY}# new\n")
    write(project, f"{TOY}# new\n", "other")
    with monkeypatch.context() as patch:
        failing(patch, call, number)
        results, problems = runner.gather(project, examples(project))
    assert not problems
    assert {name: result.values["total"] for name, result in results.items()} == {"toy": 15, "other": 15}
    again, _ = runner.gather(project, examples(project))
    assert {name: result.values for name, result in again.items()} == {"toy": {"total": 15}, "other": {"total": 15}}
    assert not list(project.cache.glob("*/.*.tmp"))


def test_unwritable_cache_is_one_warning_and_results_are_used(project, runs, caplog):
    project.cache.write_text("")
    write(project, TOY, "other")
    results, problems = runner.gather(project, examples(project))
    assert (list(results), problems, len(caplog.messages)) == (["other", "toy"], [], 1)
    assert "cannot be written" in caplog.text
    assert runner.gather(project, examples(project))[0]["toy"].origin == ".cache/results"
    shutil.rmtree(store.cache_folder(project))


def test_what_killed_builds_left_in_the_cache_is_removed(project):
    left = project.cache / "results" / ".x.tmp", project.cache / "matplotlib" / "fontlist.json.matplotlib-lock"
    left[0].mkdir(parents=True)
    store.write(left[1], "")
    with Store(project).lock():
        assert not any(path.exists() for path in left)


def test_two_builds_run_examples_one_after_the_other(project, runs, capsys):
    with Store(project).lock():
        other = threading.Thread(target=runner.gather, args=(project, examples(project)))
        other.start()
        other.join(1)
        assert runs == [] and "waiting for another build" in capsys.readouterr().err
        Store(project).save("toy", *inputs(project), STORED)
    other.join(10)
    assert runs == []  # it takes what the first one made


def inputs(project: Project) -> tuple:
    (job,) = jobs(project, examples(project), None)
    return job.source_key, job.machine


# Which result is used


def test_only_what_changed_runs_again(project, runs):
    write(project, TWO_CELLS, "other")
    results, _ = runner.gather(project, examples(project))
    assert sorted(runs) == ["other", "toy"]
    assert {result.origin for result in results.values()} == {"executed"}
    runs.clear()
    write(project, TOY.replace("count", "renamed"))
    results, _ = runner.gather(project, examples(project))
    assert runs == []
    assert results["toy"].outputs == {"renamed": [{"text": "total is 3\n"}]}
    write(project, TOY + "total += 1\n")
    results, _ = runner.gather(project, examples(project))
    assert runs == ["toy"]
    assert [result.origin for result in results.values()] == [".cache/results", "executed"]


def test_published_results_need_no_images_and_no_machine_of_their_own(project, runs, monkeypatch):
    write(project, "# %% data\nfrom keras.datasets import cifar10\n")
    (example,) = examples(project)
    stored = STORED | {"receipt": {"images": {"source": "file", "size": "full"}, "seconds": [1]}}
    Store(project).publish("toy", source_key(project), {"python": "9", "images": {}}, stored)
    monkeypatch.setattr(runner, "choose", None)
    results, problems = runner.gather(project, [example])
    assert (results["toy"].origin, runs, problems) == ("docs/results", [], [])
    assert results["toy"].is_publishable and not results["toy"].is_stand_in


def test_asking_for_images_leaves_out_published_results(project, runs):
    Store(project).publish("toy", *inputs(project), STORED)
    results, _ = runner.gather(project, examples(project), "stand-in sample")
    assert (results["toy"].origin, runs) == ("executed", ["toy"])


def test_example_that_ran_longest_starts_first(project, runs):
    for name, seconds in {"short": [1, 2], "long": [100, 3], "longer": [104]}.items():
        write(project, TOY, name)
        Store(project).publish(name, "old", MACHINE, STORED | {"receipt": {"seconds": seconds}})
    runner.gather(project, examples(project))
    assert runs == ["longer", "long", "short", "toy"]


# docs/results


@pytest.fixture
def real_images(project, monkeypatch):
    """Real images to be had, and an example that loads them."""
    write(project, "# %% data\nfrom keras.datasets import cifar10\n", "looks")
    found = Images(project.cache / "x.npz", "file", "full", "0" * 64, "mine")
    for module in (published, runner):
        monkeypatch.setattr(module, "choose", lambda project, wish: found if wish == "real full" else None)


def test_make_results_runs_what_changed_and_removes_what_is_gone(project, runs, real_images):
    assert published.update(project) == ["looks", "toy"]
    assert published.update(project) == []
    write(project, TOY + "total += 1\n")
    assert [str(problem) for problem in published.stale(project, examples(project))] == [
        "examples/toy.py:1: has changed since its result in docs/results was made, or has none (run 'make results')"
    ]
    runs.clear()
    (project.examples / "looks.py").unlink()
    assert (published.update(project), runs) == (["toy"], ["toy"])
    assert published.stale(project, examples(project)) == []
    assert [path.name for path in project.results.iterdir()] == ["toy.json"]


def test_make_results_takes_what_ran_before_on_the_same_images(project, runs):
    runner.gather(project, examples(project))
    runs.clear()
    assert (published.update(project), runs) == (["toy"], [])
    assert runner.gather(project, examples(project))[0]["toy"].origin == "docs/results"


def test_make_results_refuses_the_stand_in(project, runs, monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "nowhere"))
    monkeypatch.delenv("CIFAR10_FILE", raising=False)
    write(project, "# %% data\nfrom keras.datasets import cifar10\n", "looks")
    with pytest.raises(Unusable, match="no real images"):
        published.update(project)
    assert runs == [] and not project.results.exists()


def test_unknown_example_is_named(project):
    with pytest.raises(Problems, match=r"examples/tyo.py:1: no example 'tyo' \(did you mean 'toy'\?\)"):
        published.update(project, ["tyo"])


def test_make_verify_runs_afresh_and_says_what_moved(project, runs, real_images, monkeypatch):
    published.update(project)
    runs.clear()
    verified = published.verify(project)
    assert (verified.ran, verified.moved, verified.problems) == (["looks", "toy"], [], [])
    assert sorted(runs) == ["looks", "toy"]
    assert published.verify(project, images_too=False).ran == ["toy"]
    runs.gives = 3.001
    assert published.verify(project, ["toy"]).moved == [
        "toy.total: 3.001, was 3",
        "toy.count output[0]: 'total is 3.001', was 'total is 3'",
    ]
    monkeypatch.setattr(published, "processor", lambda: "another")
    assert published.verify(project, ["toy"]).moved == []
    runs.gives = 3.1
    assert published.verify(project, ["toy"]).moved == ["toy.total: 3.1, was 3"]


# What moved


def result(text: str = "", svg: str = "", **values) -> Result:
    outputs = {"count": [{"text": text}], "draw": [{"svg": svg}]}
    return Result(
        Example(Path("examples/toy.py"), ()), outputs, {n: plain(v) for n, v in values.items()}, {}, "executed"
    )


OF_TEXTS_AND_KINDS = ("3.15", "3.16"), (1, True), (None, 0), ([1, 2], [1, 2, 3]), ((1, 2), (1, 3)), ({"a": 1}, {})
OF_NUMBERS = (0.5, 0.5001), (0.0, 1e-12), (1.0, float("nan")), (float("inf"), float("-inf"))


@pytest.mark.parametrize(("old", "new"), OF_TEXTS_AND_KINDS + OF_NUMBERS)
def test_exact_comparison_sees_every_difference(old, new):
    assert len(moved(result(value=old), result(value=new), exactly=True)) == 1
    assert moved(result(value=old), result(value=old), exactly=True) == []


def test_comparison_across_machines_allows_a_thousandth():
    assert moved(result(x=[0.5, 1.0]), result(x=[0.5004, 1.0]), exactly=False) == []
    assert moved(result(x=[0.5, 1.0, 2.0]), result(x=[0.6, 1.1, 2.0]), exactly=False) == [
        "toy.x[0]: 0.6, was 0.5 (and 1 more)"
    ]
    assert moved(result("loss 0.51\n", "<a/>"), result("loss 0.62\n", "<b/>"), exactly=False) == []
    assert moved(result("loss 0.51\n"), result("cost 0.51\n"), exactly=False) == [
        "toy.count output[0]: 'cost …', was 'loss …'"
    ]


def test_another_figure_or_a_value_that_is_gone_has_moved():
    assert "toy.draw output[0]: 'figure " in moved(result(svg="<a/>"), result(svg="<b/>"), exactly=True)[0]
    assert moved(result(x=1), result(y=2), exactly=False) == ["toy.x: None, was 1", "toy.y: 2, was None"]


def test_times_that_a_training_prints_are_no_difference():
    line = "157/157 - {} - {} - accuracy: 0.26\n"
    pair = result(line.format("2s", "12ms/step")), result(line.format("14s", "987us/step"))
    assert moved(*pair, exactly=True) == []


def test_moved_number_is_named_by_its_place():
    before, after = ({"losses": [(1.5, 2.5), {"a": np.array([3.5, last])}]} for last in (4.5, 4.6))
    assert moved(result(value=before), result(value=after), exactly=True) == ["toy.value.losses[1].a[1]: 4.6, was 4.5"]
