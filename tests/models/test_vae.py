"""The enlarging autoencoder: what an output pixel depends on, its folder, and that of diffusers."""

import json

import numpy as np
import pytest
import torch

from tiledraw.models.knowledge import ModelError
from tiledraw.models.vae import CONFIG, WEIGHTS, Autoencoder, Vae, VaeConfig, load_vae, save_vae, to_grays, to_tensor


def grays(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)


def random_vae(config):
    torch.manual_seed(0)
    network = Vae(config).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.normal_(0, 0.3)
    return network


@pytest.mark.parametrize("config", [VaeConfig(4, 3, 4, 0, 0, 0), VaeConfig(6, 5, 5, 1, 2, 2)])
def test_a_pixel_changes_what_is_within_reach_and_nothing_else(config):
    network = random_vae(config)
    side = 2 * (2 * network.reach // 2) + 8
    pixels = grays(side, side)
    for y in (side // 2, side // 2 + 1):
        changed = pixels.copy()
        changed[y, y] ^= 255
        with torch.no_grad():
            one, other = (network.decode(network.encode(to_tensor(part))[0]) for part in (pixels, changed))
        rows = np.flatnonzero((one - other).abs()[0, 0].amax(1).numpy() > 1e-6) // network.scale
        assert y - rows[0] <= network.reach and rows[-1] - y <= network.reach
        assert max(y - rows[0], rows[-1] - y) >= network.reach - 2  # and the bound is no waste


def test_shapes_and_that_the_same_picture_gives_the_same():
    network = random_vae(VaeConfig(4, 4, 5, 1, 1, 1))
    mean, log_variance = network.encode(torch.zeros(3, 1, 6, 8))
    assert mean.shape == log_variance.shape == (3, 5, 3, 4)
    assert network.decode(mean).shape == (3, 1, 24, 32)
    pixels = grays(6, 8)
    assert network.enlarge(pixels).shape == (24, 32) and network.enlarge(pixels).dtype == np.uint8
    assert np.array_equal(network.enlarge(pixels), network.enlarge(pixels))


def test_a_new_network_enlarges_bilinearly():
    picture = to_tensor(grays(8, 10))
    network = Vae()
    mean, log_variance = network.encode(picture)
    expected = torch.nn.functional.interpolate(picture, scale_factor=4, mode="bilinear")
    assert torch.allclose(network.decode(mean), expected, atol=1e-6)
    assert (log_variance < -5).all()


def test_grays_survive_the_way_to_tensors_and_back():
    every = np.arange(256, dtype=np.uint8).reshape(16, 16)
    tensor = to_tensor(every)
    assert tensor.shape == (1, 1, 16, 16) and tensor.min() == -1 and tensor.max() == 1
    assert np.array_equal(to_grays(tensor), every)
    assert np.array_equal(to_grays(3 * tensor)[[0, -1], [0, -1]], [0, 255])


def test_a_folder_gives_back_the_network(tmp_path):
    network = Vae(VaeConfig(8, 6, 4, 1, 1, 1)).eval()
    save_vae(tmp_path / "net", network)
    again = load_vae(tmp_path / "net")
    assert again.config == network.config and not again.training
    pixels = grays(16, 16)
    assert np.abs(again.enlarge(pixels).astype(int) - network.enlarge(pixels)).max() <= 1
    save_vae(tmp_path / "twice", again)
    assert (tmp_path / "twice" / WEIGHTS).read_bytes() == (tmp_path / "net" / WEIGHTS).read_bytes()


def test_the_network_is_small(tmp_path):
    save_vae(tmp_path, Vae())
    assert (tmp_path / WEIGHTS).stat().st_size < 2_000_000


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        (CONFIG, None, "holds no config.json"),
        (CONFIG, b"{", "can't be loaded"),
        (CONFIG, b"[]", "can't be loaded"),
        (CONFIG, b'{"kind": "tiledraw-vae", "depth": 3}', "can't be loaded"),
        (CONFIG, b'{"kind": "tiledraw-vae", "width": 9}', "can't be loaded"),
        (CONFIG, b'{"kind": "tiledraw-vae", "width": "9"}', "vae.width is .9.; it is a whole number"),
        (CONFIG, b'{"kind": "tiledraw-vae", "latent": 3}', "vae.latent is 3; it is from 4 to 1,024"),
        (CONFIG, b'{"kind": "tiledraw-vae", "decoder_blocks": 1000000000}', "can't be loaded"),
        (CONFIG, b'{"model_type": "qwen3"}', "is no autoencoder"),
        (WEIGHTS, None, "can't be loaded"),
        (WEIGHTS, b"damaged", "can't be loaded"),
    ],
)
def test_a_damaged_folder_is_refused_in_one_sentence(tmp_path, name, content, sentence):
    save_vae(tmp_path, Vae(VaeConfig(4, 4, 4, 0, 0, 0)))
    (tmp_path / name).unlink() if content is None else (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelError, match=sentence) as error:
        load_vae(tmp_path)
    assert "\n" not in str(error.value)


# diffusers -----------------------------------------------------------------------------------------------------------


def autoencoder(**changes):
    diffusers = pytest.importorskip("diffusers")
    torch.manual_seed(0)
    shape = {
        "in_channels": 1, "out_channels": 16, "block_out_channels": (8, 8), "norm_num_groups": 4, "latent_channels": 2,
        "down_block_types": ("DownEncoderBlock2D",) * 2, "up_block_types": ("UpDecoderBlock2D",) * 2,
    }  # fmt: skip
    return diffusers.AutoencoderKL(**shape | changes)


@pytest.mark.parametrize(("inputs", "outputs", "scale"), [(1, 16, 4), (3, 12, 2), (3, 3, 1)])
def test_an_autoencoder_of_diffusers_enlarges_by_its_channels(inputs, outputs, scale, tmp_path):
    from tiledraw.drawing.enlarging import ByTiles

    autoencoder(in_channels=inputs, out_channels=outputs).save_pretrained(tmp_path / "kl")
    assert json.loads((tmp_path / "kl" / CONFIG).read_text())["_class_name"] == "AutoencoderKL"
    network = load_vae(tmp_path / "kl")
    assert isinstance(network, Autoencoder) and (network.scale, network.grain) == (scale, 2)
    pixels = grays(22, 17)
    large = ByTiles(network, 8).enlarge(pixels, 4)
    assert large.shape == (88, 68) and large.dtype == np.uint8 and len(np.unique(large)) > 4
    assert np.array_equal(large, ByTiles(network, 8).enlarge(pixels, 4))


def test_channels_that_are_no_square_are_refused():
    with pytest.raises(ModelError, match="1 channels in and 8 out can't enlarge"):
        Autoencoder(autoencoder(out_channels=8))


def test_weights_that_are_not_finite_are_refused(tmp_path):
    network = random_vae(VaeConfig(4, 3, 4, 0, 0, 0))
    with torch.no_grad():
        next(network.parameters()).view(-1)[0] = float("nan")
    save_vae(tmp_path, network)
    with pytest.raises(ModelError, match="not finite"):
        load_vae(tmp_path)
