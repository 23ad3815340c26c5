"""
golden/training.json: ten steps of every optimizer on one small network, by Keras' own optimizers in float64.

Each trace is also computed from the explicit formulas (`sgd` to `nadam` below) over PyTorch's gradients, in float64, to show that the
formulas are what Keras does, and in float32, to show how far a correct float32 engine may be from this file.

Adam in Keras is the "epsilon-hat" form: epsilon is added to sqrt(v), where v is *not* bias-corrected.
Even with float64 variables Keras passes momentum, rho and the betas through float32 (`ops.cast(0.999, "float64")` is
0.9990000128746033; for Adam that moves the first steps by 6e-6 of their size). Tensors of float64 are put in their place, and
Nadam, which casts its constant 0.96 itself, runs with a cast that keeps float64, so that this file is exact.

Keras' Muon orthogonalises dense kernels only, and takes Adam's step for those of convolutions. `FlatMuon` flattens these to matrices for
it, as the author's code does.
"""

import contextlib
import sys

import keras
import numpy as np
import tensorflow as tf
import torch

from generate.layers import FLATTEN, chain, conv, dense, pool, shapes_of
from generate.numbers import relative_gap, short_normal
from generate.oracles import from_keras, keras_model, keras_parameters, to_keras, torch_forward

STEPS = 10
INPUT_SHAPE = [12, 12, 1]
NODES = chain(
    conv1=conv(4, activation="relu"), pool1=pool("max"), conv2=conv(6, activation="relu"),
    flat=FLATTEN, hidden=dense(8, "relu"), out=dense(4, "softmax"),
)  # fmt: skip


def sgd_spec(momentum=0.0, nesterov=False):
    return {"kind": "sgd", "learningRate": 0.05, "momentum": momentum, "nesterov": nesterov}


def adam_spec(epsilon):
    return {"kind": "adam", "learningRate": 0.01, "beta1": 0.9, "beta2": 0.999, "epsilon": epsilon}


def rmsprop_spec(momentum=0.0, centered=False):
    return {"kind": "rmsprop", "learningRate": 0.01, "rho": 0.9, "momentum": momentum, "epsilon": 1e-7, "centered": centered}


def muon_spec(**others):
    return {"kind": "muon", "learningRate": 0.02, "excludeLayers": ["out"], "momentum": 0.95, "nesterov": True, "nsSteps": 5, "rmsRate": 0.2,
            "weightDecay": 0.3, "adamWeightDecay": 0.1, "adamLrRatio": 0.5, "adamBeta1": 0.9, "adamBeta2": 0.999, "epsilon": 1e-7, **others}  # fmt: skip


OPTIMIZERS = [
    sgd_spec(),
    sgd_spec(momentum=0.9),
    sgd_spec(momentum=0.9, nesterov=True),
    adam_spec(epsilon=1e-7),
    adam_spec(epsilon=1e-3),  # large enough to tell Keras' place for epsilon from the textbook's
    rmsprop_spec(),
    rmsprop_spec(momentum=0.9),
    rmsprop_spec(centered=True),
    rmsprop_spec(momentum=0.9, centered=True),
    {"kind": "adagrad", "learningRate": 0.05, "initialAccumulatorValue": 0.1, "epsilon": 1e-7},
    # Its moves begin at sqrt(epsilon): with a smaller rate ten steps would be lost in the tolerances.
    {"kind": "adadelta", "learningRate": 10.0, "rho": 0.95, "epsilon": 1e-7},
    {"kind": "adamw", "learningRate": 0.01, "weightDecay": 0.3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7},
    {"kind": "nadam", "learningRate": 0.01, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7},
    {**sgd_spec(momentum=0.9), "clipValue": 0.02},
    {**adam_spec(epsilon=1e-3), "clipNorm": 0.1},
    {**sgd_spec(), "globalClipNorm": 0.3},
    {"kind": "adamw", "learningRate": 0.01, "weightDecay": 0.3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7,
     "excludeFromWeightDecay": ["bias"]},
    {**adam_spec(epsilon=1e-3), "useEma": True, "emaMomentum": 0.8, "emaOverwriteFrequency": 3},
    muon_spec(),
    muon_spec(nesterov=False, momentum=0.6, nsSteps=3, rmsRate=None, excludeLayers=[]),
]  # fmt: skip


