# %% data
import math

import keras
import matplotlib.pyplot as plt
import numpy as np

keras.utils.set_random_seed(1)
(x_train, y_train), (x_test, y_test) = keras.datasets.cifar10.load_data()
x_train = x_train.astype("float32") / 255 - 0.5  # around 0
x_test = x_test.astype("float32") / 255 - 0.5
print("training pictures:", len(x_train))
print("batches of 32 in an epoch:", math.ceil(len(x_train) / 32))

# %% split
kept_back = len(x_train) // 10
x_watch, y_watch = x_train[-kept_back:], y_train[-kept_back:]
x_fit, y_fit = x_train[:-kept_back], y_train[:-kept_back]
batches = math.ceil(len(x_fit) / 32)
print("to learn from:", len(x_fit))
print("to watch with:", len(x_watch))
print("to judge with:", len(x_test))
print("batches of 32 in an epoch:", batches)

# %% few
x_few, y_few = x_fit[:4000], y_fit[:4000]
flips = keras.layers.RandomFlip("horizontal", seed=1)
shifts = keras.layers.RandomTranslation(0.1, 0.1, seed=1)
print(len(x_few), "pictures, so that overfitting shows soon")

# %% build
def build(*layers):
    keras.utils.set_random_seed(1)
    return keras.Sequential([
        keras.Input(shape=(32, 32, 3)),
        *layers,
        keras.layers.Dense(10, activation="softmax"),
    ])


print(build(keras.layers.Flatten()).count_params(), "parameters")

# %% fit
def fit(*layers, epochs=30, optimizer=None, callbacks=None):
    model = build(*layers)
    model.compile(
        optimizer=optimizer or keras.optimizers.Adam(0.0005),
        loss="sparse_categorical_crossentropy", metrics=["accuracy"],
    )
    history = model.fit(
        x_few, y_few, epochs=epochs, verbose=0, callbacks=callbacks,
        validation_data=(x_watch, y_watch),
    )
    return history.history


print("one epoch:", *fit(keras.layers.Flatten(), epochs=1))

# %% capacity
units = (2, 8, 32, 128, 512)
learned, watched = [], []
for count in units:
    hidden = keras.layers.Dense(count, activation="relu")
    history = fit(keras.layers.Flatten(), hidden, epochs=20)
    learned.append(history["accuracy"][-1])
    watched.append(history["val_accuracy"][-1])
    print(f"{count:4} units: learned {learned[-1]:.2f},", end=" ")
    print(f"new {watched[-1]:.2f}")

# %% capacities
figure, axes = plt.subplots(figsize=(5, 3.2))
axes.plot(units, learned, "o-", label="learned pictures")
axes.plot(units, watched, "s--", label="new pictures")
axes.set(xscale="log", xlabel="hidden units", ylabel="accuracy")
axes.set_xticks(units, [str(count) for count in units])
axes.minorticks_off()
axes.legend()
plt.show()

# %% without
def network(dropout=0.0, **options):
    layers = [keras.layers.Flatten()]
    for count in (512, 256):
        layers.append(
            keras.layers.Dense(count, activation="relu", **options)
        )
        layers.append(keras.layers.Dropout(dropout))
    return layers


plain = fit(*network())
best = int(np.argmin(plain["val_loss"]))
print(f"lowest loss on new pictures: {plain['val_loss'][best]:.3f}")
print("reached in epoch", best + 1, "of", len(plain["loss"]))
print(f"loss in the last epoch: {plain['val_loss'][-1]:.3f}")

# %% overfitting
def draw(histories):
    figure, axes = plt.subplots(figsize=(5, 3.4))
    for i, (label, history) in enumerate(histories.items()):
        epochs = range(1, len(history["loss"]) + 1)
        style = {"color": f"C{i}", "marker": "os"[i], "markevery": 5}
        axes.plot(epochs, history["val_loss"], label=label, **style)
        axes.plot(epochs, history["loss"], linestyle=":", **style)
    axes.set(xlabel="epoch", ylabel="loss", ylim=(0, 3))
    axes.legend(loc="upper left")
    plt.show()


draw({"without": plain})

# %% dropout
dropped = fit(*network(dropout=0.3))
print(f"without: {plain['val_accuracy'][-1]:.3f} of new pictures right")
print(f"with:    {dropped['val_accuracy'][-1]:.3f}")

# %% dropout_curves
draw({"without": plain, "with dropout": dropped})

# %% decay
decaying = keras.optimizers.AdamW(0.0005, weight_decay=1.0)
decayed = fit(*network(), optimizer=decaying)
print(f"without: loss {plain['val_loss'][-1]:.3f} on new pictures")
print(f"with:    loss {decayed['val_loss'][-1]:.3f}")

# %% decay_curves
draw({"without": plain, "with weight decay": decayed})

# %% augmented
versions = [shifts(flips(x_few[:1], training=True), training=True)
            for _ in range(9)]
figure, grid = plt.subplots(2, 5, figsize=(5, 2.3))
for axes, picture in zip(grid.flat, [x_few[:1], *versions]):
    axes.imshow(np.array(picture)[0] + 0.5)
    axes.axis("off")
grid[0, 0].set_title("as it is")
plt.show()

# %% augmentation
varied = fit(flips, shifts, *network())
print(f"without: {plain['val_accuracy'][-1]:.3f} of new pictures right")
print(f"with:    {varied['val_accuracy'][-1]:.3f}")

# %% augmentation_curves
draw({"without": plain, "with augmentation": varied})

# %% early
stop = keras.callbacks.EarlyStopping(
    monitor="val_loss", patience=5, restore_best_weights=True
)
stopped = fit(*network(), callbacks=[stop])
stop_epoch = len(stopped["loss"])
print("stopped after epoch", stop_epoch)
print("kept the weights of epoch", stop.best_epoch + 1)
print(f"their loss on new pictures: {stop.best:.3f}")

# %% early_curve
draw({"without": plain, "with early stopping": stopped})

# %% check
assert watched[0] < max(watched) and learned[-1] > watched[-1] + 0.1
assert best + 1 < len(plain["loss"])
assert stop_epoch < len(plain["loss"])
