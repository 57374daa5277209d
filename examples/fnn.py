# %% data
import keras
import matplotlib.pyplot as plt
import numpy as np

keras.utils.set_random_seed(1)
(x_train, y_train), (x_test, y_test) = keras.datasets.cifar10.load_data()
print("x_train", x_train.shape, x_train.dtype)
print("y_train", y_train.shape, y_train.dtype)
print("x_test ", x_test.shape, x_test.dtype)
print("y_test ", y_test.shape, y_test.dtype)

# %% pictures
class_names = [
    "airplane", "automobile", "bird", "cat", "deer",
    "dog", "frog", "horse", "ship", "truck",
]
figure, grid = plt.subplots(2, 5, figsize=(5, 2.5))
for axes, picture, label in zip(grid.flat, x_train, y_train.ravel()):
    axes.imshow(picture)
    axes.set_title(class_names[label], fontsize=10)
    axes.axis("off")
plt.show()

# %% scale
print("before:", x_train.min(), "to", x_train.max(), x_train.dtype)
x_train = x_train.astype("float32") / 255
x_test = x_test.astype("float32") / 255
print("after: ", x_train.min(), "to", x_train.max(), x_train.dtype)

# %% labels
targets_train = keras.utils.to_categorical(y_train, num_classes=10)
targets_test = keras.utils.to_categorical(y_test, num_classes=10)
dog = keras.utils.to_categorical(5, num_classes=10)
print("targets_train", targets_train.shape)
print("label 5 is", class_names[5])
print("as a vector:", dog)

# %% model
model = keras.Sequential([
    keras.Input(shape=(32, 32, 3)),
    keras.layers.Flatten(),
    keras.layers.Dense(200, activation="relu"),
    keras.layers.Dense(150, activation="relu"),
    keras.layers.Dense(10, activation="softmax"),
])
model.summary()

# %% sizes
sizes = [layer.output.shape[1] for layer in model.layers]
parameters = [layer.count_params() for layer in model.layers]
print("numbers out:", sizes)
print("parameters: ", parameters)
print("in all:     ", sum(parameters))

# %% functional
inputs = keras.Input(shape=(32, 32, 3))
f = keras.layers.Flatten()
g = keras.layers.Dense(200, activation="relu")
h = keras.layers.Dense(150, activation="relu")
q = keras.layers.Dense(10, activation="softmax")
outputs = q(h(g(f(inputs))))
same_model = keras.Model(inputs, outputs)
print(same_model.count_params(), "parameters, as before")

# %% compile
model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=0.0005),
    loss="categorical_crossentropy",
    metrics=["accuracy"],
)
learning_rate = float(model.optimizer.learning_rate)
print(model.optimizer.name, "with learning rate", f"{learning_rate:.4f}")

# %% train
history = model.fit(
    x_train, targets_train, batch_size=32, epochs=10, verbose=2
)

# %% curves
epochs = range(1, 11)
figure, (top, bottom) = plt.subplots(2, 1, figsize=(5, 4.6), sharex=True)
top.plot(epochs, history.history["loss"], marker="o")
top.set(ylabel="loss")
bottom.plot(epochs, history.history["accuracy"], marker="o")
bottom.axhline(0.1, linestyle=":", color="C1", label="guessing")
bottom.set(xlabel="epoch", ylabel="accuracy", ylim=(0, 0.7))
bottom.legend(loc="lower right", bbox_to_anchor=(1, 0.2))
plt.show()

# %% evaluate
test_loss, test_accuracy = model.evaluate(x_test, targets_test, verbose=0)
print(f"{len(x_test)} new pictures: loss {test_loss:.3f}")
print(f"accuracy {test_accuracy:.3f}, by guessing {1 / len(class_names):.3f}")

# %% predict
probabilities = model.predict(x_test, verbose=0)
first = probabilities[0]
print("shape", probabilities.shape)
for name, probability in zip(class_names, first):
    print(f"{name:10} {probability:.3f}")
print(f"{'sum':10} {first.sum():.3f}")

# %% argmax
predicted = probabilities.argmax(axis=1)
actual = y_test.ravel()
for i in (0, 3):
    verdict = "right" if predicted[i] == actual[i] else "wrong"
    print(f"picture {i}: predicted {class_names[predicted[i]]},", end=" ")
    print(f"it is {class_names[actual[i]]}: {verdict}")

# %% sample
chosen = np.random.default_rng(1).choice(len(x_test), 10, replace=False)
figure, grid = plt.subplots(2, 5, figsize=(5, 3))
for axes, i in zip(grid.flat, chosen):
    mark = "✓" if predicted[i] == actual[i] else "✗"
    axes.imshow(x_test[i])
    axes.set_title(f"{mark} {class_names[predicted[i]]}", fontsize=10)
    axes.set_xlabel(f"({class_names[actual[i]]})", fontsize=10)
    axes.set(xticks=[], yticks=[], frame_on=False)
plt.show()

# %% confusion
confusion = np.zeros((10, 10), dtype=int)
np.add.at(confusion, (actual, predicted), 1)
figure, axes = plt.subplots(figsize=(5, 4.8))
axes.imshow(confusion, cmap="Blues", vmax=1.4 * confusion.max())
for (row, column), n in np.ndenumerate(confusion):
    axes.text(column, row, n, ha="center", va="center", size=8, color="black")
slanted = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
axes.set_xticks(range(10), class_names, **slanted)
axes.set_yticks(range(10), class_names)
axes.set(xlabel="predicted", ylabel="actual")
axes.grid(False)
plt.show()

# %% classes
right = confusion.diagonal() / confusion.sum(axis=1)
easiest, hardest = class_names[right.argmax()], class_names[right.argmin()]
wrong = confusion - np.diag(confusion.diagonal())
row, column = np.unravel_index(wrong.argmax(), wrong.shape)
mistaken, taken_for = class_names[row], class_names[column]
print(f"easiest: {easiest}, {right.max():.0%} right")
print(f"hardest: {hardest}, {right.min():.0%} right")
print(f"{mistaken} taken for {taken_for}: {wrong[row, column]} times")

# %% check
assert model.count_params() == same_model.count_params() == sum(parameters) == 646_260
assert 0.40 < test_accuracy < 0.75, f"test accuracy is {test_accuracy:.3f}"
