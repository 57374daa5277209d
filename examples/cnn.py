# %% data
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(1)
(x_train, y_train), (x_test, y_test) = keras.datasets.cifar10.load_data()
x_train = x_train.astype("float32") / 255
x_test = x_test.astype("float32") / 255
kept_back = len(x_train) // 10
print(len(x_train) - kept_back, "pictures to learn from")
print(kept_back, "to watch the training with")
print(len(x_test), "to judge it with, at the end")

# %% block
def convolution(filters, stride):
    return [
        keras.layers.Conv2D(filters, 3, strides=stride, padding="same"),
        keras.layers.BatchNormalization(),
        keras.layers.LeakyReLU(),
    ]


for layer in convolution(32, stride=1):
    print(type(layer).__name__)

# %% model
model = keras.Sequential([
    keras.Input(shape=(32, 32, 3)),
    *convolution(32, stride=1),
    *convolution(32, stride=2),
    *convolution(64, stride=1),
    *convolution(64, stride=2),
    keras.layers.Flatten(),
    keras.layers.Dense(128),
    keras.layers.BatchNormalization(),
    keras.layers.LeakyReLU(),
    keras.layers.Dropout(0.5),
    keras.layers.Dense(10),
    keras.layers.Softmax(),
])
model.summary()

# %% not_trainable
normalisations = [
    layer for layer in model.layers
    if isinstance(layer, keras.layers.BatchNormalization)
]
not_trainable = 0
for layer in normalisations:
    mean, variance = layer.non_trainable_weights
    print(f"{mean.name} {mean.shape}, {variance.name} {variance.shape}")
    not_trainable += mean.shape[0] + variance.shape[0]
print("not trainable in all:", not_trainable)

# %% compile
model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=0.0005),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
untrained_loss, _ = model.evaluate(x_test, y_test, verbose=0)
print(f"loss before training {untrained_loss:.3f}")
print(f"ln 10 is             {np.log(10):.3f}")

# %% train
history = model.fit(
    x_train, y_train, batch_size=32, epochs=8,
    validation_split=0.1, verbose=2,
)

# %% curves
epochs = range(1, 9)
kinds = {"": ("learning", "o-"), "val_": ("watching", "s--")}
figure, (top, bottom) = plt.subplots(
    2, 1, figsize=(5, 5), sharex=True
)
for axes, name in ((top, "loss"), (bottom, "accuracy")):
    for kind, (label, style) in kinds.items():
        seen = history.history[kind + name]
        axes.plot(epochs, seen, style, label=label)
    axes.set(ylabel=name)
bottom.set(xlabel="epoch")
top.legend()
plt.show()

# %% swings
watched = np.array(history.history["val_accuracy"])
falls = np.maximum(watched[:-1] - watched[1:], 0)
print(f"best epoch {watched.argmax() + 1}: {watched.max():.3f}")
print(f"last epoch {len(watched)}: {watched[-1]:.3f}")
print(f"deepest fall between epochs: {falls.max():.3f}")
print("epochs that ended worse than the one before:", (falls > 0).sum())

# %% settle
x_watch, y_watch = x_train[-kept_back:], y_train[-kept_back:]
_, accuracy_before = model.evaluate(x_watch, y_watch, verbose=0)
weights_before = model.get_weights()
for start in range(0, len(x_train) - kept_back, 128):
    model(x_train[start:start + 128], training=True)
_, accuracy_settled = model.evaluate(x_watch, y_watch, verbose=0)
model.set_weights(weights_before)
print(f"averages as training left them: {accuracy_before:.3f}")
print(f"averages over all pictures:     {accuracy_settled:.3f}")

# %% evaluate
test_loss, test_accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"{len(x_test)} new pictures: loss {test_loss:.3f}")
print(f"accuracy {test_accuracy:.3f}")

