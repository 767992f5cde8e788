"""The text chunks of a PNG: image tools can read them, and they say enough to draw the picture again."""

import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tiledraw.metadata import package_version, png_metadata

SETTINGS = dict(
    prompt="a cat, left\nand a sun",
    plan="background: light\n",
    seed=2**64 - 1,
    size=(512, 256),
    order="chess",
    temperature=0.8,
    flat=False,
    steps=21,
    model="bundled",
    fingerprint="0123456789abcdef",
    version="0.1.0",
)

# How AUTOMATIC1111 and the tools that follow it split the last line of `parameters`.
PARAMETER = re.compile(r'\s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)')


def read_parameters(text: str) -> tuple[str, dict[str, str]]:
    prompt, _, line = text.rpartition("\n")
    return prompt, dict(PARAMETER.findall(line))


def test_parameters_are_read_by_image_tools():
    prompt, parameters = read_parameters(png_metadata(**SETTINGS)["parameters"])
    assert prompt == SETTINGS["prompt"]
    assert parameters == {
        "Steps": "21",
        "Sampler": "tiledraw chess",
        "CFG scale": "1",
        "Seed": str(2**64 - 1),
        "Size": "512x256",
        "Model hash": "0123456789",
        "Model": "bundled",
        "Temperature": "0.8",
        "Version": "tiledraw 0.1.0",
    }


def test_a_model_path_with_commas_stays_one_value():
    model = 'C:\\models, "old": 2'
    _, parameters = read_parameters(png_metadata(**SETTINGS | {"model": model})["parameters"])
    assert json.loads(parameters["Model"]) == model
    assert parameters["Temperature"] == "0.8"


def test_flat_pictures_say_so():
    chunks = png_metadata(**SETTINGS | {"flat": True, "plan": None})
    assert "Sampler: tiledraw flat" in chunks["parameters"]
    assert json.loads(chunks["tiledraw"])["flat"] is True


def test_json_is_enough_to_draw_the_picture_again():
    record = json.loads(png_metadata(**SETTINGS)["tiledraw"])
    left_out = {"steps"}
    assert record == {key: value for key, value in SETTINGS.items() if key not in left_out} | {"size": [512, 256]}


@pytest.mark.parametrize("prompt", ["在左下角画一朵花", "🐈", "Ü", 'a "cat"\nSteps: 3'])
def test_both_chunks_survive_a_png(prompt):
    chunks = png_metadata(**SETTINGS | {"prompt": prompt})
    info = PngInfo()
    for key, text in chunks.items():
        info.add_text(key, text)
    file = io.BytesIO()
    Image.new("L", (32, 32)).save(file, "PNG", pnginfo=info)
    assert Image.open(file).text == chunks


@given(st.text(), st.integers(0, 2**64 - 1), st.floats(0, allow_infinity=False))
def test_values_come_back_exactly(prompt, seed, temperature):
    chunks = png_metadata(**SETTINGS | {"prompt": prompt, "seed": seed, "temperature": temperature})
    record = json.loads(chunks["tiledraw"])
    assert (record["prompt"], record["seed"], record["temperature"]) == (prompt, seed, temperature)
    assert read_parameters(chunks["parameters"])[0] == prompt


def test_version():
    assert re.fullmatch(r"\d+\.\d+.*|unknown", package_version())
