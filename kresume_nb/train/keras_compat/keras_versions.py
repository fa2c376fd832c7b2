"""Which private names of Keras this package needs, and what happens under a version that lacks one.

Keras promises nothing about them. Each stands here once, with what it is needed for; importing this
package looks them up and never fails. Without an essential one `kr.fit` is refused before anything
is written (`check`). Without another, training goes on, and `lost` gives the sentences that tell a
person what does not: the resume report shows them. What is public, but not in all versions, is
looked up by `public`.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

import keras

from kresume_nb.errors import UnsupportedKerasError


class Absent:
    """In place of a name that this version lacks. A class can derive from it; nothing else works."""


@dataclass(frozen=True, slots=True)
class Private:
    """A private name of Keras."""

    module: str
    """Where it is; empty for an attribute that instances get (`find` is then given one)."""
    purpose: str
    """Ends the sentence "It is needed to …"."""
    without: str | None = None
    """What is lost without it, as a sentence; None if nothing can be done without it."""


_ADAPTERS = "keras.src.trainers.data_adapters"
_SAVING = "keras.src.saving.saving_lib"
_TO_SAVE = "write a `.keras` file from a snapshot of the model"
_TO_FEED = "train on batches from the middle of an epoch on"
_UNSEEDED = "keras.random draws without a seed go on from a new state"
_EVENTS = (
    "events of TensorBoard that were written near the checkpoint may be missing or there twice"
)
_TRACING = "a profile that TensorBoard was taking is not mentioned"
_EPOCH_CLOCK = "TensorBoard measures the steps per second of the resumed epoch from the resume on"
_WRITERS = "summaries that your own code writes within TensorBoard begin at step 0"

PRIVATE = {
    "H5IOStore": Private(_SAVING, _TO_SAVE),
    "_save_state": Private(_SAVING, _TO_SAVE),
    "_serialize_model_as_json": Private(_SAVING, _TO_SAVE),
    "DiskIOStore": Private(
        _SAVING,
        "keep the files of layers (a vocabulary) in checkpoints",
        "a model with a vocabulary that was adapted resumes, but is not made of its checkpoints",
    ),
    "Model._symbolic_build": Private("keras", "make all variables before training begins"),
    "DataAdapter": Private(f"{_ADAPTERS}.data_adapter", _TO_FEED),
    "GeneratorDataAdapter": Private(f"{_ADAPTERS}.generator_data_adapter", _TO_FEED),
    "get_numpy_iterator": Private(f"{_ADAPTERS}.data_adapter_utils", "describe the data's batches"),
    "get_data_adapter": Private(_ADAPTERS, "read validation data as Keras does"),
    "TFDatasetAdapter": Private(f"{_ADAPTERS}.tf_dataset_adapter", "read a tf.data.Dataset"),
    "PyDatasetAdapter": Private(f"{_ADAPTERS}.py_dataset_adapter", "read a PyDataset"),
    "PyDatasetAdapter._standardize_batch": Private(
        f"{_ADAPTERS}.py_dataset_adapter", "read a PyDataset"
    ),
    "PyDatasetAdapter._get_iterator": Private(
        f"{_ADAPTERS}.py_dataset_adapter", "read a PyDataset"
    ),
    **{
        f"array_slicing.{name}": Private(_ADAPTERS, "cut batches from data in memory as Keras does")
        for name in (
            "JaxSparseSliceable",
            "PandasSliceable",
            "ScipySparseSliceable",
            "TensorflowRaggedSliceable",
            "TensorflowSparseSliceable",
            "TensorflowSparseWrapper",
            "can_slice_array",
            "convert_to_sliceable",
            "slice_tensorflow_sparse_wrapper",
            "train_validation_split",
        )
    },
    "get_random_seed": Private(
        "keras.src.utils.rng_utils",
        "order the batches by the seed of keras.utils.set_random_seed",
        "the seed of keras.utils.set_random_seed does not order the batches; pass seed= to kr.fit",
    ),
    "get_global_attribute": Private(
        "keras.src.backend.common.global_state", "keep the state behind keras.random", _UNSEEDED
    ),
    "global_seed_generator": Private(
        "keras.src.random.seed_generator", "put the state behind keras.random back", _UNSEEDED
    ),
    "_trainable_variables": Private(
        "",
        "know which variables an optimizer was built for",
        "an optimizer that only your own training step uses begins anew",
    ),
    "_learning_rate": Private(
        "",
        "know whether the learning rate follows a schedule",
        "the learning rate of each step is read from the optimizer, which takes longer",
    ),
    "_writers": Private("", "flush TensorBoard's events before a checkpoint", _EVENTS),
    "_close_writers": Private("", "close TensorBoard's files after a failure", _EVENTS),
    "_is_tracing": Private("", "know whether TensorBoard is taking a profile", _TRACING),
    "_epoch_start_time": Private("", "let TensorBoard's epoch go on", _EPOCH_CLOCK),
    "_push_writer": Private("", "set the step of your own summaries", _WRITERS),
    "_pop_writer": Private("", "set the step of your own summaries", _WRITERS),
}


def find(name: str, owner: object = None) -> Any:
    """What a name of `PRIVATE` stands for in this version of Keras; `Absent` if it has none.

    Args:
        owner: the instance, for one that instances have.
    """
    module = PRIVATE[name].module
    try:
        found = importlib.import_module(module) if module else owner
    except ImportError:
        return Absent
    for part in name.split("."):
        found = getattr(found, part, Absent)
    return found


def check() -> None:
    """Refuses a version of Keras without which nothing can be done.

    Raises:
        UnsupportedKerasError: naming what is missing.
    """
    missing = {
        name: one for name, one in PRIVATE.items() if one.without is None and find(name) is Absent
    }
    if missing:
        what = "; ".join(
            f"{one.module}.{name}, needed to {one.purpose}" for name, one in missing.items()
        )
        raise UnsupportedKerasError(
            f"kresume_nb cannot work with Keras {keras.__version__}, which lacks {what}. "
            "Nothing was written. Expected: a version that this kresume_nb was tried with (its "
            "docs/compatibility.md lists them). Install one of those, or a newer kresume_nb."
        )


def lost(*names: str, owner: object = None) -> list[str]:
    """What does not work for want of some names, as sentences for a person; empty if all are there."""
    found = {
        f"{one.without} (Keras {keras.__version__} has no {name})": None
        for name in names
        if (one := PRIVATE[name]).without is not None and find(name, owner) is Absent
    }
    return list(found)


def public(path: str) -> Any:
    """A class that not all versions have, for `isinstance`; where it is missing, nothing is one.

    >>> isinstance(1, public("optimizers.NoSuchOptimizer"))
    False
    """
    found: Any = keras
    for part in path.split("."):
        found = getattr(found, part, None)
    return found if isinstance(found, type) else ()
