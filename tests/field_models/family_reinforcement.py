"""An agent and its world: `fit` is called again and again on what was lived through."""

from __future__ import annotations

from collections import deque

import keras
import numpy as np
from field_models.registry import EVERYWHERE, field_model
from keras import layers


class Corridor:
    """Seven places in a row; the last one is worth something."""

    def __init__(self):
        self.place = 3

    def state(self):
        return np.eye(7, dtype="float32")[self.place]

    def step(self, action):
        self.place = int(np.clip(self.place + (1 if action else -1), 0, 6))
        reward, ended = float(self.place == 6), self.place in (0, 6)
        if ended:
            self.place = 3
        return reward, ended


@field_model("replay buffer, six fits in a loop", EVERYWHERE, is_loop=True)
def deep_q_learning(fit):
    rng, world, lived = np.random.default_rng(0), Corridor(), deque(maxlen=64)
    model = keras.Sequential([keras.Input((7,)), layers.Dense(8, "relu"), layers.Dense(2)])
    model.compile(keras.optimizers.Adam(0.02), "huber")
    slow = keras.models.clone_model(model)
    slow.set_weights(model.get_weights())
    for episode in range(6):
        for _ in range(32):
            state = world.state()
            value = model(state[None], training=False)
            explores = rng.random() < 0.5
            action = rng.integers(2) if explores else int(keras.ops.argmax(value[0]))
            lived.append((state, action, *world.step(action), world.state()))
        rows = rng.integers(0, len(lived), 32)
        states, actions, rewards, ended, nexts = (
            np.array([lived[row][part] for row in rows]) for part in range(5)
        )
        best = keras.ops.convert_to_numpy(slow(nexts)).max(-1)
        targets = keras.ops.convert_to_numpy(model(states)).copy()
        targets[np.arange(32), actions] = rewards + 0.9 * best * ~ended
        fit(model, states, targets, batch_size=4, epochs=2)
        if episode % 2:
            slow.set_weights(model.get_weights())
    return model


@field_model("episodes with returns as sample weights", EVERYWHERE, is_loop=True)
def policy_gradient(fit):
    rng, world = np.random.default_rng(1), Corridor()
    model = keras.Sequential(
        [keras.Input((7,)), layers.Dense(8, "tanh"), layers.Dense(2, "softmax")]
    )
    model.compile(keras.optimizers.RMSprop(0.01), "sparse_categorical_crossentropy")
    for _ in range(4):
        states, actions, rewards = [], [], []
        for _ in range(48):
            states.append(world.state())
            odds = keras.ops.convert_to_numpy(model(states[-1][None]))[0].astype("float64")
            actions.append(rng.choice(2, p=odds / odds.sum()))
            rewards.append(world.step(actions[-1])[0])
        returns = np.convolve(rewards[::-1], 0.9 ** np.arange(48))[:48][::-1]
        advantage = (returns - returns.mean()) / (returns.std() + 1e-6)
        fit(
            model,
            np.stack(states),
            np.array(actions),
            sample_weight=advantage.astype("float32"),
            batch_size=6,
            epochs=1,
        )
    return model
