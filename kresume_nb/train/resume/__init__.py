"""From a run folder back into the model: what is found there, what has changed since, what is put back."""
