"""
ONNX Runtime, for inference: the network as an ONNX graph made here, channels first as ONNX has it, batch
normalisation in inference form, and all of the runtime's own graph optimisations.
"""

import math

import numpy as np
from spec import activation_of, as_convolution, window_of


def start(threads):
    global ort, onnx
    import onnx
    import onnxruntime as ort

    start.threads = threads
    return ort.__version__


ACTIVATIONS = {"relu": "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh", "gelu": "Gelu"}


class Graph:
    def __init__(self, shape):
        self.nodes, self.weights, self.values, self.parameters = [], [], {"input": ("input", tuple(shape))}, 0
        self.random = np.random.default_rng(1)

    def emit(self, operator, *inputs, **attributes):
        out = f"value{len(self.nodes)}"
        self.nodes.append(onnx.helper.make_node(operator, [self.at, *inputs], [out], **attributes))
        self.at = out

    def constant(self, values, counted=True):
        name = f"constant{len(self.weights)}"
        self.weights.append(onnx.numpy_helper.from_array(values, name))
        self.parameters += values.size if counted else 0
        return name

    def draw(self, *size):
        return self.constant(self.random.normal(0, 0.05, size).astype(np.float32))

    def kernel(self, node, *size, outputs):
        return [self.draw(*size)] + ([self.draw(outputs)] if node["useBias"] else [])

    def reorder(self, target):
        """Between channels first and the order in which Heddle flattens and reshapes, where they differ."""
        rank = len(self.shape) + 1
        if rank > 2 and self.shape[-1] > 1:
            self.emit("Transpose", perm=[0, *range(2, rank), 1])
        self.emit("Reshape", self.constant(np.array([-1, *target], np.int64), counted=False))
        if len(target) > 1:
            self.emit("Transpose", perm=[0, len(target), *range(1, len(target))])
        self.shape = tuple(target)

    def add(self, name, node, inputs):
        """The layer `node`, whose inputs and output go by these names."""
        self.at, self.shape = self.values[inputs[0]]
        self.layer(as_convolution(node, self.shape[-1]), [self.values[one] for one in inputs[1:]])
        self.values[name] = (self.at, self.shape)

    def layer(self, node, others):
        kind, channels = node["kind"], self.shape[-1]
        if kind == "add":
            for other, _ in others:
                self.emit("Add", other)
        elif kind == "concatenate":
            self.emit("Concat", *(other for other, _ in others), axis=1)
            self.shape = (*self.shape[:-1], channels + sum(shape[-1] for _, shape in others))
        elif kind == "globalAveragePooling2d":
            self.emit("GlobalAveragePool")
            self.emit("Flatten")
            self.shape = (channels,)
        elif kind == "layerNormalization":
            turns = len(self.shape) > 1
            if turns:
                self.emit("Transpose", perm=[0, 2, 3, 1])
            vectors = [self.constant(make(channels, np.float32)) for make in (np.ones, np.zeros)]
            self.emit("LayerNormalization", *vectors, axis=-1, epsilon=node["epsilon"])
            if turns:
                self.emit("Transpose", perm=[0, 3, 1, 2])
        elif kind in ("reshape", "flatten"):
            self.reorder(node["targetShape"] if kind == "reshape" else [math.prod(self.shape)])
        elif kind == "dense" and len(self.shape) == 1:
            self.emit("Gemm", *self.kernel(node, channels, node["units"], outputs=node["units"]))
            self.shape = (node["units"],)
        elif kind in ("conv1d", "conv2d", "maxPooling1d", "maxPooling2d", "averagePooling2d"):
            size, strides, dilations, padding, out = window_of(node, self.shape[:-1])
            pads = [before for before, _ in padding] + [after for _, after in padding]
            same = {"kernel_shape": size, "strides": strides, "pads": pads, "dilations": dilations}
            if kind == "averagePooling2d":
                self.emit("AveragePool", kernel_shape=size, strides=strides, pads=pads)
            elif kind.startswith("max"):
                self.emit("MaxPool", **same)
            else:
                filters = node["filters"]
                weights = self.kernel(node, filters, channels // node["groups"], *size, outputs=filters)
                self.emit("Conv", *weights, group=node["groups"], **same)
                channels = filters
            self.shape = (*out, channels)
        elif kind == "batchNormalization":
            vectors = [(np.ones, node["scale"]), (np.zeros, node["center"]), (np.zeros, True), (np.ones, True)]
            made = [self.constant(make(channels, np.float32), counted) for make, counted in vectors]
            self.emit("BatchNormalization", *made, epsilon=node["epsilon"])
        elif kind not in ("dropout", "activation"):
            raise NotImplementedError(f"no layer {kind} here")
        name = activation_of(node)
        if name == "softmax":
            self.emit("Softmax", axis=-1)
        elif name == "relu6":
            bounds = [self.constant(np.array(bound, np.float32), counted=False) for bound in (0, 6)]
            self.emit("Clip", *bounds)
        elif name in ACTIVATIONS:
            self.emit(ACTIVATIONS[name])
        elif name != "linear":
            raise NotImplementedError(f"no activation {name} here")


def prepare(job):
    if job["what"] != "inference":
        raise NotImplementedError("ONNX Runtime takes part in inference only")
    *sizes, channels = job["inputShape"]
    graph = Graph(job["inputShape"])
    for node in job["spec"]["nodes"]:
        graph.add(node["name"], node["layer"], node["inputs"])
    tensor, number = onnx.helper.make_tensor_value_info, onnx.TensorProto.FLOAT
    inputs = [tensor("input", number, ["batch", channels, *sizes])]
    outputs = [tensor(graph.at, number, ["batch", *graph.shape])]
    made = onnx.helper.make_graph(graph.nodes, "network", inputs, outputs, graph.weights)
    model = onnx.helper.make_model(made, opset_imports=[onnx.helper.make_opsetid("", 20)], ir_version=9)
    onnx.checker.check_model(model)
    options = ort.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = start.threads, 1
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    feed = {"input": np.random.default_rng(2).random((job["batch"], channels, *sizes), np.float32)}

    def run(calls):
        for _ in range(calls):
            session.run(None, feed)

    return graph.parameters, {"all optimisations": run}
