"""Filters an image: blurred, and its edges, with the border repeated so that none appears at the rim.

usage: python filter_image.py [FOLDER]      writes image.pgm, blurred.pgm, edges.pgm and, where matplotlib is, plot.png to FOLDER
"""

import pathlib
import sys

import numpy as np

from faltung import functional as F


def picture(size: int = 96) -> np.ndarray:
    """A bright disc on a ramp; (1, 1, height, width) of numbers from 0 to 1."""
    y, x = np.mgrid[0:size, 0:size] / (size - 1)
    disc = np.hypot(x - 0.5, y - 0.5) < 0.3
    return np.where(disc, 1.0, 0.5 * x).astype(np.float32)[None, None]


def blur(image: np.ndarray) -> np.ndarray:
    line = np.exp(-0.5 * (np.arange(-4, 5) / 2) ** 2)
    kernel = np.outer(line, line).astype(np.float32)
    return F.conv2d(image, (kernel / kernel.sum())[None, None], padding="same", padding_mode="replicate")


def edges(image: np.ndarray) -> np.ndarray:
    """The length of the gradient: Sobel's two filters are two output channels of one convolution."""
    sobel = np.outer([1, 2, 1], [-1, 0, 1]).astype(np.float32)
    both = F.conv2d(image, np.stack([sobel, sobel.T])[:, None], padding=1, padding_mode="replicate")
    return np.sqrt((both**2).sum(1, keepdims=True))


def save(image: np.ndarray, path: pathlib.Path) -> None:
    grey = np.clip(255 * image[0, 0] / image.max(), 0, 255).astype(np.uint8)
    path.write_bytes(b"P5 %d %d 255\n" % grey.shape[::-1] + grey.tobytes())


def plot(images: dict[str, np.ndarray], path: pathlib.Path) -> None:
    try:
        import matplotlib
    except ImportError:
        print("matplotlib is not installed: no plot")
        return
    matplotlib.use("Agg")
    from matplotlib import pyplot

    _, axes = pyplot.subplots(1, len(images), figsize=(9, 3))
    for place, (name, image) in zip(axes, images.items()):
        place.imshow(image[0, 0], cmap="gray")
        place.set_title(name)
        place.axis("off")
    pyplot.savefig(path)


def main() -> None:
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    image = picture()
    images = {"image": image, "blurred": blur(image), "edges": edges(image)}
    # Blurring keeps the mean of what lies inside; edges are where the disc's rim is, and not at the image's.
    assert abs(images["blurred"][..., 20:-20, 20:-20].mean() - image[..., 20:-20, 20:-20].mean()) < 0.05
    row = images["edges"][0, 0, 48]
    assert row[[0, 5, 48, -1]].max() < 0.1 < 0.5 < max(row[15:25].max(), row[70:82].max())
    for name, filtered in images.items():
        save(filtered, folder / f"{name}.pgm")
    plot(images, folder / "plot.png")
    print(f"{len(images)} images in {folder}")


if __name__ == "__main__":
    main()
