"""Training itself: one `Model.fit`, watched step by step, stopped and ended where a checkpoint can be taken."""
