"""OpenAI's interface: its own client draws, streams and changes pictures here, and gets its own kind of errors."""

import base64
import io
import json
import time

import httpx
import numpy as np
import openai
import pytest
from PIL import Image

from tiledraw.drawing.events import ImageDone
from tiledraw.drawing.openraster import read_openraster
from tiledraw.serving.limits import Limits
from tiledraw.serving.plans import plan_to_data

PROMPT = "a cat and a sun at the top right"


@pytest.fixture(scope="module")
def ai(served):
    return openai.OpenAI(base_url=served[0] + "v1", api_key="none needed", max_retries=0)


def opened(text):
    with Image.open(io.BytesIO(base64.b64decode(text))) as image:
        image.load()
        return image


def pixels(image):
    return np.asarray(image.convert("RGBA"))


def test_the_client_finds_the_model(ai):
    assert [model.id for model in ai.models.list()] == ["tiny"]
    assert ai.models.retrieve("tiny").owned_by == "tiledraw"
    with pytest.raises(openai.NotFoundError):
        ai.models.retrieve("gpt-image-1")


def test_the_same_seed_is_the_picture_of_the_command_line(ai, painter):
    answer = ai.images.generate(model="tiny", prompt=PROMPT, n=2, size="64x64", extra_body={"seed": 3})
    assert [one.seed for one in answer.data] == [3, 4] and answer.size == "64x64"
    for seed, one in zip((3, 4), answer.data, strict=True):
        assert np.array_equal(pixels(opened(one.b64_json)), pixels(painter.draw(PROMPT, 64, seed=seed)))
    assert answer.usage.input_tokens > 0 and answer.usage.total_tokens >= answer.usage.output_tokens


def test_a_plan_draws_what_it_says(ai, painter):
    plan = {"grid": 32, "background": "none", "placements": [{"subject": "cat", "box": "0 0 16 16"}]}
    for given in (plan, "grid: 32\nbackground: none\nplacements: [{subject: cat, box: 0 0 16 16}]"):
        (one,) = ai.images.generate(prompt="anything", size="32x32", extra_body={"plan": given, "seed": 0}).data
        assert one.plan == plan and opened(one.b64_json).mode == "RGBA"


@pytest.mark.parametrize(("form", "background", "mode"), [
    ("png", "transparent", "RGBA"), ("png", "opaque", "RGB"), ("webp", "transparent", "RGBA"), ("jpeg", "auto", "RGB"),
])  # fmt: skip
def test_formats_and_backgrounds(ai, form, background, mode):
    answer = ai.images.generate(prompt="a cat", size="32x32", output_format=form, background=background)
    image = opened(answer.data[0].b64_json)
    assert (image.format, image.mode) == (form.upper(), mode)
    assert answer.background == ("transparent" if mode == "RGBA" else "opaque") and answer.output_format == form


def test_a_stream_shows_unfinished_pictures_and_then_the_finished_one(make_server, painter_folder):
    from tiledraw.drawing.drawer import Drawer

    drawer = Drawer.load(str(painter_folder))
    with make_server(drawer) as (address, _):
        ai = openai.OpenAI(base_url=address + "v1", api_key="none")
        asked = dict(prompt=PROMPT, size="64x64", extra_body={"seed": 3})
        events = list(ai.images.generate(stream=True, partial_images=2, **asked))
        assert [event.type.rpartition(".")[2] for event in events] == ["partial_image", "partial_image", "completed"]
        assert [event.partial_image_index for event in events[:-1]] == [0, 1]
        assert {opened(event.b64_json).size for event in events} == {(64, 64)}
        (whole,) = ai.images.generate(**asked).data
        assert events[-1].b64_json == whole.b64_json and events[-1].usage.output_tokens > 0
        assert events[0].b64_json != events[-1].b64_json


