"""An agent and its world: `fit` is called again and again on what was lived through."""

from __future__ import annotations

from collections import deque

import keras
import numpy as np
import tensorflow as tf
from field_models.registry import EVERYWHERE, field_model
from keras import layers, ops


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


@field_model("rollouts, own train_step with two optimizers, five fits", is_loop=True)
def actor_and_critic(fit):
    class ActorCritic(keras.Model):
        def __init__(self):
            super().__init__()
            self.trunk = layers.Dense(8, "tanh")
            self.policy, self.value = layers.Dense(2), layers.Dense(1)

        def call(self, states):
            hidden = self.trunk(states)
            return self.policy(hidden), self.value(hidden)

        def compile(self, actor_optimizer, critic_optimizer):
            super().compile()
            self.actor_optimizer, self.critic_optimizer = actor_optimizer, critic_optimizer

        def train_step(self, data):
            states, (actions, returns) = data
            with tf.GradientTape(persistent=True) as tape:
                logits, value = self(states, training=True)
                advantage = returns - value[:, 0]
                loss = keras.losses.sparse_categorical_crossentropy(actions, logits, True)
                odds = tf.nn.softmax(logits)
                entropy = -tf.reduce_mean(tf.reduce_sum(odds * tf.math.log(odds + 1e-9), -1))
                actor = tf.reduce_mean(loss * tf.stop_gradient(advantage)) - 0.01 * entropy
                critic = tf.reduce_mean(advantage**2)
            for loss, optimizer, head in (
                (actor, self.actor_optimizer, self.policy),
                (critic, self.critic_optimizer, self.value),
            ):
                weights = self.trunk.trainable_weights + head.trainable_weights
                optimizer.apply(tape.gradient(loss, weights), weights)
            return {"actor": actor, "critic": critic, "entropy": entropy}

    rng, world, model = np.random.default_rng(2), Corridor(), ActorCritic()
    model.compile(keras.optimizers.Adam(1e-2), keras.optimizers.RMSprop(1e-2))
    for _ in range(5):
        states, actions, rewards = [], [], []
        for _ in range(32):
            states.append(world.state())
            odds = np.array(tf.nn.softmax(model(states[-1][None])[0])[0], "float64")
            actions.append(int(rng.random() < odds[1] / odds.sum()))
            rewards.append(world.step(actions[-1])[0])
        returns = np.convolve(rewards[::-1], 0.9 ** np.arange(32))[:32][::-1].astype("float32")
        data = np.stack(states), (np.array(actions, "int32"), returns)
        fit(model, tf.data.Dataset.from_tensor_slices(data).batch(8), epochs=2)
    return model


class StopWhenFar(keras.callbacks.Callback):
    """Ends the updates of a rollout when the policy has left the one that acted."""

    def __init__(self, limit):
        super().__init__()
        self.limit, self.stopped = limit, 0

    def on_epoch_end(self, epoch, logs=None):
        if logs["divergence"] > self.limit:
            self.stopped += 1
            self.model.stop_training = True


@field_model(
    "rollouts shuffled, clipped loss, a callback that stops, four fits", EVERYWHERE, is_loop=True
)
def clipped_policy(fit):
    def clipped(y_true, logits):
        action, before, advantage = y_true[:, 0], y_true[:, 1], y_true[:, 2]
        logs = ops.log_softmax(logits)
        now = ops.sum(logs * ops.one_hot(ops.cast(action, "int32"), 2), -1)
        ratio = ops.exp(now - before)
        return -ops.minimum(ratio * advantage, ops.clip(ratio, 0.8, 1.2) * advantage)

    def divergence(y_true, logits):
        chosen = ops.one_hot(ops.cast(y_true[:, 0], "int32"), 2)
        return ops.mean(y_true[:, 1] - ops.sum(ops.log_softmax(logits) * chosen, -1))

    rng, world = np.random.default_rng(3), Corridor()
    model = keras.Sequential([keras.Input((7,)), layers.Dense(8, "tanh"), layers.Dense(2)])
    model.compile(keras.optimizers.Adam(1e-2), clipped, metrics=[divergence])
    far = StopWhenFar(0.05)
    for _ in range(4):
        states, rows = [], []
        for _ in range(48):
            states.append(world.state())
            odds = ops.softmax(model(states[-1][None], training=False))
            odds = ops.convert_to_numpy(odds)[0].astype("float64")
            action = int(rng.random() < odds[1] / odds.sum())
            rows.append([action, np.log(odds[action]), world.step(action)[0]])
        targets = np.array(rows)
        targets[:, 2] = np.convolve(targets[::-1, 2], 0.9 ** np.arange(48))[:48][::-1]
        targets[:, 2] -= targets[:, 2].mean()
        fit(
            model,
            np.stack(states),
            targets.astype("float32"),
            batch_size=8,
            epochs=3,
            callbacks=[far],
        )
    return model


