"""Plain JAX and optax: one jitted step with donated state, channels last."""

import os

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax
import jax.numpy as jnp
import optax
from jax import lax
from protocol import Contender, serve

Parameters = list
EPSILON = 1e-5
DIMENSIONS = ("NHWC", "HWIO", "NHWC")


def contend(job: dict) -> Contender:
    channels, height, width = job["input"]
    keys = iter(jax.random.split(jax.random.key(0), 1000))
    parameters = [start(layer, keys) for layer in job["layers"]]
    x = jax.random.uniform(next(keys), (job["batch"], height, width, channels), jnp.float32)
    y = jax.random.randint(next(keys), (job["batch"],), 0, job["classes"])
    optimizer = optax.sgd(job["rate"], momentum=job["momentum"])
    step = compile_step(job["layers"], optimizer)
    count = sum(p.size for p in jax.tree.leaves(parameters))
    held = {"parameters": parameters, "state": optimizer.init(parameters)}

    def run(steps: int) -> float:
        loss = jnp.zeros(())
        for _ in range(steps):
            held["parameters"], held["state"], loss = step(held["parameters"], held["state"], x, y)
        return float(loss)

    return Contender(run, parameters=count, choice="nhwc float32 jit", packages=("jax", "jaxlib", "optax"))


def compile_step(layers: list[dict], optimizer: optax.GradientTransformation):
    """Forward, loss, backward and update in one program. Batch statistics only: running ones would be extra work."""

    def loss_of(parameters, x, y):
        logits = stack(layers, parameters, x)
        return optax.softmax_cross_entropy_with_integer_labels(logits, y).mean()

    def step(parameters, state, x, y):
        loss, gradient = jax.value_and_grad(loss_of)(parameters, x, y)
        updates, state = optimizer.update(gradient, state, parameters)
        return optax.apply_updates(parameters, updates), state, loss

    return jax.jit(step, donate_argnums=(0, 1))


def start(layer: dict, keys) -> Parameters:
    """Fresh weights of one layer; those of a skip are [body, shortcut]."""
    match layer["kind"]:
        case "conv":
            shape = (layer["kernel"], layer["kernel"], layer["channels"], layer["features"])
            fan_in = layer["kernel"] ** 2 * layer["channels"]
            weight = jax.random.normal(next(keys), shape) * (2 / fan_in) ** 0.5
            return [weight, jnp.zeros(layer["features"])] if layer["bias"] else [weight]
        case "dense":
            weight = jax.random.normal(next(keys), (layer["inputs"], layer["units"])) * layer["inputs"] ** -0.5
            return [weight, jnp.zeros(layer["units"])]
        case "batchnorm":
            return [jnp.ones(layer["channels"]), jnp.zeros(layer["channels"])]
        case "skip":
            return [[start(inner, keys) for inner in layer[part]] for part in ("body", "shortcut")]
    return []


def stack(layers: list[dict], parameters: Parameters, x: jax.Array) -> jax.Array:
    for layer, held in zip(layers, parameters, strict=True):
        x = apply(layer, held, x)
    return x


def apply(layer: dict, held: Parameters, x: jax.Array) -> jax.Array:
    match layer["kind"]:
        case "conv":
            stride, pad = (layer["stride"],) * 2, ((layer["pad"],) * 2,) * 2
            out = lax.conv_general_dilated(x, held[0], stride, pad, dimension_numbers=DIMENSIONS)
            return out + held[1] if layer["bias"] else out
        case "maxpool":
            size, stride = (1, layer["size"], layer["size"], 1), (1, layer["stride"], layer["stride"], 1)
            pad = ((0, 0), *((layer["pad"],) * 2,) * 2, (0, 0))
            return lax.reduce_window(x, -jnp.inf, lax.max, size, stride, pad)
        case "dense":
            return x.reshape(len(x), -1) @ held[0] + held[1]
        case "batchnorm":
            mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2))
            return (x - mean) * (lax.rsqrt(variance + EPSILON) * held[0]) + held[1]
        case "relu":
            return jax.nn.relu(x)
        case "globalpool":
            return x.mean((1, 2))
        case "skip":
            return stack(layer["body"], held[0], x) + stack(layer["shortcut"], held[1], x)
    raise ValueError(layer["kind"])


if __name__ == "__main__":
    serve(contend)
