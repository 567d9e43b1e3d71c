"""The gradient of each image's loss by the weights, as one problem, beside a loop over the images.

Differentially private training clips each of them before they are added.
"""

import time

import numpy as np

from faltung import functional as F


def by_loop(grad: np.ndarray, images: np.ndarray, weight: np.ndarray) -> np.ndarray:
    one_by_one = [F.convolution_backward(grad[i : i + 1], images[i : i + 1], weight, padding=1, output_mask=(False, True, False))[1] for i in range(len(images))]
    return np.stack(one_by_one)


def clipped_sum(gradients: np.ndarray, limit: float) -> np.ndarray:
    lengths = np.sqrt((gradients**2).sum(axis=tuple(range(1, gradients.ndim)), keepdims=True))
    return (gradients * np.minimum(1, limit / lengths)).sum(0)


def main() -> None:
    random = np.random.default_rng(0)
    images = random.standard_normal((64, 8, 14, 14)).astype(np.float32)
    weight = random.standard_normal((16, 8, 3, 3)).astype(np.float32)
    grad = random.standard_normal((64, 16, 14, 14)).astype(np.float32)

    seconds = {}
    for name, work in (("loop", by_loop), ("at once", lambda *given: F.per_sample_gradients(*given, padding=1)[0])):
        work(grad, images, weight)
        began = time.perf_counter()
        result = work(grad, images, weight)
        seconds[name] = time.perf_counter() - began
        if name == "loop":
            expected = result
    assert np.allclose(result, expected, rtol=1e-4, atol=1e-3)
    total = F.convolution_backward(grad, images, weight, padding=1)[1]
    assert np.allclose(result.sum(0), total, rtol=1e-3, atol=1e-2)
    assert np.linalg.norm(clipped_sum(result, 1.0)) <= len(images)
    print(", ".join(f"{name} {1e3 * took:.2f} ms" for name, took in seconds.items()))


if __name__ == "__main__":
    main()
