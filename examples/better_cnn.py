# %% data
import math

import keras
import matplotlib.pyplot as plt
import numpy as np

(x_train, y_train), (x_test, y_test) = keras.datasets.cifar10.load_data()
x_train = x_train.astype("float32") / 255
x_test = x_test.astype("float32") / 255
kept_back = len(x_train) // 10
print(len(x_train) - kept_back, "pictures to learn from")
print(kept_back, "to watch the training with")

# %% flips
picture = x_train[7:8]
flip = keras.layers.RandomFlip("horizontal", seed=1)
figure, grid = plt.subplots(1, 6, figsize=(5, 1.3))
for axes in grid:
    axes.imshow(np.array(flip(picture, training=True))[0])
    axes.axis("off")
grid[0].imshow(picture[0])
grid[0].set_title("as it is", size=10)
plt.show()

# %% schedule
def falling_rate(steps):
    return keras.optimizers.schedules.CosineDecay(0.003, steps)


shares = np.linspace(0, 1, 101)
rates = [float(falling_rate(100)(100 * share)) for share in shares]
figure, axes = plt.subplots(figsize=(5, 2.6))
axes.plot(shares, rates, label="falling")
axes.axhline(0.0005, linestyle="--", color="C1", label="constant")
axes.set(xlabel="share of the training", ylabel="learning rate")
axes.legend()
plt.show()

# %% block
def convolution(filters, stride):
    return [
        keras.layers.Conv2D(filters, 3, stride, padding="same"),
        keras.layers.BatchNormalization(),
        keras.layers.LeakyReLU(),
    ]


print(*(layer.name for layer in convolution(32, stride=1)))

# %% network
def network(flips=True, dropout=0.1):
    flip = [keras.layers.RandomFlip("horizontal", seed=1)]
    return keras.Sequential([
        keras.Input(shape=(32, 32, 3)),
        *(flip if flips else []),
        *convolution(32, 1), *convolution(32, 2),
        *convolution(64, 1), *convolution(64, 2),
        keras.layers.Flatten(),
        keras.layers.Dense(128),
        keras.layers.BatchNormalization(),
        keras.layers.LeakyReLU(),
        keras.layers.Dropout(dropout),
        keras.layers.Dense(10, activation="softmax"),
    ])


print(network().count_params(), "parameters, as before")

# %% fit
def fit(model, pictures, epochs, falling=True):
    steps = epochs * math.ceil(pictures / 64)
    rate = falling_rate(steps) if falling else 0.0005
    model.compile(
        optimizer=keras.optimizers.Adam(rate), metrics=["accuracy"],
        loss="sparse_categorical_crossentropy",
    )
    return model.fit(
        x_train[:pictures], y_train[:pictures], verbose=0,
        batch_size=64, epochs=epochs,
        validation_data=(x_train[-kept_back:], y_train[-kept_back:]),
    )


learned_from = len(x_train) - kept_back
print("steps in 8 epochs:", 8 * math.ceil(learned_from / 64))

# %% train
keras.utils.set_random_seed(1)
model = network()
history = fit(model, learned_from, epochs=8)
for epoch, accuracy in enumerate(history.history["val_accuracy"], 1):
    print(f"epoch {epoch}: {accuracy:.3f}")

# %% curves
epochs = range(1, 9)
figure, axes = plt.subplots(figsize=(5, 3.2))
axes.plot(epochs, history.history["accuracy"], "o-", label="learning")
axes.plot(epochs, history.history["val_accuracy"], "s--", label="watching")
axes.set(xlabel="epoch", ylabel="accuracy")
axes.legend()
plt.show()

# %% evaluate
test_loss, test_accuracy = model.evaluate(x_test, y_test, verbose=0)
watched = np.array(history.history["val_accuracy"])
falls = np.maximum(watched[:-1] - watched[1:], 0)
print(f"{len(x_test)} new pictures: loss {test_loss:.3f}")
print(f"accuracy {test_accuracy:.3f}")
print(f"deepest fall between epochs: {falls.max():.3f}")

# %% twice
mirrored = x_test[:, :, ::-1]
both = model.predict(x_test, verbose=0)
both += model.predict(mirrored, verbose=0)
twice_accuracy = float((both.argmax(axis=1) == y_test.ravel()).mean())
print(f"asked once:  {test_accuracy:.3f}")
print(f"asked twice: {twice_accuracy:.3f}")

# %% ablation
recipes = {
    "all three": {},
    "no flips": {"flips": False},
    "constant rate": {"falling": False},
    "dropout 0.5": {"dropout": 0.5},
}
results = {}
for name, changed in recipes.items():
    falling = changed.pop("falling", True)
    keras.utils.set_random_seed(1)
    smaller = network(**changed)
    fit(smaller, min(6000, learned_from), epochs=5, falling=falling)
    _, results[name] = smaller.evaluate(x_test, y_test, verbose=0)
    print(f"{name:14} {results[name]:.3f}")

# %% ablations
figure, axes = plt.subplots(figsize=(5, 2.4))
bars = axes.barh(list(results), list(results.values()))
axes.bar_label(bars, fmt="{:.3f}", padding=4)
axes.set(xlabel="test accuracy", xlim=(0, 0.9))
axes.invert_yaxis()
axes.grid(False)
plt.show()

# %% check
assert 0.5 < test_accuracy < 0.9, f"test accuracy is {test_accuracy:.3f}"
