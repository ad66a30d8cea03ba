"""One thread for small networks: on shared cores two are slower, and the figures must not depend on it."""

import torch

torch.set_num_threads(1)
