"""Showing: a notebook shows the thought and the picture as they come; the example notebook runs as it stands."""

import builtins
import json
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tiledraw.common.extras import MissingExtraError
from tiledraw.drawing import showing
from tiledraw.drawing.job import Job
from tiledraw.language.boxes import Box
from tiledraw.language.plan import Placement, Plan

EXAMPLE = Path(__file__).parents[2] / "scripts" / "notebook.ipynb"
PLAN = Plan((Placement("cat", Box(0, 0, 24, 24)),), "grass")


class Handle:
    """In place of a cell: what it has shown, as it was then."""

    def __init__(self):
        self.shown = []

    def display(self, shown):
        self.shown.append(shown._repr_html_())

    update = display


def test_a_cell_shows_the_thought_first_then_layers_then_the_picture(painter, monkeypatch):
    handle = Handle()
    monkeypatch.setattr(showing, "notebook_handle", lambda: handle)
    monkeypatch.setattr(showing, "PAUSE", 0)
    picture = painter.draw("a cat", 64, plan=PLAN, seed=5, show=True)
    empty, planned, *_, last = handle.shown
    assert "- cat: 0 0 24 24" in planned and "- cat" not in empty
    assert last == picture._repr_html_() and len(set(handle.shown)) > 3


def test_where_there_is_no_notebook_one_sentence_says_so(painter, monkeypatch):
    with pytest.raises(ValueError, match="show is for notebooks, and this is none"):
        painter.draw("a cat", 32, show=True)
    real = builtins.__import__

    def without(name, *more):
        if name.partition(".")[0] == "IPython":
            raise ModuleNotFoundError("No module named 'IPython'", name="IPython")
        return real(name, *more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=re.escape("needs IPython: pip install 'tiledraw[notebook]'")):
        showing.shown(iter(()), Job("a cat"))


def test_the_example_notebook_keeps_no_outputs_and_runs(tmp_path):
    notebook = nbformat.read(EXAMPLE, 4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in cells)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(EXAMPLE.parents[1])}}).execute()
    first, edited, over, events = (json.dumps(cell.outputs) for cell in cells)
    assert "data:image/png" in first and "- cat: red" in first
    assert "- cat: blue" in edited and "star" in edited and "data:image/png" in over and "ImageDone" in events