def draw():
    rng = np.random.default_rng(7)
    shapes, _ = shapes_of(NODES, INPUT_SHAPE)
    parameters = {
        key: np.full(shape, 0.05) if len(shape) == 1 else short_normal(rng, shape, np.sqrt(2 / np.prod(shape[1:])))
        for key, shape in shapes.items()
    }
    batches = [
        {"images": np.round(rng.uniform(0, 1, (8, *INPUT_SHAPE)), 3), "labels": [int(label) for label in rng.integers(0, 4, 8)]}
        for _ in range(3)
    ]
    return parameters, batches


# --- Keras -----------------------------------------------------------------------------------------------------------------


class FlatMuon(keras.optimizers.Muon):
    def _should_use_adamw(self, variable):
        kernel = variable.path.endswith("kernel")
        return not kernel or any(name in variable.path for name in self.exclude_layers)

    def _muon_update_step(self, gradient, variable, lr, m):
        self.assign_add(m, gradient + m * (self.momentum - 1))
        direction = gradient + self.momentum * m if self.nesterov else m
        matrix = tf.reshape(direction, [-1, direction.shape[-1]])
        update = self.lr_adjust(lr * self.zeropower_via_newtonschulz5(matrix, self.ns_steps))
        self.assign_sub(variable, tf.reshape(update, direction.shape))


KERAS = {
    "sgd": keras.optimizers.SGD, "rmsprop": keras.optimizers.RMSprop, "adagrad": keras.optimizers.Adagrad,
    "adadelta": keras.optimizers.Adadelta, "adam": keras.optimizers.Adam, "adamw": keras.optimizers.AdamW,
    "nadam": keras.optimizers.Nadam, "muon": FlatMuon,
}  # fmt: skip
KERAS_NAMES = {
    "learningRate": "learning_rate", "beta1": "beta_1", "beta2": "beta_2", "weightDecay": "weight_decay",
    "initialAccumulatorValue": "initial_accumulator_value", "clipValue": "clipvalue", "clipNorm": "clipnorm",
    "globalClipNorm": "global_clipnorm", "useEma": "use_ema", "emaMomentum": "ema_momentum",
    "emaOverwriteFrequency": "ema_overwrite_frequency", "excludeLayers": "exclude_layers", "nsSteps": "ns_steps", "rmsRate": "rms_rate",
    "adamWeightDecay": "adam_weight_decay", "adamLrRatio": "adam_lr_ratio", "adamBeta1": "adam_beta_1", "adamBeta2": "adam_beta_2",
}  # fmt: skip


def keras_optimizer(spec):
    options = {KERAS_NAMES.get(name, name): value for name, value in spec.items() if name != "kind"}
    excluded = options.pop("excludeFromWeightDecay", None)
    optimizer = KERAS[spec["kind"]](**options)
    if excluded:
        optimizer.exclude_from_weight_decay(var_names=excluded)
    for name, value in options.items():
        if isinstance(value, float) and name != "learning_rate":
            setattr(optimizer, name, tf.constant(value, tf.float64))
    return optimizer


@contextlib.contextmanager
def exact_casts():
    cast = keras.src.ops.cast
    keras.src.ops.cast = lambda x, dtype: tf.constant(x, dtype) if isinstance(x, float) else cast(x, dtype)
    try:
        yield
    finally:
        keras.src.ops.cast = cast


def trace_keras(spec, parameters, batches):
    model = keras_model(NODES, INPUT_SHAPE)
    variables = keras_parameters(model)
    for key, variable in variables.items():
        variable.assign(to_keras(parameters[key]))
    optimizer, losses = keras_optimizer(spec), []
    for step in range(STEPS):
        batch = batches[step % len(batches)]
        with tf.GradientTape() as tape:
            output = model(tf.constant(batch["images"]), training=True)
            loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(np.array(batch["labels"]), output))
        gradients = tape.gradient(loss, [variable.value for variable in variables.values()])
        with exact_casts():
            optimizer.apply_gradients(zip(gradients, variables.values()))
        losses.append(loss.numpy())
    return np.array(losses), {key: from_keras(variable.numpy()) for key, variable in variables.items()}


# --- explicit formulas -----------------------------------------------------------------------------------------------------


def sgd(spec, state, step, w, g):
    """v <- momentum v - lr g; w <- w + v, or with Nesterov w <- w + momentum v - lr g."""
    velocity = spec["momentum"] * state.get("v", 0) - spec["learningRate"] * g
    state["v"] = velocity
    return w + (spec["momentum"] * velocity - spec["learningRate"] * g if spec["nesterov"] else velocity)


