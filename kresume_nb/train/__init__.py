"""The write side: Keras to run folder, and back."""
