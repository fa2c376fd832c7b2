"""From a batch boundary to a durable file: when to save, the copy, the file, the thread that writes it."""
