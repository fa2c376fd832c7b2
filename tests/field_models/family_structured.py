"""Graphs, recommendations, and several tasks at once."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf
from field_models.registry import EVERYWHERE, field_model
from keras import layers, ops


def _graph(nodes=40):
    """Two groups that know each other better within: features, links, and who is in which."""
    rng = np.random.default_rng(61)
    group = rng.integers(0, 2, nodes)
    alike = group[:, None] == group[None]
    links = rng.random((nodes, nodes)) < np.where(alike, 0.3, 0.05)
    links = links | links.T | np.eye(nodes, dtype=bool)
    features = rng.normal(size=(nodes, 5)) + group[:, None]
    return features.astype("float32"), links, group.astype("int32")


def _ratings(count=96, people=20, things=30):
    rng = np.random.default_rng(62)
    person, thing = rng.integers(0, people, count), rng.integers(0, things, count)
    rating = ((person + thing) % 5 + 1).astype("float32")
    return person.astype("int32"), thing.astype("int32"), rating


class SparseConvolution(layers.Layer):
    """Mixes neighbours by a sparse matrix; without get_config."""

    def __init__(self, units, adjacency, activation=None):
        super().__init__()
        self.adjacency = adjacency
        self.mix = layers.Dense(units, activation)
        self.dropout = layers.Dropout(0.3)

    def call(self, inputs, training=False):
        mixed = tf.sparse.sparse_dense_matmul(
            self.adjacency, self.dropout(inputs, training=training)
        )
        return self.mix(mixed)


@field_model("arrays, whole graph as one batch, sparse adjacency, masked by weights")
def papers_by_graph_convolution():
    features, links, group = _graph()
    degree = links.sum(1)
    share = links / np.sqrt(degree[:, None] * degree[None])
    adjacency = tf.sparse.from_dense(share.astype("float32"))

    class Papers(keras.Model):
        def __init__(self):
            super().__init__()
            self.first = SparseConvolution(8, adjacency, "relu")
            self.second = SparseConvolution(2, adjacency)

        def call(self, inputs, training=False):
            return self.second(self.first(inputs, training=training), training=training)

    model = Papers()
    model.compile(
        keras.optimizers.Adam(1e-2, weight_decay=5e-4),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        weighted_metrics=["accuracy"],
    )
    known = (np.arange(40) % 3 == 0).astype("float32")
    return model, {
        "x": features,
        "y": group,
        "sample_weight": known,
        "batch_size": 40,
        "shuffle": False,
        "epochs": 14,
    }


@field_model("tf.data of ragged molecules, merged to one graph a batch")
def molecules_by_messages():
    rng = np.random.default_rng(63)
    sizes = rng.integers(3, 7, 48)
    atoms = [rng.normal(size=(size, 4)).astype("float32") for size in sizes]
    bonds = [np.stack([np.arange(size), np.roll(np.arange(size), 1)], 1) for size in sizes]
    y = np.array([one[:, 0].max() > 1 for one in atoms], "float32")[:, None]

    def merge(rows, label):
        atoms, bonds = rows
        counts = tf.cast(atoms.row_lengths(), tf.int64)
        first = tf.repeat(tf.cumsum(counts, exclusive=True), bonds.row_lengths())
        bonds = bonds.merge_dims(0, 1).to_tensor(shape=(None, 2)) + first[:, None]
        owner = tf.repeat(tf.range(tf.size(counts)), counts)
        return (atoms.merge_dims(0, 1).to_tensor(shape=(None, 4)), bonds, owner), label

    class Messages(keras.Model):
        def __init__(self):
            super().__init__()
            self.embed, self.message = layers.Dense(6, "tanh"), layers.Dense(6, "relu")
            self.update, self.head = layers.GRUCell(6), layers.Dense(1, "sigmoid")

        def call(self, inputs):
            atoms, bonds, owner = inputs
            state = self.embed(atoms)
            for _ in range(2):
                sent = self.message(tf.gather(state, bonds[:, 0]))
                heard = tf.math.unsorted_segment_sum(sent, bonds[:, 1], tf.shape(state)[0])
                state, _ = self.update(heard, [state])
            return self.head(tf.math.segment_mean(state, owner))

    ragged = (tf.ragged.constant([one.tolist() for one in part]) for part in (atoms, bonds))
    rows = tuple(
        tf.cast(one, kind) for one, kind in zip(ragged, (tf.float32, tf.int64), strict=True)
    )
    data = tf.data.Dataset.from_tensor_slices((rows, y)).shuffle(48, seed=1).batch(6).map(merge)
    model = Messages()
    model.compile("adam", "binary_crossentropy", metrics=[keras.metrics.AUC(name="auc")])
    return model, {"x": data, "epochs": 3, "class_weight": {0: 2.0, 1: 0.5}}


class Attention(layers.Layer):
    """Each node looks at those that it is linked with."""

    def __init__(self, units, **more):
        super().__init__(**more)
        self.units = units
        self.dropout = layers.Dropout(0.2)

    def build(self, shapes):
        self.kernel = self.add_weight(shape=(shapes[0][-1], self.units))
        self.scores = self.add_weight(shape=(self.units, 2))

    def call(self, inputs, training=False):
        nodes, links = inputs
        seen = ops.matmul(nodes, self.kernel)
        score = ops.matmul(seen, self.scores)
        score = ops.leaky_relu(score[..., :1] + ops.transpose(score[..., 1:], (0, 2, 1)))
        share = ops.softmax(ops.where(links > 0, score, -1e9))
        return ops.matmul(self.dropout(share, training=training), seen)


class DrawnSubgraphs(keras.utils.PyDataset):
    """Nodes drawn by a stream of Python's; draws go on from epoch to epoch."""

    def __init__(self, features, links, group, **more):
        super().__init__(**more)
        self.whole, self.rng = (features, links, group), np.random.RandomState(64)

    def __len__(self):
        return 8

    def __getitem__(self, number):
        features, links, group = self.whole
        drawn = self.rng.randint(0, len(group), (3, 12))
        between = links[drawn[:, :, None], drawn[:, None, :]]
        return (features[drawn], between.astype("float32")), group[drawn]


