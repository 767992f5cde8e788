"""The enlarging autoencoder: a small convolutional VAE that reads a picture and decodes it four times as large.

Kingma and Welling, 2014; residual blocks without normalisation after EDSR (Lim et al., 2017), enlarging by pixel
shuffle (Shi et al., 2016). The first numbers of a latent are the pixels themselves and what is learned is added, so a
new network enlarges bilinearly. Convolutions alone: an output pixel depends on a window of the picture (`reach`) and on
nothing else, so a large picture can be enlarged piece by piece.
Knows tensors and its folder. Knows nothing about training or pieces.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import numpy as np

from tiledraw.common.extras import needs
from tiledraw.common.fields import Range, check_fields
from tiledraw.common.files import atomic_write
from tiledraw.models.knowledge import ModelError, model_errors
from tiledraw.models.loading import check_finite, packaged_folder
from tiledraw.models.safety import check_folder, check_weights, read_object

with needs("models", "the network that enlarges"):
    import torch
    from safetensors.torch import load_file, save
    from torch import Tensor, nn
    from torch.nn import functional as F

KIND = "tiledraw-vae"
PIXELS = 4  # of a latent
MOST = 10_000  # channels and blocks of a network, in all
NARROW = -6.0  # logarithm of the variance of new latents: noise as wide as the pixels themselves would teach nothing
CONFIG, WEIGHTS = "config.json", "model.safetensors"


@dataclass(frozen=True)
class VaeConfig:
    """Shape of the network.

    Attributes:
        width: Channels at half the side of the picture, where most of the work is done.
        fine_width: Channels at the side of the picture, before it is enlarged.
        latent: Numbers in a latent, of which there is one for each 2x2 pixels, so at least 4.
        encoder_blocks: Residual blocks of the encoder.
        decoder_blocks: Residual blocks of the decoder at half the side.
        fine_blocks: Residual blocks of the decoder at the side of the picture.
    """

    width: Annotated[int, Range(1, 8192)] = 64
    fine_width: Annotated[int, Range(1, 8192)] = 48
    latent: Annotated[int, Range(PIXELS, 1024)] = 8
    encoder_blocks: Annotated[int, Range(0, 1000)] = 2
    decoder_blocks: Annotated[int, Range(0, 1000)] = 4
    fine_blocks: Annotated[int, Range(0, 1000)] = 2

    def __post_init__(self) -> None:
        check_fields(self, "vae")


def _convolution(inputs: int, outputs: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, padding=1)


def _silent(inputs: int, outputs: int) -> nn.Conv2d:
    """One that adds nothing until it has learned."""
    layer = _convolution(inputs, outputs)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


class Block(nn.Module):
    """Two convolutions beside the identity, which is all that a new one does."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.second = _convolution(width, width), _silent(width, width)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(F.silu(self.first(x)))


