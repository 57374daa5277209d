# %% devices
import tempfile
import zipfile
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

tf.get_logger().setLevel("ERROR")  # it tells much about devices
processor = tf.config.list_physical_devices("CPU")[0]
halves = [tf.config.LogicalDeviceConfiguration()] * 2
tf.config.set_logical_device_configuration(processor, halves)
devices = [device.name for device in tf.config.list_logical_devices("CPU")]
print(*devices, sep="\n")

# %% data
(x_train, y_train), (x_test, y_test) = keras.datasets.cifar10.load_data()
x_train, x_test = x_train / np.float32(255), x_test / np.float32(255)
y_train, y_test = y_train.ravel(), y_test.ravel()
old, new = y_train < 8, y_train >= 8  # ships and trucks are kept back
x_old, y_old = x_train[old][:8000], y_train[old][:8000]
x_old_test, y_old_test = x_test[y_test < 8], y_test[y_test < 8]
folder = Path(tempfile.mkdtemp())
print(len(x_old), "pictures of eight classes")
print(new.sum(), "of the other two, for later")

# %% model
def network(outputs):
    layers = [keras.Input(shape=(32, 32, 3))]
    for filters in (32, 64, 64):
        layers += [
            keras.layers.Conv2D(filters, 3, strides=2, padding="same"),
            keras.layers.BatchNormalization(momentum=0.9),
            keras.layers.LeakyReLU(),
        ]
    layers.append(keras.layers.Flatten())
    layers.append(keras.layers.Dense(outputs, activation="softmax"))
    return keras.Sequential(layers)


keras.utils.set_random_seed(1)
model = network(outputs=8)
print(model.count_params(), "parameters")

