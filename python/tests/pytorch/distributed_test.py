"""Convolutions of DTensors on four processes: bit for bit what one computes, with every derivative."""

from __future__ import annotations

import itertools
import pathlib
import subprocess
import sys

import pytest

torch = pytest.importorskip("torch")
if not torch.distributed.is_available() or not torch.distributed.is_gloo_available():
    pytest.skip("this PyTorch has no gloo", allow_module_level=True)

CASES = [
    ("conv1d", (3, 4, 23), (6, 4, 3), {"padding": 1}),
    ("conv1d", (2, 4, 23), (8, 2, 8), {"padding": "same", "groups": 2}),
    ("conv1d", (2, 2, 23), (2, 2, 5), {"padding": "causal", "dilation": 3}),
    ("conv2d", (2, 4, 9, 7), (8, 4, 3, 2), {"padding": [(0, 2), (1, 0)], "stride": (2, 1)}),
    ("conv2d", (5, 4, 3, 5), (4, 1, 3, 3), {"padding": 1, "groups": 4}),
    ("conv3d", (1, 4, 6, 5, 4), (4, 4, 3, 3, 3), {"padding": 1}),
    ("conv_transpose1d", (2, 4, 9), (4, 4, 4), {"stride": 3, "padding": 1, "output_padding": 1}),
    ("conv_transpose2d", (2, 4, 5, 6), (4, 4, 3, 3), {"stride": 2, "groups": 2}),
]


def placements_of(rank):
    from torch.distributed.tensor import Replicate, Shard

    one = [[Shard(axis)] for axis in (0, 1, 2)]
    two = [[Shard(0), Shard(2)], [Shard(2), Replicate()], [Replicate(), Shard(1)]]
    return one, two + ([[Shard(3), Shard(2)]] if rank > 1 else [])


def whole_numbers(seed, *shape):
    return torch.randint(-2, 3, shape, generator=torch.Generator().manual_seed(seed)).double()


def derivatives(call, operands, wanted):
    """The result, its gradients and theirs, of what weighs each result by other whole numbers."""
    leaves = [operand.detach().requires_grad_() for operand in operands]
    y = call(*leaves)
    weighed = wanted(9, y).requires_grad_()
    first = torch.autograd.grad(y, leaves, weighed, create_graph=True)
    second = torch.autograd.grad(first, [weighed, *leaves[:2]], [wanted(10 + i, g) for i, g in enumerate(first)])
    return [y, *first, *second]


def whole(tensor):
    return tensor.full_tensor() if hasattr(tensor, "full_tensor") else tensor


def check(mesh, name, shape, weight_shape, options, placements, weight_placements):
    from torch.distributed.tensor import DTensor, distribute_tensor

    import faltung.torch
    import faltung.torch.distributed as divided

    outputs = weight_shape[1] * options.get("groups", 1) if "transpose" in name else weight_shape[0]
    operands = [whole_numbers(1, *shape), whole_numbers(2, *weight_shape), whole_numbers(3, outputs)]

    def alike(seed, like):
        numbers = whole_numbers(seed, *like.shape)
        return distribute_tensor(numbers, mesh, like.placements) if isinstance(like, DTensor) else numbers

    one = derivatives(lambda *o: getattr(faltung.torch, name)(*o, **options), operands, alike)
    blocks = [distribute_tensor(operands[0], mesh, placements), *operands[1:]]
    if weight_placements:
        blocks[1] = distribute_tensor(operands[1], mesh, weight_placements)
    many = derivatives(lambda *o: getattr(divided, name)(*o, **options), blocks, alike)
    assert isinstance(many[0], DTensor) and list(many[0].placements) == list(placements)
    for i, (ours, expected) in enumerate(zip(many, one)):
        assert torch.equal(whole(ours), expected), (name, shape, options, placements, i)


def check_all(world):
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.tensor import Replicate, Shard

    line, grid = init_device_mesh("cpu", (world,)), init_device_mesh("cpu", (2, world // 2))
    count = 0
    for name, shape, weight_shape, options in CASES:
        on_line, on_grid = placements_of(len(shape) - 2)
        for mesh, placements in [(line, p) for p in on_line] + [(grid, p) for p in on_grid]:
            check(mesh, name, shape, weight_shape, options, placements, None)
            count += 1
    check(line, *CASES[0], [Shard(2)], [Replicate()])
    check(line, "conv2d", (2, 4, 8, 8), (8, 4, 3, 3), {"padding": 1}, [Replicate()], [Shard(0)])
    return count


def check_refusals(world):
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.tensor import Shard, distribute_tensor

    import faltung.torch.distributed as divided

    mesh = init_device_mesh("cpu", (world,))
    x, w = distribute_tensor(torch.ones(1, 2, 16), mesh, [Shard(2)]), torch.ones(2, 2, 3)
    for call, error, text in [
        (lambda: divided.conv1d(torch.ones(1, 2, 16), w), TypeError, "DTensor"),
        (lambda: divided.conv2d(x, w), ValueError, "axes"),
        (lambda: divided.conv1d(x, torch.ones(2, 3, 3)), ValueError, "channels"),
        (lambda: divided.conv1d(x, w, padding=1, padding_mode="circular"), ValueError, "pad"),
        (lambda: divided.conv1d(x, torch.ones(2, 2, 3 + torch.distributed.get_rank() % 2)), ValueError, ""),
    ]:
        try:
            call()
        except error as found:
            assert text in str(found), found
        else:
            raise AssertionError(f"{error.__name__} with {text!r} is not raised")


def process(rank, world, meeting):
    torch.set_num_threads(1)
    torch.distributed.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=world)
    with torch.backends.nnpack.flags(enabled=False):  # no transforms: sums of whole numbers are exact
        count = check_all(world)
    check_refusals(world)
    torch.distributed.barrier()
    torch.distributed.destroy_process_group()
    print(f"process {rank} of {world}: {count} divisions")


def test_four_processes(tmp_path):
    command = [sys.executable, str(pathlib.Path(__file__)), "4", str(tmp_path / "meeting")]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    processes = [subprocess.Popen([*command, str(rank)], **pipes) for rank in range(4)]
    outputs = [p.communicate(timeout=900)[0] for p in processes]
    for p, output in itertools.zip_longest(processes, outputs):
        assert p.returncode == 0 and "divisions" in output, output


if __name__ == "__main__":
    process(int(sys.argv[3]), int(sys.argv[1]), sys.argv[2])
