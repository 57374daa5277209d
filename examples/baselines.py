# %% data
import keras
import matplotlib.pyplot as plt
import numpy as np

keras.utils.set_random_seed(1)
(x_train, y_train), (x_test, y_test) = keras.datasets.cifar10.load_data()
x_train = x_train.astype("float32").reshape(len(x_train), -1) / 255
x_test = x_test.astype("float32").reshape(len(x_test), -1) / 255
y_train, y_test = y_train.ravel(), y_test.ravel()
print("x_train", x_train.shape)
print("x_test ", x_test.shape)

# %% guessing
random = np.random.default_rng(1)
guesses = random.integers(10, size=len(y_test))
guessing = float((guesses == y_test).mean())
print(f"guessing: {guessing:.3f} right")

# %% always
counts = np.bincount(y_train, minlength=10)
favourite = int(counts.argmax())
always = float((y_test == favourite).mean())
print("training pictures of each class:", *counts)
print(f"always class {favourite}: {always:.3f} right")

# %% nearest
def nearest(pictures):
    """For each picture, the place of the closest training picture."""
    products = pictures @ x_train.T  # (pictures, training pictures)
    distances = (x_train ** 2).sum(axis=1) - 2 * products
    return distances.argmin(axis=1)


asked = x_test[:1000]
found = np.concatenate([nearest(part) for part in np.split(asked, 10)])
neighbours = float((y_train[found] == y_test[:1000]).mean())
print(f"nearest neighbour: {neighbours:.3f} right")

# %% pairs
figure, grid = plt.subplots(2, 6, figsize=(5, 2.2))
for (above, below), i in zip(grid.T, range(6)):
    above.imshow(x_test[i].reshape(32, 32, 3))
    below.imshow(x_train[found[i]].reshape(32, 32, 3))
    same = y_train[found[i]] == y_test[i]
    below.set_title("✓" if same else "✗")
for axes in grid.flat:
    axes.axis("off")
plt.show()

# %% linear
linear_model = keras.Sequential([
    keras.Input(shape=(32 * 32 * 3,)),
    keras.layers.Dense(10, activation="softmax"),
])
linear_model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=0.0005),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
linear_model.fit(x_train, y_train, batch_size=32, epochs=5, verbose=0)
_, linear = linear_model.evaluate(x_test, y_test, verbose=0)
print(linear_model.count_params(), "parameters")
print(f"linear model: {linear:.3f} right")

# %% templates
class_names = [
    "airplane", "automobile", "bird", "cat", "deer",
    "dog", "frog", "horse", "ship", "truck",
]
weights = linear_model.layers[0].get_weights()[0]  # (3072, 10)
figure, grid = plt.subplots(2, 5, figsize=(5, 2.6))
for axes, column, name in zip(grid.flat, weights.T, class_names):
    low, high = np.percentile(column, [2, 98])
    template = np.clip((column - low) / (high - low), 0, 1)
    axes.imshow(template.reshape(32, 32, 3))
    axes.set_title(name, fontsize=10)
    axes.axis("off")
plt.show()

# %% together
results = {
    "guessing": guessing,
    "always the same": always,
    "nearest neighbour": neighbours,
    "linear model": linear,
}
figure, axes = plt.subplots(figsize=(5, 2.4))
bars = axes.barh(list(results), list(results.values()))
axes.bar_label(bars, fmt="{:.0%}", padding=4)
axes.set(xlabel="right answers", xlim=(0, 0.6))
axes.invert_yaxis()
axes.grid(False)
plt.show()

# %% check
assert 0.05 < guessing < 0.15 and 0.05 < always < 0.15
assert min(neighbours, linear) > 0.25, (neighbours, linear)
