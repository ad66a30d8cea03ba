"""Keras 3 on the backend that KERAS_BACKEND names: compiled, channels last, with or without XLA, the faster of both."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
from keras import layers as kl
from protocol import Contender, Run, fastest, serve

PACKAGES = {"tensorflow": ("keras", "tensorflow-cpu"), "jax": ("keras", "jax", "jaxlib")}


def contend(job: dict) -> Contender:
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(job["threads"])
    keras.utils.set_random_seed(0)
    models = {f"jit_compile={jit}": make_model(job, jit=jit) for jit in job["options"]["jit"]}
    runs = {name: step_with(model, job) for name, model in models.items()}
    choice = fastest(runs)
    parameters = sum(int(np.prod(w.shape)) for w in models[choice].trainable_weights)
    return Contender(runs[choice], parameters=parameters, choice=choice, packages=PACKAGES[backend])


def make_model(job: dict, *, jit: bool) -> keras.Model:
    channels, height, width = job["input"]
    inputs = keras.Input((height, width, channels))
    outputs = stack(job["layers"], inputs)
    model = keras.Model(inputs, outputs)
    model.compile(
        optimizer=keras.optimizers.SGD(job["rate"], momentum=job["momentum"]),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=jit,
    )
    return model


def stack(described: list[dict], x: keras.KerasTensor) -> keras.KerasTensor:
    for layer in described:
        x = apply(layer, x)
    return x


def apply(layer: dict, x: keras.KerasTensor) -> keras.KerasTensor:
    match layer["kind"]:
        case "conv":
            convolve = kl.Conv2D(layer["features"], layer["kernel"], layer["stride"], use_bias=layer["bias"])
            return convolve(padded(x, layer["pad"]))
        case "maxpool":  # it follows a ReLU, so zeros around the map never win
            return kl.MaxPooling2D(layer["size"], layer["stride"])(padded(x, layer["pad"]))
        case "dense":
            return kl.Dense(layer["units"])(kl.Flatten()(x))
        case "batchnorm":
            return kl.BatchNormalization(momentum=0.9, epsilon=1e-5)(x)
        case "relu":
            return kl.ReLU()(x)
        case "globalpool":
            return kl.GlobalAveragePooling2D()(x)
        case "skip":
            return kl.Add()([stack(layer["body"], x), stack(layer["shortcut"], x)])
    raise ValueError(layer["kind"])


def padded(x: keras.KerasTensor, pad: int) -> keras.KerasTensor:
    return kl.ZeroPadding2D(pad)(x) if pad else x


def step_with(model: keras.Model, job: dict) -> Run:
    channels, height, width = job["input"]
    chance = np.random.default_rng(0)
    x = keras.ops.convert_to_tensor(chance.random((job["batch"], height, width, channels), np.float32))
    y = keras.ops.convert_to_tensor(chance.integers(job["classes"], size=job["batch"]).astype(np.int32))

    def run(steps: int) -> float:
        loss = 0.0
        for _ in range(steps):
            loss = model.train_on_batch(x, y)
        return float(loss)

    return run


if __name__ == "__main__":
    serve(contend)
