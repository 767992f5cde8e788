"""The text chunks of a PNG: image tools can read them, and they say enough to draw the picture again."""

import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tiledraw.drawing.metadata import MetadataError, png_metadata, read_metadata

SETTINGS = dict(
    prompt="a cat, left\nand a sun",
    plan="background: light\n",
    seed=2**64 - 1,
    size=(512, 256),
    temperature=0.8,
    flat=False,
    steps=21,
    model="painter",
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
        "Sampler": "tiledraw",
        "CFG scale": "1",
        "Seed": str(2**64 - 1),
        "Size": "512x256",
        "Model hash": "0123456789",
        "Model": "painter",
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


@given(
    st.text(alphabet=st.characters(exclude_categories=["C"]), min_size=1).filter(str.strip), st.integers(0, 2**64 - 1)
)
def test_what_is_written_is_read_back(prompt, seed):
    record = read_metadata(png_metadata(**SETTINGS | {"prompt": prompt, "seed": seed}))
    assert (record.prompt, record.seed, record.size, record.plan) == (
        prompt.strip(),
        seed,
        (512, 256),
        SETTINGS["plan"],
    )
    assert (record.temperature, record.flat) == (0.8, False)
    assert len(record.states) == 1


def test_a_changed_picture_knows_all_that_it_was():
    first = png_metadata(**SETTINGS)
    change = {"verb": "edit", "remove": ["cat"]}
    second = png_metadata(**SETTINGS | {"seed": 1}, change=change, history=read_metadata(first).states)
    third = png_metadata(**SETTINGS | {"seed": 2}, change={}, history=read_metadata(second).states)
    states = read_metadata(third).states
    assert [state["seed"] for state in states] == [SETTINGS["seed"], 1, 2]
    assert states[0] == json.loads(first["tiledraw"]) and states[1]["change"] == change
    assert not any("history" in state for state in states)


def test_pictures_without_a_record_have_none():
    assert read_metadata({}) is None
    assert read_metadata({"parameters": "a cat\nSteps: 3"}) is None


@pytest.mark.parametrize("more", [{"candidates": 4}, {"candidates": None}, {"order": "planned", "check": 2}])
def test_what_earlier_versions_wrote_is_read(more):
    chunks = png_metadata(**SETTINGS)
    written = json.loads(chunks["tiledraw"]) | more
    record = read_metadata({"tiledraw": json.dumps(written)})
    assert {**vars(record), "states": ()} == {**vars(read_metadata(chunks)), "states": ()}
    assert record.states == (written,)


@pytest.mark.parametrize(
    "damage",
    [
        *("", "7", "[]", "null", "{", "{}", "[" * 100_000),
        *(
            {key: value}
            for key, value in [
                *(("prompt", bad) for bad in (None, 7, "", "x" * 3000, "\ud800")),
                *(("seed", bad) for bad in (-1, 2**64, 1.5, "1", None)),
                *(("size", bad) for bad in (None, 7, [1], [1, 2, 3], ["1", "2"])),
                *(("temperature", bad) for bad in (-1, "1", None, float("nan"))),
                *(("history", bad) for bad in (None, 7, ["x"], "no")),
                *(("plan", 7), ("flat", "yes")),
            ]
        ),
    ],
)
def test_a_damaged_record_is_refused_in_one_sentence(damage):
    text = damage
    if isinstance(damage, dict):
        text = json.dumps(json.loads(png_metadata(**SETTINGS)["tiledraw"]) | damage)
    with pytest.raises(MetadataError) as caught:
        read_metadata({"tiledraw": text})
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 200
