"""
The memory of PyTorch's training steps, with its own allocator and nothing kept on purpose: reads a job (JSON, as peer.py) and a number
of threads, and prints the most resident memory before the network was built and after three steps, in kB. See bench/memory.ts.
"""

import json
import sys

import pytorch_peer as peer

peer.keep_memory = lambda: None


def most():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


job = json.load(sys.stdin)
version = peer.start(int(sys.argv[1]))
torch = peer.torch
# The libraries behind a step are loaded by one of another network.
small = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3), torch.nn.BatchNorm2d(8), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.LazyLinear(10))
images = torch.rand(2, 3, 16, 16)
small(images)
optimizer = torch.optim.Adam(small.parameters(), fused=True)
torch.nn.functional.cross_entropy(small(images), torch.zeros(2, dtype=torch.long)).backward()
optimizer.step()
before = most()
model, _, _ = peer.build(job, True)
model = model.to(memory_format=torch.channels_last)
parameters = peer.parameters_of(model)
optimizer = torch.optim.Adam(model.parameters(), fused=True)
height, width, channels = job["inputShape"]
for _ in range(3):
    images = torch.rand(job["batch"], channels, height, width).to(memory_format=torch.channels_last)
    optimizer.zero_grad()
    torch.nn.functional.cross_entropy(model(images), torch.zeros(job["batch"], dtype=torch.long)).backward()
    optimizer.step()
print(json.dumps({"version": version, "before": before, "after": most(), "parameters": parameters}))
