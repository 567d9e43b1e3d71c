"""The processes of a mesh, as the compiled module exchanges messages among them: by torch.distributed, whatever its backend."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor
from torch.distributed.device_mesh import DeviceMesh

Messages = list[tuple[int, Tensor]]


def on_stream(address: int, device: str) -> Any:
    return torch.cuda.stream(torch.cuda.ExternalStream(address)) if device == "cuda" and address else contextlib.nullcontext()


class Processes:
    """Numbered along the mesh's last dimension first."""

    def __init__(self, mesh: DeviceMesh) -> None:
        self.ranks: list[int] = mesh.mesh.flatten().tolist()
        if dist.get_rank() not in self.ranks:
            raise ValueError(f"process {dist.get_rank()} is not in the mesh, whose processes are {self.ranks}")
        self.rank, self.size = self.ranks.index(dist.get_rank()), len(self.ranks)
        self.device = mesh.device_type
        self.group = self.group_of(mesh)
        self.pending: list[Any] = []
        self.kept: list[Any] = []

    def group_of(self, mesh: DeviceMesh) -> Any:
        if mesh.ndim == 1:
            return mesh.get_group()
        if sorted(self.ranks) == list(range(dist.get_world_size())):
            return dist.group.WORLD
        return dist.new_group(self.ranks, use_local_synchronization=True)

    def operations(self, what: Callable[..., Any], messages: Messages) -> list[Any]:
        tags: Counter[int] = Counter()  # messages between two processes arrive in the order listed
        operations = []
        for peer, array in messages:
            operations.append(dist.P2POp(what, array, self.ranks[peer], self.group, tags[peer]))
            tags[peer] += 1
        return operations

    def start(self, sends: Messages, receives: Messages, stream: int) -> None:
        operations = [*self.operations(dist.isend, sends), *self.operations(dist.irecv, receives)]
        with on_stream(stream, self.device):
            self.pending = dist.batch_isend_irecv(operations) if operations else []
        self.kept = operations

    def finish(self, stream: int) -> None:
        with on_stream(stream, self.device):
            for work in self.pending:
                work.wait()
        self.pending, self.kept = [], []

    def sum(self, array: Tensor, stream: int) -> None:
        with on_stream(stream, self.device):
            dist.all_reduce(array, group=self.group)

    def abandon(self, reason: str) -> None:
        """The others see that this process sends nothing more; torch.distributed's timeout ends their waiting."""


_known: dict[DeviceMesh, Processes] = {}


def processes_of(mesh: DeviceMesh) -> Processes:
    known = _known.get(mesh)
    if known is None:
        known = _known[mesh] = Processes(mesh)
    return known
