"""What the machine can do at most, measured beside the contenders: limits.c, built when the benchmark starts.

`float32`, `bfloat16`, `int8`: billions of operations a second on all cores, one multiply-add being two; 0 where the
CPU has no such instruction. `read`, `write`: memory, in GB/s.
"""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).with_name("limits.c")
COMPILER = ("gcc", "-O3", "-march=native", "-ffp-contract=fast", "-fopenmp")
Limits = dict[str, float]


@dataclass(frozen=True, slots=True)
class LimitsProgram:
    """The built program; `run` measures once."""

    program: Path
    threads: int

    def run(self) -> Limits:
        environment = {**os.environ, "OMP_NUM_THREADS": str(self.threads)}
        done = subprocess.run([self.program], env=environment, capture_output=True, text=True, check=True)
        return json.loads(done.stdout)


def build_limits(folder: Path, *, threads: int) -> LimitsProgram:
    """Compile limits.c into `folder` for this very machine."""
    program = folder / "limits"
    subprocess.run([*COMPILER, str(SOURCE), "-o", str(program)], check=True)
    return LimitsProgram(program, threads)
