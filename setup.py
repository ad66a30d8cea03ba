"""Builds the native kernels: one shared library with a plain C interface, its inner loops once an instruction set.

Without a C++ compiler the install succeeds, and says that training and prediction will run on PyTorch alone.
"""

import os
import platform
import subprocess
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

NATIVE = Path("src/striate/kernels/native")
FLAGS = ["-std=c++17", "-O3", "-fPIC", "-fno-math-errno", "-ffp-contract=fast", "-Wno-psabi", "-fvisibility=hidden"]
FLAGS += os.environ.get("STRIATE_KERNEL_FLAGS", "").split()  # such as -fsanitize=address
X86 = platform.machine().lower() in ("x86_64", "amd64")
SETS = {"portable": ["-DLANES=4", f"-DREGISTER_COUNT={16 if X86 else 32}"]}  # SSE2 or NEON
if X86:
    SETS["avx2"] = ["-DLANES=8", "-DREGISTER_COUNT=16", "-mavx2", "-mfma"]
    wide = [f"-mavx512{part}" for part in ("f", "bw", "vl", "dq")]
    wide.append("-mtune=icelake-server")  # tuned for no processor, GCC 12 keeps the operands of some loops in memory
    SETS["avx512"] = ["-DLANES=16", "-DREGISTER_COUNT=32", "-mfma", *wide]
    SETS["avx512bf16"] = [*SETS["avx512"], "-mavx512bf16"]
if wanted := os.environ.get("STRIATE_KERNEL_SETS"):  # some alone, for objects that are linked elsewhere
    SETS = {name: flags for name, flags in SETS.items() if name in wanted.split()}
MISSING = (
    "the native kernels were not built (%s). Striate works without them, on PyTorch's own operators, and trains small "
    "networks two to three times slower. To have them, install a C++ compiler (Debian: g++) and install Striate again"
)


class BuildKernels(build_ext):
    """Compiles every source of `native/`; those named line* once for each instruction set."""

    def build_extension(self, ext: Extension) -> None:
        compiler = os.environ.get("CXX", "c++")
        target, objects = Path(self.get_ext_fullpath(ext.name)), Path(self.build_temp)
        objects.mkdir(parents=True, exist_ok=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        commands, made = [], []
        for source in sorted(NATIVE.glob("*.cpp")):
            for name, flags in SETS.items() if source.stem.startswith("line") else [("", [])]:
                made.append(str(objects / f"{source.stem}{name}.o"))
                only = [f"-DISA={name}", *flags] if name else []
                commands.append([compiler, *FLAGS, *only, "-c", str(source), "-o", made[-1]])
        link = [compiler, *FLAGS, "-shared", *made, "-o", str(target), "-ldl", "-pthread"]
        try:
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                list(pool.map(partial(subprocess.run, check=True), commands))
            subprocess.run(link, check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            self.warn(MISSING % error)


setup(
    ext_modules=[Extension("striate.kernels._native", sources=[], optional=True)],
    cmdclass={"build_ext": BuildKernels},
)
