"""The read side: run folder to screen. Never imports Keras."""
