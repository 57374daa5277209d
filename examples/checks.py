# %% data
import keras
import matplotlib.pyplot as plt
import numpy as np

(x_train, y_train), (x_test, y_test) = keras.datasets.cifar10.load_data()
x_train = x_train.astype("float32") / 255
x_test = x_test.astype("float32") / 255
class_names = [
    "airplane", "automobile", "bird", "cat", "deer",
    "dog", "frog", "horse", "ship", "truck",
]
print(len(x_train), "training pictures")

# %% network
def network(seed):
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([
        keras.Input(shape=(32, 32, 3)),
        keras.layers.Flatten(),
        keras.layers.Dense(200, activation="relu"),
        keras.layers.Dense(150, activation="relu"),
        keras.layers.Dense(10, activation="softmax"),
    ])
    model.compile(
        optimizer=keras.optimizers.Adam(0.0005), metrics=["accuracy"],
        loss="sparse_categorical_crossentropy",
    )
    return model


print(network(seed=1).count_params(), "parameters")

# %% untrained
losses = []
for seed in range(1, 6):
    model = network(seed)
    loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
    losses.append(loss)
    print(f"seed {seed}: loss {loss:.3f}, accuracy {accuracy:.3f}")
print(f"ln 10:  loss {np.log(10):.3f}")

# %% twenty
few, their_labels = x_train[:20], y_train[:20]
model = network(seed=1)
history = model.fit(few, their_labels, epochs=100, verbose=0)
by_heart = history.history["accuracy"][-1]
print(f"accuracy on the 20 pictures: {by_heart:.2f}")
print(f"loss: {history.history['loss'][-1]:.4f}")

# %% twenty_curve
figure, axes = plt.subplots(figsize=(5, 2.8))
axes.plot(history.history["loss"])
axes.axhline(np.log(10), linestyle=":", color="C1", label="ln 10")
axes.set(xlabel="epoch", ylabel="loss", yscale="log")
axes.legend()
plt.show()

# %% shuffled
random = np.random.default_rng(1)
wrong_labels = random.integers(10, size=(20, 1))
model = network(seed=1)
history = model.fit(few, wrong_labels, epochs=100, verbose=0)
nonsense = history.history["accuracy"][-1]
print(f"accuracy on 20 labels out of a hat: {nonsense:.2f}")

# %% seeds
accuracies = []
for seed in (1, 2, 3):
    model = network(seed)
    model.fit(x_train, y_train, batch_size=32, epochs=10, verbose=0)
    _, accuracy = model.evaluate(x_test, y_test, verbose=0)
    accuracies.append(accuracy)
    print(f"seed {seed}: {accuracy:.4f}")

# %% spread
mean, spread = np.mean(accuracies), np.std(accuracies, ddof=1)
by_chance = np.sqrt(mean * (1 - mean) / len(x_test))
low, high = mean - 3 * spread, mean + 3 * spread
print(f"mean {mean:.4f}")
print(f"standard deviation between seeds {spread:.4f}")
print(f"from the choice of test pictures {by_chance:.4f}")
print(f"normal: from {low:.3f} to {high:.3f}")

# %% normal
figure, axes = plt.subplots(figsize=(5, 1.9))
axes.axvspan(low, high, color="C0", alpha=0.15, label="normal")
axes.plot(accuracies, [0] * len(accuracies), "o", label="one seed")
axes.axvline(mean, linestyle="--", color="C1", label="mean")
axes.set(xlabel="test accuracy", yticks=[], ylim=(-1, 1.6))
axes.legend(ncols=3, loc="upper center")
plt.show()

# %% wrong
probabilities = model.predict(x_test, verbose=0)
predicted, actual = probabilities.argmax(axis=1), y_test.ravel()
sure = probabilities.max(axis=1)
mistakes = np.flatnonzero(predicted != actual)
rank = (-probabilities).argsort(axis=1)
second = (rank[mistakes, 1] == actual[mistakes]).mean()
sure_mistakes = (sure[mistakes] > 0.8).mean()
print(f"{len(mistakes)} wrong answers")
print(f"the right class came second: {second:.0%}")
print(f"wrong and more than 80% sure: {sure_mistakes:.0%}")

# %% sample
chosen = np.random.default_rng(2).choice(mistakes, 10, replace=False)
figure, grid = plt.subplots(2, 5, figsize=(5, 3.2))
for axes, i in zip(grid.flat, chosen):
    axes.imshow(x_test[i])
    axes.set_title(f"{class_names[predicted[i]]} {sure[i]:.0%}", size=9)
    axes.set_xlabel(f"({class_names[actual[i]]})", size=9)
    axes.set(xticks=[], yticks=[], frame_on=False)
plt.show()

# %% calibration
edges = np.arange(0.2, 1.01, 0.1)
middles, shares = [], []
for low_edge, high_edge in zip(edges[:-1], edges[1:]):
    here = (sure > low_edge) & (sure <= high_edge)
    middles.append(sure[here].mean())
    shares.append((predicted[here] == actual[here]).mean())
figure, axes = plt.subplots(figsize=(5, 3.2))
axes.plot([0, 1], [0, 1], linestyle=":", color="C1", label="honest")
axes.plot(middles, shares, "o-", label="this network")
axes.set(xlabel="how sure it is", ylabel="how often it is right")
axes.legend()
plt.show()

# %% check
assert max(abs(loss - np.log(10)) for loss in losses) < 0.3, losses
assert by_heart == nonsense == 1
assert 0.4 < mean < 0.75 and spread < 0.04, (mean, spread)
