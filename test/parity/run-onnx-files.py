"""Has ONNX Runtime run files that Heddle wrote, and compares its outputs with those in the files.

    python test/parity/run-onnx-files.py FOLDER

Needs onnx and onnxruntime, as bench/peers/install.sh installs them. See write-onnx-files.ts.
"""

import base64
import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime

LARGEST = 1e-5
FOLDER = pathlib.Path(sys.argv[1])


def run(path):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    about = json.loads({prop.key: prop.value for prop in model.metadata_props}["heddle"])
    inputs = np.frombuffer(base64.b64decode(about["golden"]["inputs"]), np.uint8).astype(np.float32)
    if about["pixelRange"] == "unit":
        inputs = inputs / np.float32(255)
    inputs = inputs.reshape([-1, *about["inputShape"]])
    if about["layout"] == "first" and inputs.ndim > 2:
        inputs = np.moveaxis(inputs, -1, 1)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (outputs,) = session.run(None, {"input": np.ascontiguousarray(inputs)})
    if outputs.shape[1] == 1:
        outputs = np.concatenate([1 - outputs, outputs], axis=1)
    expected = np.frombuffer(base64.b64decode(about["golden"]["outputs"]), np.float32).reshape(outputs.shape)
    return np.abs(outputs - expected).max() / max(1, np.abs(expected).max())


differences = {path.name: run(path) for path in sorted(FOLDER.glob("*.onnx"))}
failed = {name: difference for name, difference in differences.items() if not difference < LARGEST}
for name, difference in failed.items():
    print(f"{name}: {difference:.2e}")
worst = max(differences, key=differences.get)
print(f"ONNX Runtime {onnxruntime.__version__}: {len(differences)} files, largest difference {differences[worst]:.2e} ({worst})")
if not failed:
    # What was run: the tests compare what is written with it.
    written = FOLDER / "graphs.json"
    (pathlib.Path(__file__).parent / "golden" / "onnx" / "written.json").write_bytes(written.read_bytes())
sys.exit(1 if failed else 0)
