"""Small data that look enough like the real ones to be trained on."""

from __future__ import annotations

from typing import Any

import numpy as np


def images(count: int = 64, size: int = 12, channels: int = 1) -> tuple[Any, Any]:
    """Bright squares in one of four corners, and which corner."""
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 4, count)
    pictures = rng.uniform(0, 0.3, (count, size, size, channels))
    half = size // 2
    for picture, label in zip(pictures, labels, strict=True):
        top, left = half * (label // 2), half * (label % 2)
        picture[top : top + half, left : left + half] += 0.6
    return pictures.astype("float32"), labels.astype("int32")


def sentences(count: int = 64) -> tuple[list[str], Any]:
    """Remarks about films, and whether they are kind."""
    rng = np.random.default_rng(2)
    kind, unkind = ["lovely", "bright", "moving"], ["dull", "flat", "tired"]
    plain = ["the", "film", "was", "a", "plot", "with", "songs"]
    labels = rng.integers(0, 2, count)
    texts = [
        " ".join([*rng.choice(plain, 5), *rng.choice(kind if label else unkind, 2)])
        for label in labels
    ]
    return texts, labels.astype("float32")


def table(count: int = 64) -> tuple[dict[str, Any], Any]:
    """Tenants: numbers and words, and whether they moved."""
    rng = np.random.default_rng(3)
    columns = {
        "age": rng.integers(18, 90, count).astype("float32"),
        "rent": rng.normal(700, 200, count).astype("float32"),
        "city": rng.choice(["oslo", "rome", "bonn", "lima"], count),
        "rooms": rng.integers(1, 6, count).astype("int64"),
    }
    moved = (columns["rent"] > 700) ^ (columns["city"] == "rome")
    return columns, moved.astype("float32")


def waves(count: int = 64, length: int = 64) -> tuple[Any, Any]:
    """Tones of three pitches in noise, and which pitch."""
    rng = np.random.default_rng(4)
    labels = rng.integers(0, 3, count)
    time = np.arange(length) / length
    tones = np.sin(2 * np.pi * (4 + 6 * labels[:, None]) * time + rng.uniform(0, 6, (count, 1)))
    return (tones + rng.normal(0, 0.2, tones.shape)).astype("float32"), labels.astype("int32")
