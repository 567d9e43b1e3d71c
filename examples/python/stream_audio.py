"""A stream of audio through two causal convolutions, block by block, as it arrives: the same as the whole at once.

An output of a causal convolution needs the input up to its own time, so a stream keeps the last dilation * (taps - 1) samples.
"""

import numpy as np

from faltung import functional as F


class CausalStream:
    """One causal convolution over blocks of any length; the filters are (out channels, in channels, taps)."""

    def __init__(self, filters: np.ndarray, dilation: int = 1) -> None:
        self.filters, self.dilation = filters, dilation
        self.past = np.zeros((1, filters.shape[1], dilation * (filters.shape[2] - 1)), filters.dtype)

    def __call__(self, block: np.ndarray) -> np.ndarray:
        heard = np.concatenate([self.past, block], -1)
        self.past = heard[..., heard.shape[-1] - self.past.shape[-1] :]
        return F.conv1d(heard, self.filters, dilation=self.dilation, activation="tanh")


def main() -> None:
    random = np.random.default_rng(0)
    first = (0.2 * random.standard_normal((16, 1, 32))).astype(np.float32)
    second = (0.1 * random.standard_normal((1, 16, 8))).astype(np.float32)
    time = np.arange(8000) / 16000  # half a second at 16 kHz
    audio = (np.sin(2 * np.pi * 440 * time) + 0.1 * random.standard_normal(8000)).astype(np.float32)[None, None]

    layers = [CausalStream(first), CausalStream(second, dilation=4)]
    heard, position = [], 0
    while position < audio.shape[-1]:
        block = audio[..., position : position + int(random.integers(1, 400))]
        position += block.shape[-1]
        for layer in layers:
            block = layer(block)
        heard.append(block)

    whole = F.conv1d(audio, first, padding="causal", activation="tanh")
    whole = F.conv1d(whole, second, padding="causal", dilation=4, activation="tanh")
    difference = np.abs(np.concatenate(heard, -1) - whole).max()
    assert difference < 1e-5, difference
    print(f"{len(heard)} blocks, {position} samples: at most {difference:.1e} from the whole at once")


if __name__ == "__main__":
    main()