class Vae(nn.Module):
    """Pictures are `(N, 1, H, W)` float32 from -1 (black) to 1 (white), H and W even; larger ones `(N, 1, 4H, 4W)`;
    latents `(N, latent, H / 2, W / 2)`."""

    scale = 4
    grain = 2

    def __init__(self, config: VaeConfig = VaeConfig()) -> None:
        super().__init__()
        self.config, width, fine = config, config.width, config.fine_width
        self.encoder = nn.Sequential(
            _convolution(PIXELS, width),
            *(Block(width) for _ in range(config.encoder_blocks)),
            _silent(width, 2 * config.latent),
        )
        nn.init.constant_(self.encoder[-1].bias[config.latent :], NARROW)
        self.decoder = nn.Sequential(
            _convolution(config.latent, width),
            *(Block(width) for _ in range(config.decoder_blocks)),
            _convolution(width, 4 * fine),
            nn.PixelShuffle(2),
            *(Block(fine) for _ in range(config.fine_blocks)),
            _silent(fine, self.scale**2),
            nn.PixelShuffle(self.scale),
        )

    @property
    def reach(self) -> int:
        """How many pixels of the picture beyond its own an output pixel depends on, to each side."""
        half = 4 + 2 * (self.config.encoder_blocks + self.config.decoder_blocks)  # convolutions at half the side
        return 2 * half + 2 * self.config.fine_blocks + 1 + 1  # and a pixel because 2x2 of them are one there

    def encode(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and logarithm of the variance of the latents."""
        pixels = F.pixel_unshuffle(pictures, 2)
        added, log_variance = self.encoder(pixels).chunk(2, dim=1)
        return added + F.pad(pixels, (0, 0, 0, 0, 0, self.config.latent - PIXELS)), log_variance.clamp(-20, 10)

    def decode(self, latents: Tensor) -> Tensor:
        """Pictures four times as large, not clipped to -1 to 1."""
        pixels = F.pixel_shuffle(latents[:, :PIXELS], 2)
        return self.decoder(latents) + F.interpolate(pixels, scale_factor=self.scale, mode="bilinear")

    @torch.inference_mode()
    def enlarge(self, pixels: np.ndarray) -> np.ndarray:
        """A picture `(H, W)` uint8 as `(4H, 4W)` uint8; always the same: the latents are their means."""
        return to_grays(self.decode(self.encode(to_tensor(pixels))[0]))


class Autoencoder:
    """An `AutoencoderKL` of diffusers as such a network: of gray or of coloured pictures, whose colours are averaged.

    One with r * r times as many channels out as in enlarges r times, by pixel shuffle; one with as many only redraws a
    picture at its size. Its attention and its norms look at the whole picture, so that pieces differ a little from the
    picture in one piece, the less the more they overlap: `reach` is no bound here.

    Raises:
        ModelError: the channels fit neither.
    """

    reach = 64

    def __init__(self, network: nn.Module) -> None:
        self.network = network.eval()
        self.channels, outputs = network.config.in_channels, network.config.out_channels
        self.grain = 2 ** (len(network.config.block_out_channels) - 1)
        self.scale = round((outputs / self.channels) ** 0.5)
        if self.scale**2 * self.channels != outputs:
            raise ModelError(
                f"an autoencoder with {self.channels} channels in and {outputs} out can't enlarge; "
                "it needs as many out as in, or 4, 16, ... times as many"
            )

    @torch.inference_mode()
    def enlarge(self, pixels: np.ndarray) -> np.ndarray:
        """A picture `(H, W)` uint8 as `(scale * H, scale * W)` uint8."""
        latents = self.network.encode(to_tensor(pixels).expand(-1, self.channels, -1, -1)).latent_dist.mode()
        return to_grays(F.pixel_shuffle(self.network.decode(latents).sample, self.scale))


def to_tensor(pixels: np.ndarray) -> Tensor:
    """Pictures `(H, W)` or `(N, H, W)` uint8 as `(N, 1, H, W)` float32 from -1 to 1."""
    height, width = pixels.shape[-2:]
    return torch.from_numpy(pixels.reshape(-1, 1, height, width).astype(np.float32)) / 127.5 - 1


def to_grays(picture: Tensor) -> np.ndarray:
    """A picture `(1, C, H, W)` from -1 to 1 as its mean over the channels, `(H, W)` uint8."""
    return ((picture[0].float().mean(0) + 1) * 127.5).round().clamp(0, 255).byte().numpy()


def save_vae(folder: Path, network: Vae) -> None:
    """Writes a folder that `load_vae` reads, the weights in float16: 2 bytes each, and no gray changes by it."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: value.detach().half().contiguous() for name, value in network.state_dict().items()}
    atomic_write(folder / WEIGHTS, save(tensors))
    atomic_write(folder / CONFIG, (json.dumps({"kind": KIND, **asdict(network.config)}, indent=1) + "\n").encode())


def packaged_vae() -> Path:
    """The folder of the network in the package."""
    return packaged_folder("enlarger")


def load_vae(folder: Path) -> Vae | Autoencoder:
    """Our own network, or an `AutoencoderKL` that diffusers has saved, which needs the `diffusers` extra.

    Raises:
        ModelError: the folder is missing or damaged, or holds something else.
        MissingExtraError: diffusers is not installed.
    """
    if not (folder / CONFIG).is_file():
        raise ModelError(f"{folder} holds no {CONFIG}; give a folder that `tiledraw train` or diffusers has saved")
    with model_errors(str(folder)):
        check_folder(folder)
        config = read_object(folder / CONFIG)
        kind = config.pop("kind", None) or config.get("_class_name")
        if kind == KIND:
            sizes = VaeConfig(**config)
            if sum(vars(sizes).values()) > MOST:
                raise ValueError(f"its {CONFIG} describes a network that is larger than any")
            with torch.device("meta"):  # no memory for what the weights don't hold
                network = Vae(sizes)
            network.load_state_dict(load_file(folder / WEIGHTS), assign=True)
            check_finite(str(folder), network)
            return network.float().eval()
    if kind != "AutoencoderKL":
        raise ModelError(f"{folder} is no autoencoder; give a folder that `tiledraw train` or diffusers has saved")
    with needs("diffusers"):
        from diffusers import AutoencoderKL
    with model_errors(str(folder)):
        check_weights(folder)
        network = AutoencoderKL.from_pretrained(folder, use_safetensors=True, local_files_only=True)
        check_finite(str(folder), network)
        return Autoencoder(network)
