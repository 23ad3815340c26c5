"""
Full training steps of PyTorch on the CPU, timed on request. Protocol and installation: README.md.

    python pytorch_step.py <network> <batch size> <threads> [memory format] [Adam] [memory]

network: basic | standard
memory format: contiguous | channels_last
Adam: loop | foreach | fused
memory: returned, glibc's default, which gives large tensors back to the system and faults their pages in again at every step
        kept, which tells glibc not to
"""

import ctypes
import json
import sys
import time

import torch
from torch import nn

FASTEST = ["channels_last", "fused", "kept"]  # measured: README.md


class FlattenChannelsLast(nn.Module):
    """[batch, channels, height, width] in channels_last memory to [batch, features] without a copy, forward and backward."""

    def forward(self, x):
        return x.permute(0, 2, 3, 1).flatten(1)


NETWORKS = {
    "basic": lambda flatten: nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(inplace=True), nn.MaxPool2d(2),
        flatten(), nn.Linear(32 * 13 * 13, 10),
    ),
    "standard": lambda flatten: nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(inplace=True), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3), nn.ReLU(inplace=True), nn.MaxPool2d(2),
        flatten(), nn.Linear(64 * 5 * 5, 64), nn.ReLU(inplace=True), nn.Linear(64, 10),
    ),
}  # fmt: skip

LAYOUTS = {"contiguous": (torch.contiguous_format, nn.Flatten), "channels_last": (torch.channels_last, FlattenChannelsLast)}
ADAM = {"loop": {"foreach": False}, "foreach": {"foreach": True}, "fused": {"fused": True}}


def keep_memory():
    trim_threshold, top_pad, mmap_max = -1, -2, -4  # malloc.h
    for option, value in ((mmap_max, 0), (trim_threshold, 2**31 - 1), (top_pad, 64 * 2**20)):
        assert ctypes.CDLL(None).mallopt(option, value) == 1


def prepare(network, batch_size, memory_format, adam):
    """One training step as a function without arguments; the batch is made here, once."""
    torch.manual_seed(1)
    layout, flatten = LAYOUTS[memory_format]
    model = NETWORKS[network](flatten).to(memory_format=layout)
    images = torch.rand(batch_size, 1, 28, 28).contiguous(memory_format=layout)
    labels = torch.randint(0, 10, (batch_size,))
    loss_of = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, **ADAM[adam])

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of(model(images), labels)
        loss.backward()
        optimizer.step()

    return step


def main():
    network, batch_size, threads, *variant = sys.argv[1:]
    memory_format, adam, memory = variant or FASTEST
    if memory == "kept":
        keep_memory()
    torch.set_num_threads(int(threads))
    torch.set_num_interop_threads(1)
    torch.set_flush_denormal(True)  # a batch seen a thousand times ends in tiny gradients: they must not cost anything
    step = prepare(network, int(batch_size), memory_format, adam)
    about = f"{memory_format}, {adam} Adam, memory {memory}"
    hello = {"name": "pytorch", "version": torch.__version__, "threads": torch.get_num_threads(), "variant": about}
    print(json.dumps(hello), flush=True)
    for line in sys.stdin:
        steps = int(line)
        start = time.perf_counter()
        for _ in range(steps):
            step()
        print(json.dumps({"seconds": time.perf_counter() - start, "steps": steps}), flush=True)


main()
