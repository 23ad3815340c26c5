"""
Every variant of the two peers, with one and two threads: prints the table of README.md.

    .peers/venv/bin/python bench/peers/measure.py [batch size] [rounds]

The variants take turns, a short round each, so that a slow minute of the machine falls on all of them.
"""

import json
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
SECONDS_PER_ROUND = 0.5
VARIANTS = [
    ("pytorch_step.py", "channels_last fused kept"),
    ("pytorch_step.py", "channels_last foreach kept"),
    ("pytorch_step.py", "channels_last loop kept"),
    ("pytorch_step.py", "contiguous fused kept"),
    ("pytorch_step.py", "channels_last fused returned"),
    ("pytorch_step.py", "contiguous foreach returned"),
    ("keras_step.py", "loop"),
    ("keras_step.py", "function"),
    ("keras_step.py", "train_on_batch"),
    ("keras_step.py", "function-jit"),
    ("keras_step.py", "train_on_batch-jit"),
]


class Peer:
    def __init__(self, script, variant, *where):
        command = [sys.executable, str(HERE / script), *where, *variant.split()]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(command, text=True, bufsize=1, **pipes)
        self.label = f"{json.loads(self.process.stdout.readline())['name']}: {variant}"
        self.rounds_ms = []
        self.run(5)
        self.steps = max(1, round(SECONDS_PER_ROUND / (self.run(10) / 1000)))

    def run(self, steps):
        """Milliseconds per step."""
        self.process.stdin.write(f"{steps}\n")
        return json.loads(self.process.stdout.readline())["seconds"] / steps * 1000


def main():
    batch_size, rounds = (sys.argv[1:] + ["64", "7"][len(sys.argv) - 1 :])[:2]
    for threads in ("1", "2"):
        for network in ("basic", "standard"):
            print(f"\n| {network}, batch {batch_size}, {threads} thread(s) | min ms/step | median | max |\n|---|---|---|---|")
            peers = [Peer(script, variant, network, batch_size, threads) for script, variant in VARIANTS]
            for _ in range(int(rounds)):
                for peer in peers:
                    peer.rounds_ms.append(peer.run(peer.steps))
            for peer in peers:
                times = peer.rounds_ms
                print(f"| {peer.label} | {min(times):.2f} | {statistics.median(times):.2f} | {max(times):.2f} |", flush=True)
                peer.process.stdin.close()
                peer.process.wait()


main()
