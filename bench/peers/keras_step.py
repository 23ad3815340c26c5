"""
Full training steps of Keras 3 on TensorFlow, on the CPU, timed on request. Protocol and installation: README.md.

    python keras_step.py <network> <batch size> <threads> [how]

network: basic | standard.
how: train_on_batch, train_on_batch-jit: Keras' own call for a step, without and with XLA.
     function, function-jit: a tf.function with one step, called from Python.
     loop, loop-jit: one tf.function that runs all the steps of a request.
"""

import json
import os
import sys
import time

FASTEST = "loop"  # measured: README.md

network, batch_size, threads, *how = sys.argv[1:]
how = how[0] if how else FASTEST
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
if how.endswith("-jit"):  # XLA's threads are not TensorFlow's: this flag is the only hold on them
    os.environ["XLA_FLAGS"] = f"--xla_cpu_multi_thread_eigen={'true' if int(threads) > 1 else 'false'}"

import keras  # noqa: E402
import tensorflow as tf  # noqa: E402

L = keras.layers
NETWORKS = {
    "basic": lambda: [L.Conv2D(32, 3, activation="relu"), L.MaxPooling2D(), L.Flatten(), L.Dense(10, activation="softmax")],
    "standard": lambda: [
        L.Conv2D(32, 3, activation="relu"), L.MaxPooling2D(), L.Conv2D(64, 3, activation="relu"), L.MaxPooling2D(),
        L.Flatten(), L.Dense(64, activation="relu"), L.Dense(10, activation="softmax"),
    ],
}  # fmt: skip


def prepare():
    """A function that runs a number of training steps to their end; the batch is made here, once."""
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((28, 28, 1)), *NETWORKS[network]()])
    images = tf.random.uniform((int(batch_size), 28, 28, 1))
    labels = tf.random.uniform((int(batch_size),), maxval=10, dtype=tf.int32)
    optimizer, jit = keras.optimizers.Adam(), how.endswith("-jit")
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", jit_compile=jit)
    optimizer.build(model.trainable_variables)

    def step():
        with tf.GradientTape() as tape:
            probabilities = model(images, training=True)
            loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(labels, probabilities))
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        return loss

    def loop(steps):
        loss = 0.0
        for _ in tf.range(steps):
            loss = step()
        return loss

    def run_batches(steps):
        for _ in range(steps):
            model.train_on_batch(images, labels)

    def run_function(steps):
        for _ in range(steps):
            loss = one_step()
        loss.numpy()

    one_step, all_steps = tf.function(step, jit_compile=jit), tf.function(loop, jit_compile=jit)
    runs = {"train_on_batch": run_batches, "function": run_function, "loop": lambda steps: all_steps(tf.constant(steps)).numpy()}
    return runs[how.removesuffix("-jit")]


def main():
    tf.config.threading.set_intra_op_parallelism_threads(int(threads))
    tf.config.threading.set_inter_op_parallelism_threads(1)
    run = prepare()
    run(1)  # traces and compiles
    version = f"{keras.__version__} on tensorflow {tf.__version__}"
    print(json.dumps({"name": "keras", "version": version, "threads": int(threads), "variant": how}), flush=True)
    for line in sys.stdin:
        steps = int(line)
        start = time.perf_counter()
        run(steps)
        print(json.dumps({"seconds": time.perf_counter() - start, "steps": steps}), flush=True)


main()
