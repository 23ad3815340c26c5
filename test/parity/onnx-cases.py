"""Writes the cases that the onnx package has for its backends, with inputs and expected outputs, into a folder.

    python test/parity/onnx-cases.py FOLDER

Needs onnx, as bench/peers/install.sh installs it. onnx-cases.ts reads the folder. A case of one operator has its weights as inputs;
here they become initializers, as a model has them.
"""

import json
import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper
from onnx.backend.test.case.node import collect_testcases

FOLDER = pathlib.Path(sys.argv[1])
DATA = pathlib.Path(onnx.__file__).parent / "backend" / "test" / "data"
OPERATORS = """AveragePool BatchNormalization Conv GlobalAveragePool GlobalMaxPool MaxPool
Add Clip Concat Div Dropout Elu Flatten Gelu Gemm GroupNormalization HardSigmoid HardSwish Identity InstanceNormalization
LayerNormalization LeakyRelu MatMul Max Mean Min Mish Mul Neg PRelu Pad Pow ReduceMax ReduceMean Relu Reshape Resize Selu Sigmoid
Slice Softmax Softplus Softsign Squeeze Sub Sum Swish Tanh ThresholdedRelu Transpose Unsqueeze Upsample""".split()

cases = []


def add(group, name, operator, model, inputs, outputs):
    """inputs: by the order of the graph's inputs that are no initializers; the first one is the picture."""
    fixed = {tensor.name for tensor in model.graph.initializer}
    ports = [port for port in model.graph.input if port.name not in fixed]
    for port, value in list(zip(ports, inputs))[1:]:
        model.graph.initializer.append(numpy_helper.from_array(value, port.name))
        model.graph.input.remove(port)
    folder = FOLDER / group
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.onnx").write_bytes(model.SerializeToString())
    np.ascontiguousarray(inputs[0], np.float32).tofile(folder / f"{name}.in")
    np.ascontiguousarray(outputs[0], np.float32).tofile(folder / f"{name}.out")
    cases.append({"group": group, "name": name, "operator": operator, "count": int(np.shape(inputs[0])[0]) if np.ndim(inputs[0]) else 1})


def tensor(path):
    return numpy_helper.to_array(TensorProto.FromString(path.read_bytes()))


def light():
    for path in sorted((DATA / "light").glob("*.onnx")):
        model = onnx.load(path)
        fixed = {one.name for one in model.graph.initializer}
        port = next(port for port in model.graph.input if port.name not in fixed)
        shape = [dim.dim_value or 1 for dim in port.type.tensor_type.shape.dim]
        count = np.prod(shape)
        picture = (np.arange(count).reshape(shape) / count).astype(np.float32)
        add("light", path.stem, "", model, [picture], [tensor(path.with_name(f"{path.stem}_output_0.pb"))])


def converted():
    for path in sorted((DATA / "pytorch-converted").iterdir()):
        model = onnx.load(path / "model.onnx")
        data = path / "test_data_set_0"
        inputs = [tensor(one) for one in sorted(data.glob("input_*.pb"))]
        outputs = [tensor(one) for one in sorted(data.glob("output_*.pb"))]
        add("pytorch-converted", path.name, "", model, inputs, outputs)


def operators():
    for case in collect_testcases(None):
        nodes = case.model.graph.node
        if len(nodes) != 1 or nodes[0].op_type not in OPERATORS or nodes[0].domain not in ("", "ai.onnx"):
            continue
        inputs, outputs = case.data_sets[0]
        plain = all(isinstance(one, np.ndarray) for one in [*inputs, *outputs])
        if plain and inputs and inputs[0].dtype == np.float32:
            add("operators", case.name, nodes[0].op_type, case.model, inputs, outputs)


light()
converted()
operators()
(FOLDER / "cases.json").write_text(json.dumps({"onnx": onnx.__version__, "cases": cases}))
print(f"{len(cases)} cases in {FOLDER}")
