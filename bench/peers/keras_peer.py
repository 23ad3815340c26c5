"""Keras 3 on TensorFlow. Variants: TensorFlow's own kernels (oneDNN), and XLA (-jit)."""

import os

from spec import activation_of, penalties, snake


def start(threads):
    global keras, tf
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    # XLA's threads are not TensorFlow's: this flag is the only hold on them.
    os.environ["XLA_FLAGS"] = f"--xla_cpu_multi_thread_eigen={'true' if threads > 1 else 'false'}"
    import keras
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    return f"{keras.__version__} on tensorflow {tf.__version__}"


def layer(node):
    kind, L = node["kind"], keras.layers
    if kind == "reshape":
        return L.Reshape(node["targetShape"])
    if kind == "flatten":
        return L.Flatten()
    if kind == "dropout":
        return L.Dropout(node["rate"])
    if kind == "activation":
        return L.Activation(activation_of(node))
    if kind in ("dense", "conv1d", "conv2d"):
        l1, l2 = penalties(node)
        same = {"activation": activation_of(node), "use_bias": node["useBias"]}
        same["kernel_regularizer"] = keras.regularizers.L1L2(l1, l2) if l1 or l2 else None
        if kind == "dense":
            return L.Dense(node["units"], **same)
        same |= {snake(key): node[key] for key in ("strides", "padding", "dilationRate", "groups")}
        return (L.Conv1D if kind == "conv1d" else L.Conv2D)(node["filters"], node["kernelSize"], **same)
    if kind == "depthwiseConv2d":
        same = {snake(key): node[key] for key in ("strides", "padding", "dilationRate", "depthMultiplier", "useBias")}
        return L.DepthwiseConv2D(node["kernelSize"], activation=activation_of(node), **same)
    pools = {"maxPooling1d": L.MaxPooling1D, "maxPooling2d": L.MaxPooling2D, "averagePooling2d": L.AveragePooling2D}
    if kind in pools:
        return pools[kind](node["poolSize"], strides=node["strides"], padding=node["padding"])
    if kind == "globalAveragePooling2d":
        return L.GlobalAveragePooling2D()
    if kind == "batchNormalization":
        return L.BatchNormalization(**{key: node[key] for key in ("momentum", "epsilon", "center", "scale")})
    if kind == "layerNormalization":
        return L.LayerNormalization(**{key: node[key] for key in ("epsilon", "center", "scale")})
    if kind in ("add", "concatenate"):
        return L.Add() if kind == "add" else L.Concatenate()
    raise NotImplementedError(f"no layer {kind} here")


def optimizer_of(spec):
    names = {"beta1": "beta_1", "beta2": "beta_2", "clipValue": "clipvalue", "clipNorm": "clipnorm", "globalClipNorm": "global_clipnorm"}
    options = {names.get(key, snake(key)): value for key, value in spec.items() if key != "kind"}
    return keras.optimizers.get({"class_name": spec["kind"], "config": options})


def loss_of(spec):
    logits, losses = {"from_logits": spec.get("fromLogits", False)}, keras.losses
    return {
        "categoricalCrossentropy": lambda t, y: losses.categorical_crossentropy(t, y, **logits),
        "sparseCategoricalCrossentropy": lambda t, y: losses.sparse_categorical_crossentropy(t, y, **logits),
        "binaryCrossentropy": lambda t, y: losses.binary_crossentropy(t, y, **logits),
        "meanSquaredError": losses.mean_squared_error,
    }[spec["kind"]]


def build(job):
    values = {"input": keras.Input(job["inputShape"])}
    for node in job["spec"]["nodes"]:
        read = [values[name] for name in node["inputs"]]
        values[node["name"]] = layer(node["layer"])(read if len(read) > 1 else read[0])
    return keras.Model(values["input"], values[node["name"]])


def prepare(job):
    keras.utils.clear_session(free_memory=True)
    keras.utils.set_random_seed(1)
    model = build(job)
    images = tf.random.uniform((job["batch"], *job["inputShape"]))
    return model.count_params(), inference(model, images) if job["what"] == "inference" else training(model, images, job)


def inference(model, images):
    def variant(jit):
        call = tf.function(lambda batch: model(batch, training=False), jit_compile=jit)

        def run(calls):
            for _ in range(calls):
                call(images).numpy()

        return run

    return {"function": variant(False), "function-jit": variant(True)}


def training(model, images, job):
    classes = model.output_shape[-1]
    labels = tf.random.uniform((len(images),), maxval=classes, dtype=tf.int32)
    targets = labels if job["loss"]["kind"].startswith("sparse") else tf.one_hot(labels, classes)
    optimizer, loss_function = optimizer_of(job["optimizer"]), loss_of(job["loss"])
    optimizer.build(model.trainable_variables)

    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(loss_function(targets, model(images, training=True)))
            if model.losses:
                loss += tf.add_n(model.losses)
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        return loss

    # A graph that loops over all the steps of a request saves Python's half millisecond per step.
    @tf.function
    def all_steps(steps):
        loss = 0.0
        for _ in tf.range(steps):
            loss = step()
        return loss

    jitted = tf.function(step, jit_compile=True)

    def run_jitted(steps):
        for _ in range(steps):
            loss = jitted()
        loss.numpy()

    return {"loop": lambda steps: all_steps(tf.constant(steps)).numpy(), "function-jit": run_jitted}
