"""scikit-learn's MLPClassifier as a floor: one hidden layer of 100 on the same pixels. Other work, not the same net."""

import numpy as np
from protocol import Contender, serve
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits


def contend(job: dict) -> Contender:
    chance = np.random.default_rng(0)
    x = chance.random((job["batch"], int(np.prod(job["input"]))), np.float32)
    y = chance.integers(job["classes"], size=job["batch"])
    model = MLPClassifier(solver="sgd", learning_rate_init=job["rate"], momentum=job["momentum"], batch_size=len(x))
    model.partial_fit(x, y, classes=np.arange(job["classes"]))
    threadpool_limits(job["threads"])

    def run(steps: int) -> float:
        for _ in range(steps):
            model.partial_fit(x, y)
        return float(model.loss_)

    parameters = sum(w.size for w in [*model.coefs_, *model.intercepts_])
    return Contender(run, parameters=parameters, choice="one hidden layer of 100", packages=("scikit-learn",))


if __name__ == "__main__":
    serve(contend)
