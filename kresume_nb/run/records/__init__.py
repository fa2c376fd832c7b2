"""Everything that a run writes to disk or says to a page, defined once.

`labextension/src/protocol.ts` is generated from this module (`make protocol`), and `run/README.md`
says which file holds which record. Three kinds of field deserve a word:

* **Epochs are counted from one**, as Keras prints them and as checkpoint files are named:
  `Epoch.epoch == 7` is the seventh epoch. In a `Position`, `epoch` is how many epochs are complete.
* **Times** are seconds since 1970 (`time.time()`); **durations** are seconds.
* A `float` may be NaN or infinite. JSON has no such numbers, so `run/codec.py` writes them as the
  strings `"NaN"`, `"Infinity"` and `"-Infinity"`, and reads them back.

Records are plain frozen dataclasses. Unknown fields are ignored when reading, so that a newer
writer may add some without a new schema version; a field that changes meaning needs a new version
and a step in `run/migrations.py`.
"""

from __future__ import annotations

from kresume_nb.run.records.comparison import (
    Changes,
    ChangeSeries,
    CheckpointRef,
    CompareAnswer,
    CompareAsk,
    CompareAxis,
    CompareBundle,
    Compared,
    CompareView,
    DamagedCheckpoint,
    Histogram,
    LayerChange,
    LayerSeries,
    Unmatched,
    VariableChange,
    WeightChange,
)
from kresume_nb.run.records.folder import (
    AutoSwitch,
    Header,
    Marks,
    Summary,
)
from kresume_nb.run.records.journal import (
    Attempted,
    Checkpoint,
    Controlled,
    End,
    Epoch,
    Finding,
    JournalEvent,
    Monitored,
    Pruned,
    Start,
    Steps,
    Verdict,
    Verified,
    Warned,
)
from kresume_nb.run.records.page import (
    Ask,
    AskReply,
    Bundle,
    Control,
    Death,
    Ended,
    Heard,
    Lines,
    Point,
    Reopen,
    ResumeRequest,
    RunFolders,
    RunRow,
    RunRows,
    There,
    Wish,
)
from kresume_nb.run.records.parts import (
    SCHEMA,
    Action,
    Attempt,
    Cell,
    DataArray,
    Direction,
    Outcome,
    Parent,
    Policy,
    Position,
    Status,
    Writer,
)

__all__ = [
    "DOCUMENTS",
    "EVENTS",
    "MESSAGES",
    "PARTS",
    "SCHEMA",
    "Action",
    "Ask",
    "AskReply",
    "Attempt",
    "Attempted",
    "AutoSwitch",
    "Bundle",
    "Cell",
    "ChangeSeries",
    "Changes",
    "Checkpoint",
    "CheckpointRef",
    "CompareAnswer",
    "CompareAsk",
    "CompareAxis",
    "CompareBundle",
    "CompareView",
    "Compared",
    "Control",
    "Controlled",
    "DamagedCheckpoint",
    "DataArray",
    "Death",
    "Direction",
    "End",
    "Ended",
    "Epoch",
    "Finding",
    "Header",
    "Heard",
    "Histogram",
    "JournalEvent",
    "LayerChange",
    "LayerSeries",
    "Lines",
    "Marks",
    "Monitored",
    "Outcome",
    "Parent",
    "Point",
    "Policy",
    "Position",
    "Pruned",
    "Reopen",
    "ResumeRequest",
    "RunFolders",
    "RunRow",
    "RunRows",
    "Start",
    "Status",
    "Steps",
    "Summary",
    "There",
    "Unmatched",
    "VariableChange",
    "Verdict",
    "Verified",
    "Warned",
    "WeightChange",
    "Wish",
    "Writer",
]

DOCUMENTS: tuple[type, ...] = (
    Header,
    Summary,
    Bundle,
    ResumeRequest,
    Ask,
    AskReply,
    Control,
    Marks,
    RunRows,
    RunFolders,
    There,
    CompareBundle,
    Compared,
    Changes,
    ChangeSeries,
    Histogram,
    Attempt,
    AutoSwitch,
    Ended,
)

MESSAGES: tuple[type, ...] = (Lines, Heard, Reopen, Wish, CompareAsk, CompareAnswer)
"""What a widget and its kernel say to each other."""

EVENTS: tuple[type, ...] = (
    Start,
    Steps,
    Epoch,
    Checkpoint,
    Monitored,
    Pruned,
    Warned,
    Verified,
    Controlled,
    Attempted,
    End,
)

PARTS: tuple[type, ...] = (
    Position,
    Writer,
    Cell,
    DataArray,
    Parent,
    Policy,
    Finding,
    Point,
    RunRow,
    CheckpointRef,
    CompareView,
    WeightChange,
    VariableChange,
    LayerChange,
    Unmatched,
    DamagedCheckpoint,
    LayerSeries,
    Death,
)
