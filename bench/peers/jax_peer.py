"""
JAX on the CPU, compiled by XLA, channels last; the optimizers are written out, as optax does. Its pool of threads is as
large as the processors it may use, so that for fewer threads the process is held on so many of them.
"""

import os

from spec import activation_of, chain, listed, penalties, takes_logits, window_of


def start(threads):
    global jax, jnp
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    os.environ["JAX_PLATFORMS"] = "cpu"
    if threads == 1:
        os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    import jax
    import jax.numpy as jnp

    return jax.__version__


def arrays(node, shape):
    """(trained, moving) of a layer."""
    kind, channels = node["kind"], shape[-1]
    if kind == "batchNormalization":
        trained = [jnp.ones(channels)] * node["scale"] + [jnp.zeros(channels)] * node["center"]
        return trained, (jnp.zeros(channels), jnp.ones(channels))
    if kind == "dense":
        size = (channels, node["units"])
    elif kind in ("conv1d", "conv2d"):
        size = (*listed(node["kernelSize"]), channels // node["groups"], node["filters"])
    else:
        return [], ()
    return [0.05 * jax.random.normal(jax.random.key(1), size)] + [jnp.zeros(size[-1])] * node["useBias"], ()


def apply(node, w, s, x, key, training):
    """One layer but for its activation: (output, moving statistics)."""
    kind = node["kind"]
    if kind in ("reshape", "flatten"):
        return x.reshape(x.shape[0], *(node["targetShape"] if kind == "reshape" else [-1])), s
    if kind == "activation":
        return x, s
    if kind == "dense":
        return x @ w[0] + (w[1] if len(w) > 1 else 0), s
    if kind == "dropout":
        keep = 1 - node["rate"]
        return (jnp.where(jax.random.bernoulli(key, keep, x.shape), x / keep, 0) if training else x), s
    if kind in ("conv1d", "conv2d"):
        _, strides, dilations, padding, _ = window_of(node, x.shape[1:-1])
        order = ("NWC", "WIO", "NWC") if kind == "conv1d" else ("NHWC", "HWIO", "NHWC")
        options = {"rhs_dilation": dilations, "feature_group_count": node["groups"], "dimension_numbers": order}
        return jax.lax.conv_general_dilated(x, w[0], strides, padding, **options) + (w[1] if len(w) > 1 else 0), s
    if kind in ("maxPooling1d", "maxPooling2d"):
        size, strides, _, padding, _ = window_of(node, x.shape[1:-1])
        padding = [(0, 0), *padding, (0, 0)]
        return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, *size, 1), (1, *strides, 1), padding), s
    if kind == "batchNormalization":
        mean, variance = s
        if training:
            mean, variance = x.mean(range(x.ndim - 1)), x.var(range(x.ndim - 1))
            s = tuple(node["momentum"] * old + (1 - node["momentum"]) * new for old, new in zip(s, (mean, variance)))
        factors = list(w)
        factor = jax.lax.rsqrt(variance + node["epsilon"]) * (factors.pop(0) if node["scale"] else 1)
        return (x - mean) * factor + (factors[0] if factors else 0), s
    raise NotImplementedError(f"no layer {kind} here")


class Network:
    """A pure function of (trained, moving, images, key), and the arrays it starts from."""

    def __init__(self, job, drop_softmax):
        self.layers, self.drop_softmax = chain(job["spec"]), drop_softmax
        self.trained, self.moving, shape = [], [], tuple(job["inputShape"])
        for node in self.layers:
            w, s = arrays(node, shape)
            self.trained.append(w)
            self.moving.append(s)
            out = jax.eval_shape(lambda x: apply(node, w, s, x, jax.random.key(0), False)[0], jnp.zeros((1, *shape)))
            shape = out.shape[1:]
        self.outputs = shape[-1]

    def __call__(self, trained, moving, x, key, training):
        known = {"linear": lambda y: y, "relu": jax.nn.relu, "sigmoid": jax.nn.sigmoid, "tanh": jnp.tanh, "softmax": jax.nn.softmax}
        after = []
        for i, node in enumerate(self.layers):
            x, state = apply(node, trained[i], moving[i], x, jax.random.fold_in(key, i), training)
            after.append(state)
            if activation_of(node) not in known:
                raise NotImplementedError(f"no activation {activation_of(node)} here")
            if not (self.drop_softmax and node is self.layers[-1]):
                x = known[activation_of(node)](x)
        return x, after

    def penalty(self, trained):
        factors = [(w[0], *penalties(node)) for node, w in zip(self.layers, trained) if any(penalties(node))]
        return sum(l2 * jnp.sum(w * w) + l1 * jnp.sum(jnp.abs(w)) for w, l1, l2 in factors)