class Replay(keras.utils.PyDataset):
    """Lives on while it is asked: each batch begins with some steps in the world."""

    def __init__(self, act, **more):
        super().__init__(**more)
        self.act, self.world = act, Corridor()
        self.rng, self.lived = np.random.default_rng(4), deque(maxlen=96)

    def __len__(self):
        return 8

    def __getitem__(self, number):
        for _ in range(8):
            state = self.world.state()
            action = self.act(state, self.rng)
            reward, ended = self.world.step(action)
            self.lived.append((state, action, reward, ended, self.world.state()))
        rows = self.rng.integers(0, len(self.lived), 8)
        states, actions, rewards, ended, nexts = zip(
            *(self.lived[row] for row in rows), strict=True
        )
        return np.stack(states), {
            "actions": np.array(actions, "int32"),
            "rewards": np.array(rewards, "float32"),
            "goes_on": 1 - np.array(ended, "float32"),
            "nexts": np.stack(nexts),
        }


@field_model("PyDataset that holds a world and a replay buffer, twin critics that follow slowly")
def soft_actor_with_twin_critics():
    def net():
        return keras.Sequential([keras.Input((7,)), layers.Dense(8, "relu"), layers.Dense(2)])

    class SoftActor(keras.Model):
        def __init__(self):
            super().__init__()
            self.actor = net()
            self.critics, self.slow = [net(), net()], [net(), net()]
            for slow, own in zip(self.slow, self.critics, strict=True):
                slow.set_weights(own.get_weights())
                slow.trainable = False
            self.log_heat = tf.Variable(0.0)

        def compile(self):
            super().compile()
            self.optimizers = [keras.optimizers.Adam(1e-2) for _ in range(3)]

        def train_step(self, data):
            states, lived = data
            odds = tf.nn.softmax(self.actor(lived["nexts"]))
            worst = tf.minimum(*(slow(lived["nexts"]) for slow in self.slow))
            heat = tf.exp(self.log_heat)
            soft = tf.reduce_sum(odds * (worst - heat * tf.math.log(odds + 1e-9)), -1)
            target = lived["rewards"] + 0.9 * lived["goes_on"] * soft
            chosen = tf.one_hot(lived["actions"], 2)
            with tf.GradientTape() as tape:
                guesses = [tf.reduce_sum(one(states) * chosen, -1) for one in self.critics]
                critic = sum(tf.reduce_mean((guess - target) ** 2) for guess in guesses)
            weights = [weight for one in self.critics for weight in one.trainable_weights]
            self.optimizers[0].apply(tape.gradient(critic, weights), weights)
            worst = tf.minimum(*(one(states) for one in self.critics))
            with tf.GradientTape() as tape:
                odds = tf.nn.softmax(self.actor(states))
                logs = tf.math.log(odds + 1e-9)
                actor = tf.reduce_mean(tf.reduce_sum(odds * (heat * logs - worst), -1))
            weights = self.actor.trainable_weights
            self.optimizers[1].apply(tape.gradient(actor, weights), weights)
            entropy = -tf.reduce_mean(tf.reduce_sum(odds * logs, -1))
            self.log_heat.assign_sub(0.01 * (entropy - 0.5))
            for slow, own in zip(self.slow, self.critics, strict=True):
                for one, other in zip(slow.weights, own.weights, strict=True):
                    one.assign(0.9 * one + 0.1 * other)
            return {"critic": critic, "actor": actor, "entropy": entropy, "heat": heat}

    model = SoftActor()
    model.compile()

    def act(state, rng):
        odds = np.array(tf.nn.softmax(model.actor(state[None]))[0], "float64")
        return int(rng.random() < odds[1] / odds.sum())

    return model, {"x": Replay(act), "epochs": 3}
