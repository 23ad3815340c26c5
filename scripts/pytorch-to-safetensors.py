"""A state dict of PyTorch (.pth, .pt) as safetensors: python pytorch-to-safetensors.py MODEL.pth OUT.safetensors.

Needs torch and safetensors. Heddle reads no pickles, as they can run programs; this reads only tensors (weights_only). The names
also go into the metadata in their order, which is that of the modules: the file itself is sorted by name.
"""

import json
import sys

import torch
from safetensors.torch import save_file

state = torch.load(sys.argv[1], map_location="cpu", weights_only=True)
tensors = {name: tensor.contiguous().clone() for name, tensor in state.items()}
save_file(tensors, sys.argv[2], metadata={"order": json.dumps(list(tensors))})
