"""The workflows run commands that exist, with no more permissions than they need; zizmor checks the rest."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from toy import ROOT

from engine.__main__ import main

WORKFLOWS = {path.stem: path for path in (ROOT / ".github" / "workflows").glob("*.yml")}
PERMISSIONS = {  # of each job
    ("publish", "test"): {"contents": "read"},
    ("publish", "build"): {"contents": "read", "pages": "read"},
    ("publish", "deploy"): {"id-token": "write", "pages": "write"},
    ("test", "test"): {"contents": "read"},
    ("weekly", "newest"): {"contents": "read"},
    ("weekly", "propose"): {"contents": "write", "pull-requests": "write"},
}


def jobs(name: str) -> dict[str, dict]:
    return yaml.safe_load(WORKFLOWS[name].read_text())["jobs"]


def commands(name: str) -> str:
    return "\n".join(step.get("run", "") for job in jobs(name).values() for step in job.get("steps", []))


def test_zizmor_finds_nothing():
    zizmor = [Path(sys.executable).with_name("zizmor"), "--offline", "--no-progress", "--quiet"]
    done = subprocess.run([*zizmor, *WORKFLOWS.values()], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_jobs_have_only_the_permissions_they_need():
    assert {(name, job): does["permissions"] for name in WORKFLOWS for job, does in jobs(name).items()} == PERMISSIONS


@pytest.mark.parametrize("name", sorted(WORKFLOWS))
def test_every_command_exists(name, capsys):
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake (\w+)", commands(name))) <= targets
    assert all(os.access(ROOT / script, os.X_OK) for script in re.findall(r"^\.\w+/\S+", commands(name), re.MULTILINE))
    for command, options in re.findall(r"-m engine (\w+)((?: --\w+)*)", commands(name)):
        with pytest.raises(SystemExit, match="0"):
            main([command, "--help"])
        assert set(options.split()) <= set(re.findall(r"--\w+", capsys.readouterr().out))


def test_only_a_tested_and_checked_main_is_published():
    publish = jobs("publish")
    assert (publish["build"]["needs"], publish["deploy"]["needs"]) == ("test", "build")
    assert publish["build"]["if"] == publish["deploy"]["if"] == "github.ref == 'refs/heads/main'"
    steps = " ".join(step.get("run") or step["uses"] for step in publish["build"]["steps"])
    assert re.search("make data.*make build.*engine publishable.*upload-pages-artifact", steps)