@field_model("PyDataset of drawn subgraphs", EVERYWHERE)
def neighbours_by_attention():
    nodes, links = keras.Input((12, 5)), keras.Input((12, 12))
    hidden = layers.Activation("elu")(Attention(6)([nodes, links]))
    outputs = layers.Softmax()(Attention(2)([hidden, links]))
    model = keras.Model([nodes, links], outputs)
    model.compile("adamw", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, {"x": DrawnSubgraphs(*_graph()), "epochs": 3}


@field_model("generator of random walks with drawn negatives, steps_per_epoch", EVERYWHERE)
def nodes_by_random_walks():
    _, links, _ = _graph()

    def walks():
        rng = np.random.default_rng(65)
        while True:
            here = rng.integers(0, 40, 8)
            there = np.array([rng.choice(np.flatnonzero(links[one])) for one in here])
            others = rng.integers(0, 40, 8)
            first, second = np.tile(here, 2), np.concatenate([there, others])
            yield (first, second), np.repeat([1.0, 0.0], 8)[:, None]

    first, second = keras.Input((), dtype="int32"), keras.Input((), dtype="int32")
    places, contexts = layers.Embedding(40, 4), layers.Embedding(40, 4)
    nearness = layers.Dot(1)([places(first), contexts(second)])
    model = keras.Model([first, second], nearness)
    model.compile(
        keras.optimizers.SGD(keras.optimizers.schedules.InverseTimeDecay(0.5, 10, 0.5)),
        keras.losses.BinaryCrossentropy(from_logits=True),
    )
    return model, {"x": walks(), "steps_per_epoch": 8, "epochs": 3}


class Popular(keras.metrics.Metric):
    """How often the right one is among the first k, and how often each was shown."""

    def __init__(self, k, things, **more):
        super().__init__(**more)
        self.k = k
        self.hits = self.add_weight(name="hits", initializer="zeros")
        self.count = self.add_weight(name="count", initializer="zeros")
        self.shown = self.add_weight(name="shown", shape=(things,), initializer="zeros")

    def update_state(self, truth, scores, sample_weight=None):
        del sample_weight
        _, first = tf.math.top_k(scores, self.k)
        hit = tf.reduce_any(first == truth[:, None], 1)
        self.hits.assign_add(tf.reduce_sum(tf.cast(hit, tf.float32)))
        self.count.assign_add(tf.cast(tf.size(truth), tf.float32))
        self.shown.assign_add(tf.reduce_sum(tf.one_hot(first, self.shown.shape[0]), (0, 1)))

    def result(self):
        return self.hits / (self.count + 1e-9)


@field_model("tf.data of dicts of strings, others of the batch as negatives, own metric")
def two_towers():
    person, thing, _ = _ratings()

    def tower(prefix, count):
        words = [f"{prefix}{number}" for number in range(count)]
        return keras.Sequential(
            [
                keras.Input((), dtype="string"),
                layers.StringLookup(vocabulary=words),
                layers.Embedding(count + 1, 6),
                layers.Dense(6),
            ]
        )

    class Towers(keras.Model):
        def __init__(self):
            super().__init__()
            self.people, self.things = tower("p", 20), tower("t", 30)
            self.names = tf.constant([f"t{number}" for number in range(30)])
            self.found = Popular(5, 30, name="found")
            self.loss_tracker = keras.metrics.Mean(name="loss")

        @property
        def metrics(self):
            return [self.loss_tracker, self.found]

        def train_step(self, rows):
            with tf.GradientTape() as tape:
                asking, held = self.people(rows["person"]), self.things(rows["thing"])
                scores = asking @ tf.transpose(held)
                same = rows["thing"][:, None] == rows["thing"][None]
                scores -= 1e9 * tf.cast(same, tf.float32) * (1 - tf.eye(tf.shape(scores)[0]))
                loss = tf.reduce_mean(
                    tf.nn.sparse_softmax_cross_entropy_with_logits(
                        tf.range(tf.shape(scores)[0]), scores
                    )
                )
            self.optimizer.apply(
                tape.gradient(loss, self.trainable_weights), self.trainable_weights
            )
            self.loss_tracker.update_state(loss)
            everything = self.things(self.names)
            truth = tf.strings.to_number(tf.strings.substr(rows["thing"], 1, 2), tf.int32)
            self.found.update_state(truth, asking @ tf.transpose(everything))
            return {metric.name: metric.result() for metric in self.metrics}

    rows = {
        "person": np.char.add("p", person.astype(str)),
        "thing": np.char.add("t", thing.astype(str)),
    }
    data = tf.data.Dataset.from_tensor_slices(rows).shuffle(96, seed=2).batch(12).cache()
    model = Towers()
    model.compile(keras.optimizers.Adagrad(0.1))
    return model, {"x": data.shuffle(8, seed=3), "epochs": 3}


@field_model("tf.data of dicts, hashed and crossed, two optimizers by kind of weight")
def clicks_by_crossed_columns():
    class Clicks(keras.Model):
        def compile(self, sparse, dense, **more):
            super().compile(dense, **more)
            self.sparse = sparse

        def train_step(self, data):
            x, y = data
            with tf.GradientTape() as tape:
                guess = self(x, training=True)
                loss = self.compute_loss(x, y, guess)
            weights = self.trainable_weights
            pairs = list(zip(tape.gradient(loss, weights), weights, strict=True))
            for optimizer, is_sparse in ((self.sparse, True), (self.optimizer, False)):
                optimizer.apply_gradients(
                    [pair for pair in pairs if ("embedding" in pair[1].path) == is_sparse]
                )
            return self.compute_metrics(x, y, guess) | {"loss": loss}

    person, thing, rating = _ratings()
    rng = np.random.default_rng(66)
    rows = {
        "person": person[:, None],
        "thing": thing[:, None],
        "numbers": rng.lognormal(size=(96, 3)).astype("float32"),
    }
    inputs = {
        "person": keras.Input((1,), dtype="int32", name="person"),
        "thing": keras.Input((1,), dtype="int32", name="thing"),
        "numbers": keras.Input((3,), name="numbers"),
    }
    crossed = layers.HashedCrossing(12)((inputs["person"], inputs["thing"]))
    hashed = layers.Hashing(10)(inputs["person"])
    bottom = layers.Dense(4, "relu")(ops.log1p(inputs["numbers"]))
    codes = [
        layers.Flatten()(layers.Embedding(size, 4)(one))
        for one, size in ((crossed, 12), (hashed, 10), (inputs["thing"], 30))
    ]
    stacked = ops.stack([bottom, *codes], 1)
    dots = layers.Flatten()(ops.matmul(stacked, ops.transpose(stacked, (0, 2, 1))))
    first = layers.Concatenate()([bottom, dots])
    deep = first
    for _ in range(2):
        deep = first * layers.Dense(first.shape[-1])(deep) + deep
    model = Clicks(inputs, layers.Dense(1, "sigmoid")(layers.Dropout(0.2)(deep)))
    model.compile(
        keras.optimizers.Adagrad(0.1),
        keras.optimizers.Adam(1e-2),
        loss="binary_crossentropy",
        metrics=[keras.metrics.AUC(name="auc")],
    )
    y = (rating > 3).astype("float32")[:, None]
    data = tf.data.Dataset.from_tensor_slices((rows, y)).shuffle(96, seed=7).batch(12)
    return model, {"x": data, "epochs": 3}


class Preferences(keras.utils.PyDataset):
    """(person, what they took, what they did not), the last drawn anew; in several threads."""

    def __init__(self, person, thing, **more):
        super().__init__(**more)
        self.person, self.thing, self.epoch = person, thing, 0

    def __len__(self):
        return 8

    def __getitem__(self, number):
        rows = slice(12 * number, 12 * number + 12)
        rng = np.random.default_rng([self.epoch, number])
        other = rng.integers(0, 30, 12).astype("int32")
        return (self.person[rows], self.thing[rows], other), np.ones((12, 1), "float32")

    def on_epoch_end(self):
        self.epoch += 1


@field_model("PyDataset in two threads, pairs compared, penalty added as a loss", EVERYWHERE)
def ranking_by_preferences():
    class Penalized(layers.Layer):
        def __init__(self, factor, **more):
            super().__init__(**more)
            self.factor = factor

        def call(self, codes):
            self.add_loss(self.factor * sum(ops.mean(ops.sum(one**2, -1)) for one in codes))
            return codes

    inputs = [keras.Input((), dtype="int32") for _ in range(3)]
    people, things = layers.Embedding(20, 4), layers.Embedding(30, 4)
    codes = [people(inputs[0]), things(inputs[1]), things(inputs[2])]
    person, took, left = Penalized(0.01)(codes)
    better = layers.Dot(1)([person, layers.Subtract()([took, left])])
    model = keras.Model(inputs, better)
    model.compile(
        keras.optimizers.Adam(5e-2),
        keras.losses.BinaryCrossentropy(from_logits=True),
        metrics=["mae"],
    )
    data = Preferences(*_ratings()[:2], workers=2, max_queue_size=4)
    return model, {"x": data, "epochs": 3}


@field_model("tf.data of histories, negatives drawn by TensorFlow's own sampler")
def next_thing_by_sampled_softmax():
    class Next(keras.Model):
        def __init__(self):
            super().__init__()
            self.things = layers.Embedding(31, 6, mask_zero=True)
            self.memory = layers.GRU(6, dropout=0.1)
            self.table = self.add_weight(shape=(31, 6), name="table")
            self.bias = self.add_weight(shape=(31,), initializer="zeros", name="bias")
            self.loss_tracker = keras.metrics.Mean(name="loss")

        def call(self, histories, training=False):
            return self.memory(self.things(histories), training=training)

        @property
        def metrics(self):
            return [self.loss_tracker]

        def train_step(self, data):
            histories, following = data
            with tf.GradientTape() as tape:
                code = self(histories, training=True)
                loss = tf.reduce_mean(
                    tf.nn.sampled_softmax_loss(
                        self.table.value, self.bias.value, following, code, 5, 31, seed=4
                    )
                )
            self.optimizer.apply(
                tape.gradient(loss, self.trainable_weights), self.trainable_weights
            )
            self.loss_tracker.update_state(loss)
            return {"loss": self.loss_tracker.result()}

    rng = np.random.default_rng(67)
    histories = np.cumsum(rng.integers(1, 4, (96, 7)), 1) % 30 + 1
    histories[:, :2] *= rng.integers(0, 2, (96, 1))
    model = Next()
    model.compile(keras.optimizers.Adam(1e-2))
    data = tf.data.Dataset.from_tensor_slices((histories[:, :-1], histories[:, -1:]))
    return model, {"x": data.shuffle(96, seed=1).batch(12), "epochs": 3}


class Uncertainty(layers.Layer):
    """Weighs the losses of tasks by widths that are learnt."""

    def __init__(self, tasks, **more):
        super().__init__(**more)
        self.widths = self.add_weight(shape=(tasks,), initializer="zeros", name="widths")

    def call(self, losses):
        return ops.sum(ops.exp(-self.widths) * ops.stack(losses) + self.widths)


@field_model("arrays, experts and gates, losses weighed by learnt widths", EVERYWHERE)
def many_tasks_by_shared_experts():
    class ManyTasks(keras.Model):
        def __init__(self):
            super().__init__()
            self.experts = [layers.Dense(6, "relu") for _ in range(3)]
            self.gates = [layers.Dense(3, "softmax") for _ in range(2)]
            self.towers = {"rating": layers.Dense(1), "liked": layers.Dense(1, "sigmoid")}
            self.weigh = Uncertainty(2)
            self.dropout = layers.Dropout(0.1)

        def call(self, inputs, training=False):
            seen = ops.stack([expert(inputs) for expert in self.experts], 1)
            outputs = {}
            for gate, (name, tower) in zip(self.gates, self.towers.items(), strict=True):
                mixed = ops.sum(gate(inputs)[..., None] * seen, 1)
                outputs[name] = tower(self.dropout(mixed, training=training))
            return outputs

        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            del x, sample_weight, training
            return self.weigh(
                [
                    ops.mean((y["rating"] - y_pred["rating"]) ** 2),
                    ops.mean(keras.losses.binary_crossentropy(y["liked"], y_pred["liked"])),
                ]
            )

    rng = np.random.default_rng(68)
    x = rng.normal(size=(96, 5)).astype("float32")
    rating = (x[:, :1] * x[:, 1:2]).astype("float32")
    model = ManyTasks()
    model.compile(keras.optimizers.Adam(1e-2), metrics={"liked": ["accuracy"], "rating": ["mae"]})
    return model, {
        "x": x,
        "y": {"rating": rating, "liked": (rating > 0).astype("float32")},
        "batch_size": 12,
        "epochs": 3,
    }


@field_model("arrays, gradients of tasks turned away from each other and accumulated")
def gradient_surgery():
    class Surgery(keras.Model):
        def __init__(self, every):
            super().__init__()
            self.trunk = layers.Dense(8, "tanh")
            self.heads = [layers.Dense(1) for _ in range(2)]
            self.every, self.sums = every, None
            self.trackers = [keras.metrics.Mean(name=f"loss{number}") for number in range(2)]

        def call(self, inputs):
            hidden = self.trunk(inputs)
            return [head(hidden) for head in self.heads]

        @property
        def metrics(self):
            return self.trackers

        def train_step(self, data):
            x, y = data
            with tf.GradientTape(persistent=True) as tape:
                guesses = self(x)
                losses = [
                    tf.reduce_mean((y[:, number] - guess[:, 0]) ** 2)
                    for number, guess in enumerate(guesses)
                ]
            weights = self.trunk.trainable_weights
            if self.sums is None:
                self.sums = [tf.Variable(tf.zeros(one.shape), trainable=False) for one in weights]
                self.count = tf.Variable(0, trainable=False)
            one, other = (tape.gradient(loss, weights) for loss in losses)
            for total, mine, theirs in zip(self.sums, one, other, strict=True):
                against = tf.minimum(tf.reduce_sum(mine * theirs), 0.0)
                turned = mine - against * theirs / (tf.reduce_sum(theirs**2) + 1e-9)
                total.assign_add(turned + theirs)
            self.count.assign_add(1)
            due = tf.cast(self.count % self.every == 0, tf.float32)
            for weight, total in zip(weights, self.sums, strict=True):
                weight.assign_sub(0.01 * due * total)
                total.assign((1 - due) * total)
            heads = [weight for head in self.heads for weight in head.trainable_weights]
            self.optimizer.apply(tape.gradient(losses, heads), heads)
            for tracker, loss in zip(self.trackers, losses, strict=True):
                tracker.update_state(loss)
            return {tracker.name: tracker.result() for tracker in self.trackers}

    rng = np.random.default_rng(69)
    x = rng.normal(size=(96, 5)).astype("float32")
    y = np.stack([x[:, 0] - x[:, 1], x[:, 1] * x[:, 2]], 1)
    model = Surgery(3)
    model.compile(keras.optimizers.SGD(0.05, momentum=0.9))
    return model, {"x": x, "y": y, "batch_size": 12, "epochs": 3}
