"""The workflows run commands that exist, actions and packages that cannot change, and may do what they must."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from engine.problems import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TRUSTED = {"schedule", "workflow_dispatch", "push"}  # only who may push to the repository starts these
MAY = {  # what each job is allowed; a job that is not here is allowed nothing
    ("publish", "test"): {"contents": "read"},
    ("publish", "build"): {"contents": "read", "pages": "read"},
    ("publish", "pages"): {"contents": "read"},
    ("publish", "deploy"): {"id-token": "write", "pages": "write"},
    ("test", "test"): {"contents": "read"},
    ("weekly", "newest"): {"contents": "read"},
    ("weekly", "propose"): {"contents": "write", "pull-requests": "write"},
}
ON_MAIN = "github.ref == 'refs/heads/main'"

workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


def read(path: Path) -> dict:
    return yaml.load(path.read_text(), yaml.BaseLoader)  # which reads the key `on` as a word


def jobs(path: Path) -> dict[str, dict]:
    return read(path)["jobs"]


def steps(path: Path) -> list[dict]:
    return [step for job in jobs(path).values() for step in job.get("steps", [])]


def commands(path: Path) -> str:
    return "\n".join(step["run"] for step in steps(path) if "run" in step)


def zizmor(*paths: Path) -> subprocess.CompletedProcess:
    command = [shutil.which("zizmor"), "--offline", "--persona=regular", "--no-progress", "--quiet", *paths]
    return subprocess.run(command, capture_output=True, text=True)


def test_there_is_one_for_changes_one_for_main_and_one_for_each_week():
    assert {path.stem: set(read(path)["on"]) for path in WORKFLOWS} == {
        "publish": {"push", "workflow_dispatch"},
        "test": {"pull_request", "push", "workflow_call"},
        "weekly": {"schedule", "workflow_dispatch"},
    }


def test_zizmor_finds_nothing():
    done = zizmor(*WORKFLOWS)
    assert done.returncode == 0, done.stdout


def test_zizmor_would_find_an_action_that_is_not_pinned(tmp_path):
    path = tmp_path / "test.yml"
    path.write_text(re.sub(r"(checkout)@\w{40} # v[\d.]+", r"\1@v7", WORKFLOWS[1].read_text()))
    assert "unpinned-uses" in zizmor(path).stdout


@workflow
def test_every_action_is_pinned_by_its_commit_and_says_its_version(path):
    used = re.findall(r"uses: *(.*)", path.read_text())
    assert used
    for action in used:
        assert re.fullmatch(r"\./\S+( #.*)?|[\w-]+(/[\w-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action)


def test_an_action_has_the_same_commit_everywhere():
    used = {found for path in WORKFLOWS for found in re.findall(r"uses: ([\w-]+/[\w-]+).*@(.*)", path.read_text())}
    assert len(used) == len({action for action, _ in used})


@workflow
def test_a_pull_request_sees_no_secret_and_no_workflow_runs_with_rights_of_main_on_its_code(path):
    starts = set(read(path)["on"])
    assert not starts & {"pull_request_target", "workflow_run", "issue_comment"}
    assert "secrets" not in path.read_text()
    if starts - TRUSTED:
        assert not re.search(r"github\.token|GITHUB_TOKEN|GH_TOKEN", path.read_text())


@workflow
def test_every_job_may_do_only_what_it_must(path):
    assert read(path)["permissions"] == {}
    assert {(path.stem, name): job["permissions"] for name, job in jobs(path).items()} == {
        job: permissions for job, permissions in MAY.items() if job[0] == path.stem
    }


@workflow
def test_no_step_finds_credentials_in_the_checkout(path):
    for step in steps(path):
        if "actions/checkout@" in step.get("uses", ""):
            assert step["with"] == {"persist-credentials": "false"}


@workflow
def test_every_job_ends(path):
    for job in jobs(path).values():
        assert "uses" in job or int(job["timeout-minutes"]) <= 360


@workflow
def test_only_main_keeps_results(path):
    for job in jobs(path).values():
        for step in job.get("steps", []):
            assert not re.search(r"actions/cache@", step.get("uses", ""))  # it restores and saves in one
            if "actions/cache/save@" in step.get("uses", ""):
                assert ON_MAIN in (job.get("if"), step.get("if"))


def test_only_main_is_published_and_only_after_the_tests():
    publish = next(path for path in WORKFLOWS if path.stem == "publish")
    assert {name: (job.get("needs"), job.get("if")) for name, job in jobs(publish).items()} == {
        "test": (None, None),
        "build": ("test", ON_MAIN),
        "pages": ("build", ON_MAIN),
        "deploy": (["build", "pages"], ON_MAIN),
    }


def test_what_is_uploaded_has_been_found_publishable():
    publish = next(path for path in WORKFLOWS if path.stem == "publish")
    ran = [step.get("run") or step["uses"].partition("@")[0] for step in jobs(publish)["build"]["steps"]]
    build, check = ran.index("make build"), ran.index("uv run python -m engine publishable")
    assert build < check < ran.index("actions/upload-pages-artifact")


def test_the_zip_for_classrooms_is_kept(site):
    publish = next(path for path in WORKFLOWS if path.stem == "publish")
    (kept,) = (step["with"]["path"] for step in steps(publish) if "/upload-artifact@" in step.get("uses", ""))
    assert (site / Path(kept).relative_to("site")).exists()


def test_pages_run_on_few_pictures_for_each_change_and_on_all_of_them_on_main():
    ci = (ROOT / ".ci" / "run").read_text()
    (test, publish) = (next(path for path in WORKFLOWS if path.stem == name) for name in ("test", "publish"))
    assert ".ci/run" in commands(test) and "make slow" in ci and "PICTURES" not in test.read_text()
    (run,) = (step for step in jobs(publish)["pages"]["steps"] if "run" in step)
    assert (run["run"], run["env"]) == ("make pages", {"PICTURES": "real"})


@workflow
def test_every_command_exists(path):
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    engine = subprocess.run([sys.executable, "-m", "engine", "--help"], capture_output=True, text=True, check=True)
    known = set(re.search(r"\{(.*?)\}", engine.stdout)[1].split(","))
    assert set(re.findall(r"\bmake (\w+)", commands(path))) <= targets
    assert set(re.findall(r"-m engine (\w+)", commands(path))) <= known
    for script in re.findall(r"^(\.\w+/\S+)", commands(path), re.MULTILINE):
        assert os.access(ROOT / script, os.X_OK)


@workflow
def test_every_command_that_installs_takes_what_the_lock_names(path):
    locked = read(path).get("env", {}).get("UV_LOCKED") == "1"
    for command in re.findall(r"\buv (?:run|sync)\b.*", commands(path)):
        assert locked or "--locked" in command


def test_everything_in_the_lock_has_a_digest():
    for package in tomllib.loads((ROOT / "uv.lock").read_text())["package"]:
        files = [*package.get("wheels", []), *filter(None, [package.get("sdist")])]
        assert files or package["source"] == {"editable": "."}
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", file.get("hash", "")) for file in files), package["name"]


def test_the_lock_is_that_of_the_project():
    uv = os.environ.get("UV") or shutil.which("uv")
    if not uv:
        pytest.skip("uv is not at hand")
    done = subprocess.run([uv, "lock", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