def optimizer_of(spec):
    """(slots of each weight, update(weight, gradient, slots, step) -> (weight, slots))."""
    kind, rate, epsilon = spec["kind"], spec["learningRate"], spec.get("epsilon", 0)
    if kind == "adam":
        b1, b2 = spec["beta1"], spec["beta2"]

        def adam(w, g, slots, step):
            m, v = b1 * slots[0] + (1 - b1) * g, b2 * slots[1] + (1 - b2) * g * g
            return w - rate * jnp.sqrt(1 - b2**step) / (1 - b1**step) * m / (jnp.sqrt(v) + epsilon), (m, v)

        return 2, adam
    if kind == "adadelta":
        rho = spec["rho"]

        def adadelta(w, g, slots, step):
            seen = rho * slots[0] + (1 - rho) * g * g
            delta = jnp.sqrt(slots[1] + epsilon) / jnp.sqrt(seen + epsilon) * g
            return w - rate * delta, (seen, rho * slots[1] + (1 - rho) * delta * delta)

        return 2, adadelta
    if kind == "sgd" and not spec["momentum"]:
        return 0, lambda w, g, slots, step: (w - rate * g, slots)
    raise NotImplementedError(f"no optimizer {kind} here")


def loss_of(job, rows):
    if not job["loss"]["kind"].lower().endswith("categoricalcrossentropy"):
        raise NotImplementedError(f"no loss {job['loss']['kind']} here")
    if job["loss"]["fromLogits"] or takes_logits(job):
        return lambda y: -jnp.mean(jnp.sum(rows * jax.nn.log_softmax(y), 1))
    return lambda y: -jnp.mean(jnp.sum(rows * jnp.log(jnp.clip(y / y.sum(1, keepdims=True), 1e-7, 1 - 1e-7)), 1))


def prepare(job):
    jax.clear_caches()
    training = job["what"] == "step"
    network = Network(job, drop_softmax=training and takes_logits(job))
    images = jax.random.uniform(jax.random.key(2), (job["batch"], *job["inputShape"]))
    count = sum(array.size for array in jax.tree.leaves((network.trained, network.moving)))
    return count, {"jit": stepper(network, images, job) if training else caller(network, images)}


def caller(network, images):
    call = jax.jit(lambda trained, moving, x: network(trained, moving, x, jax.random.key(0), False)[0])

    def run(calls):
        for _ in range(calls):
            call(network.trained, network.moving, images).block_until_ready()

    return run


def stepper(network, images, job):
    labels = jax.random.randint(jax.random.key(3), (len(images),), 0, network.outputs)
    loss_function = loss_of(job, jax.nn.one_hot(labels, network.outputs))
    slot_count, update = optimizer_of(job["optimizer"])

    def loss_at(trained, moving, key):
        y, after = network(trained, moving, images, key, True)
        return loss_function(y) + network.penalty(trained), after

    def step(trained, moving, slots, number):
        key = jax.random.fold_in(jax.random.key(4, impl="rbg"), number)
        (_, moving), gradients = jax.value_and_grad(loss_at, has_aux=True)(trained, moving, key)
        weights, tree = jax.tree.flatten(trained)
        updated = [update(w, g, s, number + 1.0) for w, g, s in zip(weights, jax.tree.leaves(gradients), slots)]
        return jax.tree.unflatten(tree, [w for w, _ in updated]), moving, [s for _, s in updated], number + 1

    compiled = jax.jit(step, donate_argnums=(0, 1, 2))
    fresh = lambda tree: jax.tree.map(lambda array: array + 0, tree)  # noqa: E731: donated memory must not be shared
    slots = [tuple(jnp.zeros_like(w) for _ in range(slot_count)) for w in jax.tree.leaves(network.trained)]
    state = [(fresh(network.trained), fresh(network.moving), slots, jnp.asarray(0))]

    def run(steps):
        for _ in range(steps):
            state[0] = compiled(*state[0])
        jax.block_until_ready(state[0])

    return run