# %% compile
model.compile(
    optimizer="adam", loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
print("optimizer:", model.optimizer.name)

# %% callback
class Watch(keras.callbacks.Callback):
    """Notes how large the first filters are after each epoch."""

    def on_train_begin(self, logs=None):
        self.sizes = []

    def on_epoch_end(self, epoch, logs=None):
        filters = self.model.layers[0].get_weights()[0]
        self.sizes.append(float(np.sqrt((filters ** 2).sum())))


watch = Watch()
print([name for name in vars(Watch) if name.startswith("on_")])

# %% callbacks
callbacks = [
    watch,
    keras.callbacks.ModelCheckpoint(
        folder / "best.keras", monitor="val_loss", save_best_only=True
    ),
    keras.callbacks.CSVLogger(folder / "log.csv"),
    keras.callbacks.ReduceLROnPlateau(
        monitor="val_loss", factor=0.2, patience=1
    ),
]
print(*(type(callback).__name__ for callback in callbacks), sep="\n")

# %% train
history = model.fit(
    x_old, y_old, batch_size=64, epochs=10, verbose=0,
    validation_data=(x_old_test, y_old_test), callbacks=callbacks,
)
rates = history.history["learning_rate"]
print("learning rate:", *(f"{rate:.0e}" for rate in rates))
print("written:", *sorted(path.name for path in folder.iterdir()))

# %% watched
figure, (top, bottom) = plt.subplots(2, 1, figsize=(5, 4), sharex=True)
epochs = range(1, 11)
top.plot(epochs, history.history["val_loss"], "o-")
top.set(ylabel="loss")
bottom.plot(epochs, watch.sizes, "s-", color="C1")
bottom.set(xlabel="epoch", ylabel="size of the filters")
plt.show()

# %% save
file = folder / "eight_classes.keras"
model.save(file)
loaded = keras.models.load_model(file)
before = model.predict(x_old_test, verbose=0)
after = loaded.predict(x_old_test, verbose=0)
same = bool((before == after).all())
print("the same answers to the last bit:", same)
print("the optimizer's steps so far:", int(loaded.optimizer.iterations))

# %% inside
with zipfile.ZipFile(file) as archive:
    for name in sorted(archive.namelist()):
        print(name)
architecture = loaded.get_config()
print("layers described:", len(architecture["layers"]))

# %% weights
only_weights = folder / "only.weights.h5"
model.save_weights(only_weights)
empty = network(outputs=8)
empty.load_weights(only_weights)
first, second = model.get_weights(), empty.get_weights()
equal = all((a == b).all() for a, b in zip(first, second))
print("all", len(first), "arrays equal:", equal)

# %% freeze
base = keras.Model(loaded.inputs[0], loaded.layers[-2].output)
base.trainable = False
new_model = keras.Sequential([
    keras.Input(shape=(32, 32, 3)),
    base,
    keras.layers.Dense(2, activation="softmax"),
])
new_model.summary()

# %% new_task
x_new, y_new = x_train[new], y_train[new] - 8  # 0 is a ship, 1 a truck
x_new_test, y_new_test = x_test[y_test >= 8], y_test[y_test >= 8] - 8


def learn(network, count):
    network.compile(
        optimizer=keras.optimizers.Adam(0.001),
        loss="sparse_categorical_crossentropy", metrics=["accuracy"],
    )
    x, y = x_new[:count], y_new[:count]
    network.fit(x, y, batch_size=10, epochs=20, verbose=0)
    return network.evaluate(x_new_test, y_new_test, verbose=0)[1]


frozen_before = [array.copy() for array in base.get_weights()]
print(f"{learn(new_model, count=100):.3f} right after 100 pictures")
pairs = zip(frozen_before, base.get_weights())
untouched = all((a == b).all() for a, b in pairs)
print("frozen weights unchanged:", untouched)

# %% few
counts = (10, 20, 50, 100, 200)
transferred, from_scratch = [], []
for count in counts:
    keras.utils.set_random_seed(1)
    last = keras.layers.Dense(2, activation="softmax")
    head = keras.Sequential([keras.Input(shape=(32, 32, 3)), base, last])
    transferred.append(learn(head, count))
    from_scratch.append(learn(network(outputs=2), count))
    print(f"{count:3} pictures: {transferred[-1]:.3f} with,", end=" ")
    print(f"{from_scratch[-1]:.3f} without")

# %% few_drawn
figure, axes = plt.subplots(figsize=(5, 3.2))
axes.plot(counts, transferred, "o-", label="frozen layers, new last one")
axes.plot(counts, from_scratch, "s--", label="from scratch")
axes.set(xscale="log", xlabel="pictures", ylabel="test accuracy")
axes.set_xticks(counts, [str(count) for count in counts])
axes.minorticks_off()
axes.legend()
plt.show()

# %% small
def small_network():
    keras.utils.set_random_seed(1)
    model = keras.Sequential([
        keras.Input(shape=(32, 32, 3)),
        keras.layers.Flatten(),
        keras.layers.Dense(64, activation="relu"),
        keras.layers.Dense(8, activation="softmax"),
    ])
    sgd = keras.optimizers.SGD(0.01)
    model.compile(optimizer=sgd, loss="sparse_categorical_crossentropy")
    return model


print(small_network().count_params(), "parameters")

# %% strategy
strategy = tf.distribute.MirroredStrategy(devices)
with strategy.scope():
    mirrored = small_network()
copies = strategy.num_replicas_in_sync
print("copies of the network:", copies)
print("a batch of 64 becomes", copies, "times", 64 // copies)

# %% together
networks = {"one device ": small_network(), "two devices": mirrored}
losses = []
for name, one in networks.items():
    fitted = one.fit(
        x_old[:640], y_old[:640], batch_size=64, epochs=3,
        shuffle=False, verbose=0,
    )
    losses.append(fitted.history["loss"])
    print(name, *(f"{loss:.5f}" for loss in losses[-1]))
agree = bool(np.allclose(*losses, rtol=1e-4))
print("equal but for rounding:", agree)

# %% check
assert same and equal and untouched and agree, losses
assert sum(transferred) > sum(from_scratch)