def test_an_edit_changes_what_the_plan_changes(ai, painter, tmp_path):
    picture = painter.draw(PROMPT, 64, seed=3)
    picture.save(path := tmp_path / "picture.png")
    plan = plan_to_data(picture.plan) | {"background": "red"}
    with open(path, "rb") as file:
        import json

        (one,) = ai.images.edit(image=file, prompt="on red", extra_body={"plan": json.dumps(plan)}).data
    assert one.seed == 3 and one.plan["background"] == "red"
    expected = painter.edit(picture, background="red")
    assert np.array_equal(pixels(opened(one.b64_json)), pixels(expected))


def test_an_edit_by_a_prompt_can_be_streamed(ai, painter, tmp_path):
    painter.draw("a cat", 64, seed=3).save(path := tmp_path / "picture.ora")
    with open(path, "rb") as file:
        *_, last = ai.images.edit(image=file, prompt="a cat and a house", stream=True)
    assert last.type == "image_edit.completed" and {"cat", "house"} == {
        one["subject"] for one in last.plan["placements"]
    }


def test_any_other_picture_is_drawn_over_and_stays_where_nothing_is_drawn(ai, tmp_path):
    photo = np.random.default_rng(0).integers(0, 256, (77, 101, 3), dtype=np.uint8)
    Image.fromarray(photo).save(tmp_path / "photo.png")
    prompt = "a small cat in the bottom left corner"
    (one,) = ai.images.edit(image=tmp_path / "photo.png", prompt=prompt, extra_body={"seed": 1}).data
    drawn = np.asarray(opened(one.b64_json))
    assert drawn.shape == photo.shape and (drawn[:30] == photo[:30]).all() and (drawn != photo).any()


@pytest.mark.parametrize("suffix", [".jpg", ".ora", ".png"])
def test_with_a_mask_only_what_is_transparent_in_it_changes(ai, painter, tmp_path, suffix):
    path, mask = tmp_path / f"picture{suffix}", tmp_path / "mask.png"
    painter.draw("a cat", (96, 64), seed=3).save(path)
    before = pixels(Image.fromarray(read_openraster(path).merged) if suffix == ".ora" else Image.open(path))
    opacity = np.full(before.shape, 255, np.uint8)
    opacity[10:50, 20:60, 3] = 0
    Image.fromarray(opacity).save(mask)
    (one,) = ai.images.edit(image=path, mask=mask, prompt="a sun", extra_body={"seed": 1}).data
    changed = (pixels(opened(one.b64_json)) != before).any(-1)
    assert changed.any() and not changed[opacity[..., 3] > 0].any()


def test_a_plan_that_says_no_background_leaves_the_picture_between_its_things(ai, tmp_path):
    photo, path, mask = np.full((64, 96, 3), 99, np.uint8), tmp_path / "photo.png", tmp_path / "mask.png"
    Image.fromarray(photo).save(path)
    Image.new("RGBA", (96, 64)).save(mask)
    plan = {"grid": 32, "placements": [{"subject": "cat", "box": "0 8 8 16"}]}
    for background, rest in ((None, 99), ("black", 0)):
        told = json.dumps(plan | ({"background": background} if background else {}))
        (one,) = ai.images.edit(image=path, mask=mask, prompt="a cat", extra_body={"plan": told}).data
        assert (pixels(opened(one.b64_json))[:, 48:, :3] == rest).all()


def test_what_a_prompt_adds_leaves_the_rest_and_what_goes_is_said(ai, painter, tmp_path):
    painter.draw("a cat at the left", 64, seed=3).save(tmp_path / "cat.png")
    (more,) = ai.images.edit(image=tmp_path / "cat.png", prompt="add a sun").data
    assert [one["subject"] for one in more.plan["placements"]] == ["cat", "sun"] and not more.remarks
    (other,) = ai.images.edit(image=tmp_path / "cat.png", prompt="a sun").data
    assert [one["subject"] for one in other.plan["placements"]] == ["sun"]
    assert "gone is cat" in other.remarks[0]