def adam(spec, state, step, w, g):
    """m <- m + (1-b1)(g-m); v <- v + (1-b2)(g^2-v); w <- w - lr sqrt(1-b2^t)/(1-b1^t) m / (sqrt(v) + epsilon)."""
    b1, b2 = spec["beta1"], spec["beta2"]
    m = state.get("m", 0 * w) + (1 - b1) * (g - state.get("m", 0 * w))
    v = state.get("v", 0 * w) + (1 - b2) * (g * g - state.get("v", 0 * w))
    state["m"], state["v"] = m, v
    return w - spec["learningRate"] * np.sqrt(1 - b2**step) / (1 - b1**step) * m / (torch.sqrt(v) + spec["epsilon"])


def adamw(spec, state, step, w, g):
    """w <- w - lr decay w, but for parameters that are excluded, then Adam."""
    decay = 0 if state["name"] in spec.get("excludeFromWeightDecay", ()) else spec["weightDecay"]
    return adam(spec, state, step, w - spec["learningRate"] * decay * w, g)


def rmsprop(spec, state, step, w, g):
    """s <- rho s + (1-rho) g^2; d = lr g / sqrt(s - a^2 + epsilon), a the average of g if centered; v <- momentum v + d; w <- w - v."""
    rho = spec["rho"]
    state["s"] = rho * state.get("s", 0) + (1 - rho) * g * g
    state["a"] = rho * state.get("a", 0) + (1 - rho) * g if spec["centered"] else 0
    d = spec["learningRate"] * g / torch.sqrt(state["s"] - state["a"] ** 2 + spec["epsilon"])
    state["v"] = spec["momentum"] * state.get("v", 0) + d
    return w - state["v"]


def adagrad(spec, state, step, w, g):
    """s <- s + g^2; w <- w - lr g / sqrt(s + epsilon)."""
    state["s"] = state.get("s", spec["initialAccumulatorValue"]) + g * g
    return w - spec["learningRate"] * g / torch.sqrt(state["s"] + spec["epsilon"])


def adadelta(spec, state, step, w, g):
    """s <- rho s + (1-rho) g^2; d = sqrt(u + epsilon) / sqrt(s + epsilon) g; u <- rho u + (1-rho) d^2; w <- w - lr d."""
    rho, u = spec["rho"], state.get("u", 0 * w)
    state["s"] = rho * state.get("s", 0) + (1 - rho) * g * g
    d = torch.sqrt(u + spec["epsilon"]) / torch.sqrt(state["s"] + spec["epsilon"]) * g
    state["u"] = rho * u + (1 - rho) * d * d
    return w - spec["learningRate"] * d


def nadam(spec, state, step, w, g):
    """u_t = b1 (1 - 0.96^t / 2), U_t = u_1 ... u_t; m, v as Adam's;
    w <- w - lr (u_t+1 m / (1 - U_t+1) + (1 - u_t) g / (1 - U_t)) / (sqrt(v / (1 - b2^t)) + epsilon)."""
    b1, b2 = spec["beta1"], spec["beta2"]
    u = [b1 * (1 - 0.5 * 0.96**t) for t in range(1, step + 2)]
    m = state.get("m", 0 * w) + (1 - b1) * (g - state.get("m", 0 * w))
    v = state.get("v", 0 * w) + (1 - b2) * (g * g - state.get("v", 0 * w))
    state["m"], state["v"] = m, v
    m_hat = u[-1] * m / (1 - np.prod(u)) + (1 - u[-2]) * g / (1 - np.prod(u[:-1]))
    return w - spec["learningRate"] * m_hat / (torch.sqrt(v / (1 - b2**step)) + spec["epsilon"])


