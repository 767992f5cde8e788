"""Training of the enlarging autoencoder: it learns, a stop changes nothing, and what comes out enlarges."""

import io
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tiledraw.cli.main import main
from tiledraw.cli.options import parse_options
from tiledraw.data.pairs import CropConfig
from tiledraw.models.vae import WEIGHTS, Vae, VaeConfig, load_vae, save_vae
from tiledraw.training import session
from tiledraw.training.checkpoints import find_checkpoints, load_checkpoint
from tiledraw.training.vae import VaeTrainConfig, VaeTrainer, decibels, vae_losses

SHIPPED = Path(__file__).parents[2] / "configs" / "vae.yaml"
CONFIG = VaeTrainConfig(
    output="",
    vae=VaeConfig(6, 4, 5, 1, 1, 1),
    crops=CropConfig(("cat", "sun"), side=16, pictures=1, each=2, level_weights={64: 1.0}),
    steps=6,
    warmup=2,
    log_steps=1,
    checkpoint_minutes=0.0,  # after each step
    evaluate_pictures=2,
)


class Kill(BaseException):
    pass


class MortalTrainer(VaeTrainer):
    """A trainer that dies before step `fatal`."""

    fatal = None

    def _train_step(self):
        if self.step == self.fatal:
            raise Kill
        return super()._train_step()


@pytest.fixture(autouse=True)
def memory_is_given_back(monkeypatch):
    monkeypatch.setattr(session, "keep_freed_memory", lambda: None)  # it would bind the whole test process


def trainer(folder, **changes):
    return MortalTrainer(replace(CONFIG, output=str(folder), **changes), log=io.StringIO())


def lines(folder):
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def straight(tmp_path_factory):
    """A run of six steps without a stop."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "keep_freed_memory", lambda: None)
        run = trainer(tmp_path_factory.mktemp("straight"))
        run.run()
    return run


def test_a_run_that_was_killed_goes_on_bit_for_bit(straight, tmp_path):
    first = trainer(tmp_path)
    first.fatal = 3
    with pytest.raises(Kill):
        first.run()
    second = trainer(tmp_path)
    assert second.step == 3 and "continuing from step 3 of 6" in second.log.getvalue()
    second.run()
    one, other = (load_checkpoint(find_checkpoints(folder)[-1])[0] for folder in (straight.folder, tmp_path))
    assert set(one) == set(other) == {"vae", "optimizer"}
    for file, content in one.items():
        assert set(content) == set(other[file])
        assert all(torch.equal(value, other[file][name]) for name, value in content.items())


def test_it_learns_crops_by_heart(tmp_path, monkeypatch):
    run = trainer(tmp_path, steps=1000, rate=1e-2)
    batch = run._batch(0)
    monkeypatch.setattr(run, "_next", lambda: batch)
    first, *_, last = [losses for _ in range(60) for losses in run._train_step()]
    assert last.pixels < 0.75 * first.pixels and last.edges < 0.95 * first.edges and last.squared < first.squared


def test_metrics_samples_and_a_network_that_enlarges(straight):
    written = lines(straight.folder)
    assert [(line["split"], line["step"]) for line in written] == [("train", n) for n in range(1, 7)] + [
        ("validation", 6)
    ]
    assert {"psnr", "pixels", "edges", "divergence", "psnr_lanczos"} < set(written[-1])
    with Image.open(straight.folder / "samples" / "step-00000006.png") as sheet:
        assert sheet.size == (4 * 64, 2 * 64)
    network = load_vae(straight.folder / "model")
    trained = straight.network.state_dict()
    assert all(torch.equal(value, trained[name].half().float()) for name, value in network.state_dict().items())
    assert network.enlarge(np.zeros((8, 8), np.uint8)).shape == (32, 32)


def test_losses_are_what_they_say():
    network = Vae(CONFIG.vae)
    small = torch.rand(2, 1, 8, 8) * 2 - 1
    mean, log_variance = network.encode(small)
    large = network.decode(mean).detach().clamp(-1, 1)
    near = vae_losses(network, small, large, None)
    assert near.pixels < 1e-6 or near.squared < 1e-12
    assert vae_losses(network, small, large - 1, None).pixels.item() == pytest.approx(1, abs=1e-4)
    assert vae_losses(network, small, large - 1, None).edges.item() == pytest.approx(near.edges.item(), abs=1e-5)
    normal = torch.distributions.Normal(mean, (log_variance / 2).exp())
    expected = torch.distributions.kl_divergence(normal, torch.distributions.Normal(0, 1)).mean()
    assert near.divergence.item() == pytest.approx(expected.item(), rel=1e-4)
    assert not torch.equal(vae_losses(network, small, large, torch.randn_like(mean)).pixels, near.pixels)
    assert decibels(4) == 0 and decibels(0.04) == pytest.approx(20)


def test_a_loss_that_is_no_number_stops_the_run(tmp_path):
    run = trainer(tmp_path)
    with torch.no_grad():
        run.network.decoder[0].weight.fill_(math.nan)
    with pytest.raises(ArithmeticError, match="at step 0"):
        run.run()
    assert not find_checkpoints(tmp_path)


def test_the_shipped_configuration_gives_a_network_of_at_most_four_megabytes(tmp_path):
    config = parse_options(VaeTrainConfig, ["--config", str(SHIPPED)], "train")
    run = VaeTrainer(replace(config, output=str(tmp_path)), log=io.StringIO())
    save_vae(tmp_path / "model", run.network)
    assert (tmp_path / "model" / WEIGHTS).stat().st_size < 4_000_000
    small, large = run.source.pairs(0)
    assert large.shape[1] == 4 * small.shape[1]


def test_train_knows_such_a_configuration_by_its_section(tmp_path, monkeypatch, capsys):
    seen = []
    monkeypatch.setattr(VaeTrainer, "run", lambda self, limit: seen.append((self.config, limit)))
    arguments = ["train", f"--config={SHIPPED}", "--output", str(tmp_path), "--time-limit", "90s", "--vae.width", "4"]
    assert main(arguments) == 0
    assert seen[0][0].vae.width == 4 and 80 < seen[0][1] <= 90  # less what loading took
    assert main([*arguments, "--vae.width", "0"]) == 2
    assert main([*arguments, "--hidden", "7"]) == 2
    assert main(["train", "--config", str(tmp_path / "none.yaml")]) == 2
    assert capsys.readouterr().err.count("\n") >= 3
