"""The input layer of sounds: chop into windows, split each into bands, take the logarithm: a picture."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from striate.layers.inputs.filtering import Filtering
from striate.layers.inputs.layer import InputLayer
from striate.layers.inputs.masking import Masking
from striate.recipe import Augmentation
from striate.records import AudioInput

FLOOR = 1e-6  # of the loudest: what lies 60 dB below it counts as silent
NOTHING = 1e-10  # energy of a sound without any


class AudioInputLayer(InputLayer):
    """(N, T) samples, int16 or float in [-1, 1] -> (N, 1, bands, frames), normalised log-mel energies.

    (log(energy[b, t] / max of energy + 10^-6) - mean) / std, where
    energy[b, t] = sum over f of mel[b, f] |sum over n of x[t hop + n] hann[n] exp(-2 pi i f n / window)|^2 / window.
    Energies are relative to the loudest of the sound, since how loud it was recorded mostly says nothing of what it is.
    Source: Davis and Mermelstein 1980 (mel bands); triangles of height 1, evenly spaced in mel = 2595 log10(1 + f/700).
    """

    spec: AudioInput
    hann: Tensor
    mel: Tensor

    def __init__(self, spec: AudioInput) -> None:
        super().__init__()
        self.spec = spec
        self.register_buffer("hann", torch.hann_window(spec.window), persistent=False)
        self.register_buffer("mel", mel_bands(spec), persistent=False)
        self.filtering, self.masking = Filtering(), Masking()

    def follow(self, settings: Augmentation) -> None:
        self.filtering.most = settings.filter
        self.masking.time, self.masking.bands = settings.mask_time, settings.mask_bands

    def forward(self, x: Tensor) -> Tensor:
        wave = x.to(self.hann.dtype) / (32768 if x.dtype == torch.int16 else 1)
        with torch.autocast(x.device.type, enabled=False):  # a logarithm of bfloat16 would be off by whole steps
            half = self.spec.window // 2
            mirrored = F.pad(wave[:, None], (half, half), mode="reflect")[:, 0]
            frames = mirrored.unfold(1, self.spec.window, self.spec.hop) * self.hann  # (N, frames, window)
            parts = torch.view_as_real(torch.fft.rfft(frames))  # (N, frames, window // 2 + 1, 2)
            power = torch.addcmul(parts[..., 0].square(), parts[..., 1], parts[..., 1]) / self.spec.window
            energy = (power @ self.mel.T).transpose(1, 2).contiguous()  # (N, bands, frames)
            energy = self.filtering(energy)
            loudest = energy.amax((1, 2), keepdim=True).clamp(min=NOTHING)
            heard = ((energy / loudest + FLOOR).log()[:, None] - self.spec.mean) / self.spec.std
        masked: Tensor = self.masking(heard)
        return masked

    def extra_repr(self) -> str:
        return f"{self.spec.samples} samples of {self.spec.rate} Hz, {self.spec.bands} bands"


def mel_bands(spec: AudioInput) -> Tensor:
    """Give the weight (bands, window // 2 + 1) of each frequency in each band."""

    def mel(hertz: float) -> float:
        return 2595 * math.log10(1 + hertz / 700)

    even = torch.linspace(mel(spec.low), mel(spec.high), spec.bands + 2, dtype=torch.float64)
    edges = 700 * (10 ** (even / 2595) - 1)
    frequencies = torch.linspace(0, spec.rate / 2, spec.window // 2 + 1, dtype=torch.float64)
    rising = (frequencies - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - frequencies) / (edges[2:] - edges[1:-1])[:, None]
    return torch.minimum(rising, falling).clamp(min=0).float()
