"""The examples as they run now give what docs/results says."""

import pytest
from toy import ROOT

from engine.project import Project
from engine.read.examples import read_all
from engine.run import published

PROJECT = Project(ROOT)


def test_every_example_has_a_result_that_fits_it():
    examples, problems = read_all(PROJECT)
    assert problems == []
    assert published.stale(PROJECT, examples) == []


@pytest.mark.slow
def test_examples_without_images_give_the_same_values_when_run_afresh():
    """Exactly on the machine that made docs/results; elsewhere to a relative 1e-3, and text without its digits."""
    found = published.verify(PROJECT, images_too=False)
    assert (found.problems, found.moved) == ([], [])
    assert len(found.ran) == sum(not example.uses_images for example in read_all(PROJECT)[0])
