# %% data
import keras
import matplotlib.pyplot as plt
import numpy as np

keras.utils.set_random_seed(1)
(x_train, y_train), (x_test, y_test) = keras.datasets.cifar10.load_data()
print("x_train", x_train.shape, x_train.dtype, "y_train", y_train.shape, y_train.dtype)
print("x_test ", x_test.shape, x_test.dtype, "y_test ", y_test.shape, y_test.dtype)

# %% scale
darkest, brightest = x_train.min(), x_train.max()
x_train = x_train.astype("float32") / 255
x_test = x_test.astype("float32") / 255
print("before:", darkest, "to", brightest)
print("after: ", x_train.min(), "to", x_train.max())

# %% labels
class_names = ["airplane", "automobile", "bird", "cat", "deer",
               "dog", "frog", "horse", "ship", "truck"]
targets_train = keras.utils.to_categorical(y_train, num_classes=10)
targets_test = keras.utils.to_categorical(y_test, num_classes=10)
dog = keras.utils.to_categorical(5, num_classes=10)
print(class_names[5], "is label 5, as a vector:", dog)

# %% pictures
figure, grid = plt.subplots(2, 5, figsize=(5, 2.5))
for axes, picture, label in zip(grid.flat, x_train, y_train.ravel()):
    axes.imshow(picture)
    axes.set_title(class_names[label], fontsize=10)
    axes.axis("off")
plt.show()

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
print("numbers that leave each layer:", sizes)
print("parameters of each layer:     ", parameters, "sum", sum(parameters))

# %% functional
inputs = keras.Input(shape=(32, 32, 3))
x = keras.layers.Flatten()(inputs)
x = keras.layers.Dense(200, activation="relu")(x)
x = keras.layers.Dense(150, activation="relu")(x)
outputs = keras.layers.Dense(10, activation="softmax")(x)
same_model = keras.Model(inputs, outputs)
print(same_model.count_params(), "parameters, as before:", model.count_params())

# %% compile
model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=0.0005),
    loss="categorical_crossentropy",
    metrics=["accuracy"],
)
learning_rate = float(model.optimizer.learning_rate)
print(model.optimizer.name, "with learning rate", f"{learning_rate:.4f}")

# %% train
history = model.fit(x_train, targets_train, batch_size=32, epochs=10, verbose=2)

# %% curves
epochs = range(1, 11)
figure, (top, bottom) = plt.subplots(2, 1, figsize=(5, 4.6), sharex=True)
top.plot(epochs, history.history["loss"], marker="o")
top.set(ylabel="loss")
bottom.plot(epochs, history.history["accuracy"], marker="o")
bottom.axhline(0.1, linestyle=":", color="C1", label="guessing")
bottom.set(xlabel="epoch", ylabel="accuracy", ylim=(0, 0.7))
bottom.legend()
plt.show()

# %% evaluate
test_loss, test_accuracy = model.evaluate(x_test, targets_test, verbose=0)
print(f"loss {test_loss:.3f}, accuracy {test_accuracy:.3f} on {len(x_test)} new pictures")

# %% predict
probabilities = model.predict(x_test, verbose=0)
first = probabilities[0]
print("shape", probabilities.shape)
for name, probability in zip(class_names, first):
    print(f"{name:10} {probability:.3f}")
print(f"sum        {first.sum():.3f}")

# %% argmax
predicted = probabilities.argmax(axis=1)
actual = y_test.ravel()
for i in (0, 3):
    print(f"picture {i}: predicted {class_names[predicted[i]]}, is {class_names[actual[i]]}")

# %% sample
chosen = np.random.default_rng(1).choice(len(x_test), size=10, replace=False)
figure, grid = plt.subplots(2, 5, figsize=(5, 3))
for axes, i in zip(grid.flat, chosen):
    mark = "✓" if predicted[i] == actual[i] else "✗"
    names = class_names[predicted[i]], class_names[actual[i]]
    axes.imshow(x_test[i])
    axes.set_title(f"{mark} {names[0]}\n({names[1]})", fontsize=10)
    axes.axis("off")
plt.show()

# %% confusion
confusion = np.zeros((10, 10), dtype=int)
np.add.at(confusion, (actual, predicted), 1)
figure, axes = plt.subplots(figsize=(5, 4.8))
axes.imshow(confusion, cmap="Blues")
for (row, column), count in np.ndenumerate(confusion):
    colour = "white" if count > confusion.max() / 2 else "black"
    axes.text(column, row, count, ha="center", va="center", fontsize=8, color=colour)
axes.set_xticks(range(10), class_names, rotation=45, ha="right", rotation_mode="anchor")
axes.set_yticks(range(10), class_names)
axes.set(xlabel="predicted", ylabel="actual")
axes.grid(False)
plt.show()

# %% check
assert model.count_params() == same_model.count_params() == 646_260
assert 0.40 < test_accuracy < 0.75, f"test accuracy is {test_accuracy:.3f}"