def test_a_picture_that_was_drawn_over_another_is_changed_by_an_ordinary_prompt(ai, painter, tmp_path):
    painter.draw("a cat at the left", over=np.full((40, 70, 3), 99, np.uint8)).save(tmp_path / "over.ora")
    (one,) = ai.images.edit(image=tmp_path / "over.ora", prompt="a small sun at the right").data
    assert opened(one.b64_json).size == (70, 40) and (pixels(opened(one.b64_json))[:, :20, :3] == 99).all()


def test_edits_that_can_t_be_made_are_refused_in_the_form_of_the_interface(ai, painter, tmp_path):
    painter.draw("a cat", 64, seed=3).save(ours := tmp_path / "ours.png")
    Image.new("RGB", (64, 64)).save(foreign := tmp_path / "foreign.png")
    Image.new("RGBA", (32, 32)).save(small := tmp_path / "small.png")
    Image.new("RGB", (300, 32)).save(large := tmp_path / "large.png")
    (tmp_path / "text.png").write_text("a cat")
    for arguments, sentence in (
        ({"image": foreign, "prompt": "a sun", "size": "256x256"}, "keeps its size"),
        ({"image": foreign, "prompt": "a sun", "background": "transparent"}, "leave background out"),
        ({"image": tmp_path / "text.png", "prompt": "a sun"}, "no picture"),
        ({"image": ours, "mask": foreign, "prompt": "a sun"}, "the mask is nowhere transparent"),
        ({"image": ours, "mask": small, "prompt": "a sun"}, "the mask has 32x32 pixels, the picture 64x64"),
        ({"image": ours, "mask": tmp_path / "text.png", "prompt": "a sun"}, "the mask: it is no picture"),
        ({"image": large, "prompt": "a sun"}, "draws over up to 256 a side: reduce it"),
        ({"image": ours, "prompt": " "}, "say what the picture is to show"),
        ({"image": ours, "prompt": "a unicorn"}, "unicorn"),
    ):
        with pytest.raises(openai.BadRequestError, match=sentence) as caught:
            ai.images.edit(**arguments)
        assert caught.value.body["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    ("arguments", "kind", "sentence"),
    [
        ({"prompt": ""}, openai.BadRequestError, "the prompt is empty"),
        ({"model": "dall-e-3"}, openai.NotFoundError, "tiny is"),
        ({"size": "100x100"}, openai.BadRequestError, "whole tiles"),
        ({"size": "1024x1024"}, openai.BadRequestError, "larger than this server draws"),
        ({"n": 0}, openai.BadRequestError, "1 to 10"),
        ({"n": 99}, openai.BadRequestError, "1 to 10"),
        ({"response_format": "url"}, openai.BadRequestError, "b64_json"),
        ({"output_format": "gif"}, openai.BadRequestError, "output_format"),
        ({"output_format": "jpeg", "background": "transparent"}, openai.BadRequestError, "png or webp"),
        ({"stream": True, "n": 2}, openai.BadRequestError, "a stream holds one"),
        ({"stream": True, "partial_images": 4}, openai.BadRequestError, "0 to 3"),
        ({"extra_body": {"seed": -1}}, openai.BadRequestError, "out of range"),
        ({"extra_body": {"plan": {"grid": 1}}}, openai.BadRequestError, "the grid 1 is out of range"),
        ({"extra_body": {"plan": {"placements": []}}}, openai.BadRequestError, "no grid; add grid: 32"),
        ({"extra_body": {"plan": "background: white"}}, openai.BadRequestError, "no grid; add grid: 32"),
        ({"prompt": "a unicorn"}, openai.BadRequestError, "unicorn"),
    ],
)  # fmt: skip
def test_mistakes_are_told_in_the_form_of_the_interface(ai, arguments, kind, sentence):
    with pytest.raises(kind, match=sentence) as caught:
        list(ai.images.generate(**{"prompt": "a cat", **arguments}))
    assert caught.value.body["type"] == "invalid_request_error"


def test_a_strict_request_refuses_what_is_in_doubt(ai):
    with pytest.raises(openai.BadRequestError, match="leave strict out"):
        ai.images.generate(prompt="a cat on a rainy day", size="32x32", extra_body={"strict": True})