def muon(spec, state, step, w, g):
    """m <- momentum m + g; O = U f(S) V^T of m = U S V^T (or of g + momentum m), f the quintic applied nsSteps times to S / |S|;
    w <- w - lr (decay w + rmsRate sqrt(longer side) O); Adam for all that is no kernel, and for layers that are excluded."""
    if state["name"] != "kernel" or state["layer"] in spec["excludeLayers"]:
        rate = spec["learningRate"] * spec["adamLrRatio"]
        decayed = w - spec["learningRate"] * spec["adamWeightDecay"] * w
        return adam({"beta1": spec["adamBeta1"], "beta2": spec["adamBeta2"], "epsilon": spec["epsilon"], "learningRate": rate}, state, step, decayed, g)
    m = spec["momentum"] * state.get("m", 0 * w) + g
    state["m"] = m
    matrix = (g + spec["momentum"] * m if spec["nesterov"] else m).reshape(len(w), -1)
    u, s, vt = torch.linalg.svd(matrix, full_matrices=False)
    s = s / (torch.linalg.vector_norm(s) + 1e-7)
    for _ in range(spec["nsSteps"]):
        s = 3.4445 * s - 4.7750 * s**3 + 2.0315 * s**5
    size = 1 if spec["rmsRate"] is None else spec["rmsRate"] * np.sqrt(max(matrix.shape))
    return w - spec["learningRate"] * (spec["weightDecay"] * w + size * ((u * s) @ vt).reshape(w.shape))


def clipped(spec, gradients):
    """Each number cut to a limit, or each gradient, or all together, scaled to a norm of at most a limit."""
    if "clipValue" in spec:
        return {key: g.clamp(-spec["clipValue"], spec["clipValue"]) for key, g in gradients.items()}
    norms = {key: torch.linalg.vector_norm(g) for key, g in gradients.items()}
    if "clipNorm" in spec:
        return {key: g * torch.clamp(spec["clipNorm"] / norms[key], max=1) for key, g in gradients.items()}
    if "globalClipNorm" in spec:
        factor = torch.clamp(spec["globalClipNorm"] / torch.linalg.vector_norm(torch.stack(list(norms.values()))), max=1)
        return {key: g * factor for key, g in gradients.items()}
    return gradients


def averaged(spec, state, step, w):
    """a <- momentum a + (1-momentum) w, the weights themselves after the first step; every few steps w <- a."""
    if not spec.get("useEma"):
        return w
    state["average"] = w if step == 1 else spec["emaMomentum"] * state["average"] + (1 - spec["emaMomentum"]) * w
    return state["average"] if step % spec["emaOverwriteFrequency"] == 0 else w


FORMULAS = {
    "sgd": sgd, "rmsprop": rmsprop, "adagrad": adagrad, "adadelta": adadelta, "adam": adam, "adamw": adamw, "nadam": nadam,
    "muon": muon,
}  # fmt: skip


def trace_formula(spec, parameters, batches, dtype):
    update = FORMULAS[spec["kind"]]
    parameters = {key: torch.tensor(value, dtype=dtype) for key, value in parameters.items()}
    states, losses = {key: dict(zip(("layer", "name"), key.split("/"))) for key in parameters}, []
    for step in range(STEPS):
        batch = batches[step % len(batches)]
        leaves = {key: value.detach().requires_grad_() for key, value in parameters.items()}
        output = torch_forward(NODES, leaves, torch.tensor(batch["images"], dtype=dtype))
        loss = torch.nn.functional.nll_loss(torch.log(output), torch.tensor(batch["labels"]))
        gradients = clipped(spec, dict(zip(leaves, torch.autograd.grad(loss, list(leaves.values())))))
        for key, value in parameters.items():
            moved = update(spec, states[key], step + 1, value, gradients[key])
            parameters[key] = averaged(spec, states[key], step + 1, moved)
        losses.append(loss.item())
    return np.array(losses), {key: value.numpy() for key, value in parameters.items()}


def make_training(source):
    parameters, batches = draw()
    traces = []
    for spec in OPTIMIZERS:
        losses, final = trace_keras(spec, parameters, batches)
        for dtype, limit in ((torch.float64, 1e-11), (torch.float32, 1e-4)):
            other_losses, other_final = trace_formula(spec, parameters, batches, dtype)
            loss_gap = float(np.max(np.abs(other_losses - losses)))
            parameter_gap = max(float(np.max(np.abs(other_final[key] - final[key]))) for key in final)
            print(f"{spec}: formula in {dtype} differs by {loss_gap:.2g} (loss), {parameter_gap:.2g} (parameters)", file=sys.stderr)
            assert max(loss_gap, parameter_gap) < limit
        print("   losses", np.round(losses, 4), file=sys.stderr)
        traces.append({"optimizer": spec, "losses": losses, "finalParameters": final})
    return {
        "source": source, "nodes": NODES, "inputShape": INPUT_SHAPE, "loss": "sparseCategoricalCrossentropy", "steps": STEPS,
        "batchOrder": [step % len(batches) for step in range(STEPS)], "parameters": parameters, "batches": batches, "traces": traces,
    }  # fmt: skip
