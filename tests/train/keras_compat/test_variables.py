"""A value that is put into a variable is the variable's own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PROGRAM = """
import keras, numpy as np
from kresume_nb.train.keras_compat.variables import assign

room = np.zeros(4096 + 16, "float32")
start = (-room.ctypes.data // 4) % 16  # as memory must lie for JAX to take it over
value = room[start : start + 4096]
assert value.ctypes.data % 64 == 0
variable = keras.Variable(np.ones(4096, "float32"))
assign(variable, value)
value[:] = 2.0
assert not keras.ops.convert_to_numpy(variable).any(), "the array's memory is the variable's"
"""


@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_an_array_that_changes_later_changes_no_variable(backend):
    pytest.importorskip(backend)
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=os.environ | {"KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