# %% rival
keras.utils.set_random_seed(1)
rival = keras.Sequential([
    keras.Input(shape=(32, 32, 3)),
    keras.layers.Flatten(),
    keras.layers.Dense(200, activation="relu"),
    keras.layers.Dense(150, activation="relu"),
    keras.layers.Dense(10, activation="softmax"),
])
rival.compile(
    optimizer=keras.optimizers.Adam(learning_rate=0.0005),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
print(rival.count_params(), "parameters, the other", model.count_params())

# %% rival_train
rival_history = rival.fit(
    x_train, y_train, batch_size=32, epochs=80,
    validation_split=0.1, verbose=0,
)
_, rival_accuracy = rival.evaluate(x_test, y_test, verbose=0)
print(f"convolutional network, 8 epochs: {test_accuracy:.3f}")
print(f"feed-forward network, 80 epochs: {rival_accuracy:.3f}")

# %% answers
actual = y_test.ravel()
probabilities = model.predict(x_test, verbose=0)
predicted = probabilities.argmax(axis=1)
rival_predicted = rival.predict(x_test, verbose=0).argmax(axis=1)
right, rival_right = predicted == actual, rival_predicted == actual
only_cnn = (right & ~rival_right).mean()
only_rival = (rival_right & ~right).mean()
print(f"only the convolutional network is right: {only_cnn:.1%}")
print(f"only the feed-forward network is right:  {only_rival:.1%}")
print(f"neither is: {(~right & ~rival_right).mean():.1%}")

# %% confusion
class_names = [
    "airplane", "automobile", "bird", "cat", "deer",
    "dog", "frog", "horse", "ship", "truck",
]
confusion = np.zeros((2, 10, 10), dtype=int)
np.add.at(confusion[0], (actual, predicted), 1)
np.add.at(confusion[1], (actual, rival_predicted), 1)
for name, table in zip(("convolutional", "feed-forward"), confusion):
    wrong = table - np.diag(table.diagonal())
    row, column = np.unravel_index(wrong.argmax(), wrong.shape)
    print(f"{name}: {class_names[row]} taken for", end=" ")
    print(f"{class_names[column]}, {wrong[row, column]} times")

# %% confusions
slanted = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
figure, panels = plt.subplots(2, 1, figsize=(5, 9.6))
names = ("convolutional network", "feed-forward network")
for axes, table, name in zip(panels, confusion, names):
    axes.imshow(table, cmap="Blues", vmax=1.4 * table.max())
    for (row, column), n in np.ndenumerate(table):
        middle = {"ha": "center", "va": "center", "size": 8}
        axes.text(column, row, n, color="black", **middle)
    axes.set_xticks(range(10), class_names, **slanted)
    axes.set_yticks(range(10), class_names)
    axes.set(title=name, xlabel="predicted", ylabel="actual")
    axes.grid(False)
plt.show()

# %% classes
correct = confusion.diagonal(axis1=1, axis2=2)
shares = correct / confusion.sum(axis=2)
order = shares[0].argsort()
figure, axes = plt.subplots(figsize=(5, 4))
cnn_shares, rival_shares = shares[:, order]
axes.hlines(range(10), rival_shares, cnn_shares, color="#d5dbe3")
axes.plot(cnn_shares, range(10), "o", label="convolutional")
axes.plot(rival_shares, range(10), "s", label="feed-forward")
axes.set_yticks(range(10), [class_names[i] for i in order])
axes.set(xlabel="right answers", xlim=(0, 1))
axes.legend(loc="lower right")
plt.show()

# %% filters
filters = model.layers[0].get_weights()[0]  # (height, width, colour, filter)
low, high = filters.min(axis=(0, 1, 2)), filters.max(axis=(0, 1, 2))
figure, grid = plt.subplots(4, 8, figsize=(5, 2.6))
for i, axes in enumerate(grid.flat):
    axes.imshow((filters[..., i] - low[i]) / (high[i] - low[i]))
    axes.axis("off")
plt.show()

# %% maps
outputs = [model.layers[2].output, model.layers[11].output]
eye = keras.Model(model.inputs[0], outputs)
first, last = (np.array(maps)[0] for maps in eye(x_test[1:2]))
print("after the first block:", first.shape)
print("after the last block: ", last.shape)
print(f"numbers: {x_test[1].size} in,", end=" ")
print(f"{first.size} after the first, {last.size} after the last")

# %% feature_maps
figure, grid = plt.subplots(3, 5, figsize=(5, 3.6))
grid[0, 0].imshow(x_test[1])
for axes, i in zip(grid.flat[1:], range(14)):
    block, channel = (first, i) if i < 9 else (last, i - 9)
    axes.imshow(block[..., channel], cmap="gray")
for axes in grid.flat:
    axes.axis("off")
grid[0, 0].set_title("picture")
grid[0, 2].set_title("first block")
grid[2, 2].set_title("last block")
plt.show()

# %% grad_cam
eye = keras.Model(
    model.inputs[0], [model.layers[9].output, model.layers[-2].output]
)


def grad_cam(picture, label):
    with tf.GradientTape() as tape:
        maps, logits = eye(picture[np.newaxis])
        score = logits[0, label]
    slopes = tape.gradient(score, maps)[0]
    weights = tf.reduce_mean(slopes, axis=(0, 1))  # one for each channel
    heat = tf.nn.relu(tf.reduce_sum(weights * maps[0], axis=-1))
    return (heat / (tf.reduce_max(heat) + 1e-9)).numpy()


heat = grad_cam(x_test[1], predicted[1])
print(heat.shape, "from", heat.min(), "to", heat.max().round(2))

# %% looking
sure = probabilities.max(axis=1)
by_sureness = sure.argsort()[::-1]
chosen = [i for i in by_sureness if right[i]][:4]
chosen += [i for i in by_sureness if not right[i]][:4]
for i in chosen:
    said, is_really = class_names[predicted[i]], class_names[actual[i]]
    print(f"{said} ({sure[i]:.1%} sure), it is {is_really}")

# %% heat
figure, grid = plt.subplots(4, 4, figsize=(5, 5.6))
for place, i in enumerate(chosen):
    row, column = 2 * (place // 4), place % 4
    above, below = grid[row:row + 2, column]
    mark = "✓" if right[i] else "✗"
    above.set_title(f"{mark} {class_names[predicted[i]]}", size=10)
    above.imshow(x_test[i])
    below.imshow(x_test[i].mean(axis=-1), cmap="gray")
    heat = np.kron(grad_cam(x_test[i], predicted[i]), np.ones((4, 4)))
    below.imshow(heat, cmap="inferno", alpha=0.6)
for axes in grid.flat:
    axes.axis("off")
plt.show()

# %% check
assert model.count_params() == 592_554 and not_trainable == 640
assert 0.45 < test_accuracy < 0.85, f"test accuracy is {test_accuracy:.3f}"