def test_what_is_unknown_can_be_left_out_and_is_then_told(ai):
    asked = dict(prompt="a cat and a unicorn", size="32x32")
    with pytest.raises(openai.BadRequestError, match="; without_unknown draws the rest"):
        ai.images.generate(**asked)
    (one,) = ai.images.generate(**asked, extra_body={"without_unknown": True}).data
    assert one.remarks[0].startswith("left out: 'unicorn'")


def test_what_cannot_be_drawn_is_refused_before_a_stream_begins(ai):
    with pytest.raises(openai.BadRequestError, match="unicorn") as caught:
        ai.images.generate(prompt="a unicorn", size="32x32", stream=True)
    assert caught.value.body["code"] == "unknown_subject"


def test_a_stream_that_fails_after_it_began_says_so_in_an_event(make_server, painter):
    class Breaking:
        loaded = painter.loaded

        def stream_all(self, jobs):
            for number, event in painter.stream_all(jobs):
                if isinstance(event, ImageDone):
                    raise ValueError("it broke")
                yield number, event

    with make_server(Breaking()) as (address, _):
        ai = openai.OpenAI(base_url=address + "v1", api_key="none", max_retries=0)
        plan = {"grid": 32, "placements": [{"subject": "cat", "box": "0 0 32 32"}]}
        stream = ai.images.generate(
            prompt=PROMPT, size="64x64", stream=True, partial_images=3, extra_body={"seed": 77, "plan": plan}
        )
        assert next(stream).type == "image_generation.partial_image"
        with pytest.raises(openai.APIError, match="it broke"):
            list(stream)


def test_a_full_server_says_so(make_server, slow):
    with make_server(slow, limits=Limits(at_once=1, waiting=0)) as (address, _):
        first = openai.OpenAI(base_url=address + "v1", api_key="none", max_retries=0, timeout=0.5)
        with pytest.raises(openai.APITimeoutError):
            first.images.generate(prompt="a cat")
        assert slow.begun.acquire(timeout=60)
        end = time.monotonic() + 60
        while not slow.ended and time.monotonic() < end:  # who is tired of waiting ends his drawing, too
            time.sleep(0.01)
        assert slow.ended == 1
        with httpx.stream("POST", address + "api/draw", json={"prompt": "a cat"}):
            with pytest.raises(openai.RateLimitError, match="wait already") as caught:
                first.with_options(timeout=60).images.generate(prompt="a cat")
            assert caught.value.response.headers["retry-after"]


def test_the_schema_tells_of_the_extensions(client):
    schema = client.get("/openapi.json").json()
    assert {"/v1/images/generations", "/v1/images/edits", "/v1/models"} <= set(schema["paths"])
    assert {"seed", "plan", "layers", "strict", "without_unknown"} <= set(
        schema["components"]["schemas"]["Generation"]["properties"]
    )
    assert client.get("/docs").status_code == 404


def test_layers_come_with_a_picture_if_they_are_asked_for_and_can_be_changed(ai, tmp_path):
    (one,) = ai.images.generate(prompt="a cat", size="64x64", extra_body={"seed": 5, "layers": True}).data
    (tmp_path / "cat.ora").write_bytes(base64.b64decode(one.b64_ora))
    assert (read_openraster(tmp_path / "cat.ora").merged == pixels(opened(one.b64_json))).all()
    (other,) = ai.images.edit(image=tmp_path / "cat.ora", prompt="add a sun").data
    assert [thing["subject"] for thing in other.plan["placements"]] == ["cat", "sun"] and not hasattr(other, "b64_ora")


def test_pictures_of_the_interface_say_how_they_were_drawn(ai, painter):
    from tiledraw.drawing.restacking import open_layered

    (one,) = ai.images.generate(prompt="a cat", size="32x32", extra_body={"seed": 5}).data
    assert open_layered(opened(one.b64_json)).record.seed == 5
