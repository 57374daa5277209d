# %% devices
import json
import tempfile
import zipfile
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

processor = tf.config.list_physical_devices("CPU")[0]
halves = [tf.config.LogicalDeviceConfiguration()] * 2
tf.config.set_logical_device_configuration(processor, halves)
devices = [one.name for one in tf.config.list_logical_devices("CPU")]
print(*devices, sep="\n")

# %% data
(x_train, y_train), (x_test, y_test) = keras.datasets.cifar10.load_data()
x_train, x_test = x_train / np.float32(255), x_test / np.float32(255)
y_train, y_test = y_train.ravel(), y_test.ravel()
old = y_train < 8  # ships, 8, and trucks, 9, are kept back
x_eight, y_eight = x_train[old][:10000], y_train[old][:10000]
split = len(x_eight) * 8 // 10
x_old, y_old = x_eight[:split], y_eight[:split]
x_check, y_check = x_eight[split:], y_eight[split:]
print(len(x_old), "pictures of eight classes")
print(len(x_check), "more for validation")

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
def ready(network):
    network.compile(
        optimizer="adam", loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return network

tf.get_logger().setLevel("ERROR")  # no advice on compiling often
ready(model)
print("optimizer:", model.optimizer.name)

# %% callback
class Watch(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.filters = [self.model.layers[0].get_weights()[0]]

    def on_epoch_end(self, epoch, logs=None):
        self.filters.append(self.model.layers[0].get_weights()[0])

watch = Watch()
print([name for name in vars(Watch) if name.startswith("on_")])

# %% callbacks
folder = Path(tempfile.mkdtemp())
callbacks = [
    watch,
    keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: print(
        f"{epoch + 1:2}  {logs['loss']:.3f}  {logs['val_loss']:.3f}"
    )),
    keras.callbacks.ModelCheckpoint(
        folder / "best.keras", monitor="val_loss", save_best_only=True
    ),
    keras.callbacks.ReduceLROnPlateau(factor=0.2, patience=1),
    keras.callbacks.EarlyStopping(patience=4),
]
print(*(type(callback).__name__ for callback in callbacks), sep="\n")

# %% train
history = model.fit(
    x_old, y_old, batch_size=64, epochs=12, verbose=0,
    validation_data=(x_check, y_check), callbacks=callbacks,
)
rates = history.history["learning_rate"]
print("first learning rate:", f"{rates[0]:.0e}")
print("last learning rate: ", f"{rates[-1]:.0e}")

# %% watched
steps = np.diff(watch.filters, axis=0)
moved = np.sqrt((steps ** 2).sum(axis=(1, 2, 3, 4)))
epochs = np.arange(1, len(moved) + 1)
drops = epochs[1:][np.diff(rates) < 0]  # the first epochs at a new rate
figure, (top, bottom) = plt.subplots(2, 1, figsize=(5, 4.4), sharex=True)
top.plot(epochs, history.history["val_loss"], "o-")
top.set(ylabel="validation loss")
bottom.plot(epochs, moved, "s-", color="C1")
bottom.set(xlabel="epoch", ylabel="distance moved", ylim=(0, None))
for axes in (top, bottom):
    for drop in drops:
        axes.axvline(drop - 0.5, color="C2", linestyle=":")
plt.show()

# %% best
best = keras.models.load_model(folder / "best.keras")
best_loss, best_accuracy = best.evaluate(x_check, y_check, verbose=0)
lowest = min(history.history["val_loss"])
print(f"lowest loss in training: {lowest:.4f}")
print(f"the file's loss:         {best_loss:.4f}")
print(f"the file's accuracy:     {best_accuracy:.3f}")

# %% board
board = keras.callbacks.TensorBoard(folder / "logs")
try:
    ready(network(outputs=8)).fit(
        x_old[:64], y_old[:64], verbose=0, callbacks=[board]
    )
    written = sorted((folder / "logs").iterdir())
    print(*(path.name for path in written))
except Exception as error:
    print(*str(error).split(", "), sep=",\n")

# %% save
file = folder / "eight_classes.keras"
model.save(file)
loaded = keras.models.load_model(file)
before = model.predict(x_check, verbose=0)
after = loaded.predict(x_check, verbose=0)
same = bool((before == after).all())
print(before.size, "probabilities, all equal:", same)

# %% go_on
for one in (model, loaded):
    one.fit(x_old[:640], y_old[:640], shuffle=False, verbose=0)
pairs = zip(model.get_weights(), loaded.get_weights())
resumed = all(bool((a == b).all()) for a, b in pairs)
print("trained on, and still equal:", resumed)

# %% inside
with zipfile.ZipFile(file) as archive:
    names = sorted(archive.namelist())
    described = json.loads(archive.read("config.json"))
    metadata = json.loads(archive.read("metadata.json"))
print(*names, sep="\n")
print("written by Keras", metadata["keras_version"])
second = described["config"]["layers"][1]
print(second["class_name"], second["config"]["kernel_size"], end=" ")
print("filters:", second["config"]["filters"])

# %% weights
only_weights = folder / "only.weights.h5"
model.save_weights(only_weights)
empty = network(outputs=8)
empty.load_weights(only_weights)
pairs = list(zip(model.get_weights(), empty.get_weights()))
equal = all(bool((a == b).all()) for a, b in pairs)
print("all", len(pairs), "arrays equal:", equal)

# %% freeze
def tally(network):
    both = network.trainable_weights, network.non_trainable_weights
    return [sum(int(np.prod(w.shape)) for w in some) for some in both]

base = keras.Model(
    best.inputs[0], best.layers[-2].output, name="frozen"
)
open_before = tally(base)
base.trainable = False
open_after = tally(base)
print("trainable, not trainable")
print("before:", *open_before)
print("after: ", *open_after)

# %% new_last
keras.utils.set_random_seed(1)
new_model = ready(keras.Sequential([
    keras.Input(shape=(32, 32, 3)),
    base,
    keras.layers.Dense(2, activation="softmax"),
]))
new_model.summary()

# %% new_task
is_ship, is_truck = y_train == 8, y_train == 9
ships, trucks = x_train[is_ship], x_train[is_truck]
new_test = y_test >= 8
x_new_test, y_new_test = x_test[new_test], y_test[new_test] - 8

def learn(network, count):
    half = count // 2
    x = np.concatenate([ships[:half], trucks[:half]])
    y = np.repeat([0, 1], [len(ships[:half]), len(trucks[:half])])
    network.fit(x, y, batch_size=10, epochs=20, verbose=0)
    return network.evaluate(x_new_test, y_new_test, verbose=0)[1]

print(f"{learn(new_model, count=100):.3f} right after 100 pictures")

# %% untouched
pairs = list(zip(base.get_weights(), best.get_weights()))
untouched = all(a.tobytes() == b.tobytes() for a, b in pairs)
print(len(pairs), "frozen arrays, byte for byte:", untouched)

# %% again
changed = []
for again in (False, True):
    one = ready(network(outputs=8))
    one.fit(x_old[:64], y_old[:64], verbose=0)
    one.layers[0].trainable = False
    if again:
        ready(one)
    filters = one.layers[0].get_weights()[0]
    one.fit(x_old[:64], y_old[:64], verbose=0)
    now = one.layers[0].get_weights()[0]
    changed.append(bool((filters != now).any()))
    print("compiled again:", again, " filters changed:", changed[-1])

# %% normalise
batch = np.array([[4.0], [6.0]])
normalise = keras.layers.BatchNormalization(momentum=0.9)
kept, answers = [], []
for trainable in (True, False):
    normalise.trainable = trainable
    answers.append(np.ravel(normalise(batch, training=True)))
    kept.append(float(normalise.moving_mean[0]))
    print("trainable:", trainable, " answers:", answers[-1].round(2))
    print("  mean kept after it:", round(kept[-1], 2))

# %% few
counts = (10, 20, 50, 100, 200, 500)
transferred, from_scratch = [], []
for count in counts:
    keras.utils.set_random_seed(1)
    last = keras.layers.Dense(2, activation="softmax")
    head = keras.Sequential([keras.Input(shape=(32, 32, 3)), base, last])
    transferred.append(learn(ready(head), count))
    from_scratch.append(learn(ready(network(outputs=2)), count))
    print(f"{count:3} pictures: {transferred[-1]:.3f} frozen,", end=" ")
    print(f"{from_scratch[-1]:.3f} from scratch")

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

# %% shares
pictures = tf.data.Dataset.from_tensor_slices(x_old[:64]).batch(64)
divided = strategy.experimental_distribute_dataset(pictures)
batch = next(iter(divided))
parts = strategy.experimental_local_results(batch)
shares = [len(part) for part in parts]
for name, share in zip(devices, shares):
    print(name, "gets", share, "of", sum(shares))

# %% together
networks = {"one device": small_network(), "two devices": mirrored}
losses = {}
for name, one in networks.items():
    fitted = one.fit(
        x_old[:640], y_old[:640], batch_size=64, epochs=10,
        shuffle=False, verbose=0,
    )
    losses[name] = fitted.history["loss"]
    print(f"{name:11}", *(f"{loss:.5f}" for loss in losses[name][:3]))
agree = bool(np.allclose(*losses.values(), rtol=1e-4))
print("equal but for rounding:", agree)

# %% drawn_together
figure, axes = plt.subplots(figsize=(5, 3))
axes.plot(range(1, 11), losses["one device"], "-", label="one device")
axes.plot(range(1, 11), losses["two devices"], "o", label="two devices")
axes.set(xlabel="epoch", ylabel="loss")
axes.legend()
plt.show()

# %% copies
kernel = mirrored.layers[-1].kernel.value
one, other = strategy.experimental_local_results(kernel)
alike = bool((one.numpy() == other.numpy()).all())
print(one.device[-5:], "and", other.device[-5:], "hold a copy each")
print("alike after", 10 * 10, "steps:", alike)

# %% check
assert same and resumed and equal and untouched and agree and alike
assert changed == [True, False], changed
assert sum(transferred) > sum(from_scratch)
