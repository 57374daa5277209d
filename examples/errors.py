# %% data
import textwrap
import warnings

import keras
import matplotlib.pyplot as plt
import numpy as np

keras.utils.set_random_seed(1)
(pixels, labels), (_, test_labels) = keras.datasets.cifar10.load_data()
pixels, labels = pixels[:200].astype("float32"), labels[:200]
x = pixels / 255
targets = keras.utils.to_categorical(labels, num_classes=10)
print("x      ", x.shape)
print("labels ", labels.shape, "such as", labels[0])
print("targets", targets.shape, "such as", targets[0])

# %% model
def new_model():
    return keras.Sequential([
        keras.Input(shape=(32, 32, 3)),
        keras.layers.Flatten(),
        keras.layers.Dense(10, activation="softmax"),
    ])

def tell(message):
    print(textwrap.fill(message, width=40))  # fits on a phone

tell(f"This model has {new_model().count_params():,} parameters.")

# %% list
neuron = keras.Sequential([keras.Input(shape=(1,)), keras.layers.Dense(1)])
try:
    neuron.predict([10.0])
except ValueError as error:
    list_message = str(error)
tell(f"ValueError: {list_message}")

# %% list_repaired
answer = neuron.predict(np.array([[10.0]]), verbose=0)
print("shape in (1, 1), shape out", answer.shape)

# %% onehot
model = new_model()
model.compile(loss="sparse_categorical_crossentropy")
try:
    model.fit(x, targets, verbose=0)
except ValueError as error:
    onehot_message = str(error)
tell(f"ValueError: {onehot_message}")

# %% onehot_repaired
model.compile(loss="categorical_crossentropy")
history = model.fit(x, targets, epochs=3, verbose=0)
onehot_losses = history.history["loss"]
print("losses:", [f"{loss:.2f}" for loss in onehot_losses])

# %% integers
numbers = labels.ravel()
print("numbers", numbers.shape, "such as", numbers[0])
model = new_model()
model.compile(loss="categorical_crossentropy")
try:
    model.fit(x, numbers, verbose=0)
except ValueError as error:
    integers_message = str(error)
tell(f"ValueError: {integers_message}")

# %% integers_repaired
model.compile(loss="sparse_categorical_crossentropy")
history = model.fit(x, numbers, epochs=3, verbose=0)
integers_losses = history.history["loss"]
print("losses:", [f"{loss:.2f}" for loss in integers_losses])

# %% column
model = new_model()
model.compile(loss="categorical_crossentropy")
try:
    model.fit(x, labels, verbose=0)
except ValueError as error:
    column_message = str(error)
tell(f"ValueError: {column_message}")

# %% broadcast
silent = {}
for name, truth in (("labels", labels), ("targets", targets)):
    model = new_model()
    model.compile(loss="mean_squared_error")
    silent[name] = model.evaluate(x, truth, verbose=0)
    print(f"{name:7} {truth.shape}: loss {silent[name]:.2f}")

# %% flatten
no_flatten = keras.Sequential([
    keras.Input(shape=(32, 32, 3)),
    keras.layers.Dense(10, activation="softmax"),
])
no_flatten.compile(loss="categorical_crossentropy")
try:
    no_flatten.fit(x, targets, verbose=0)
except ValueError as error:
    flatten_message = str(error)
tell(f"ValueError: {flatten_message}")
print("output shape:", no_flatten.output_shape)

# %% flatten_repaired
model = new_model()
model.compile(loss="categorical_crossentropy")
flatten_loss = model.evaluate(x, targets, verbose=0)
print("output shape:", model.output_shape)
print("loss:", f"{flatten_loss:.2f}")

# %% shape
try:
    model.predict(x[0], verbose=0)
except ValueError as error:
    line = str(error).splitlines()[2]  # the line that tells, in bold type
shape_message = line.removeprefix("\x1b[1m").removesuffix("\x1b[0m")
tell(f"… {shape_message} …")

# %% shape_repaired
print("x[0] ", x[0].shape)
print("x[:1]", x[:1].shape)
probabilities = model.predict(x[:1], verbose=0)
print("out  ", probabilities.shape)

# %% uncompiled
model = new_model()
try:
    model.fit(x, targets)
except ValueError as error:
    compile_message = str(error)
tell(f"ValueError: {compile_message}")
print("predict still works:", model.predict(x, verbose=0).shape)

# %% uncompiled_repaired
model.compile(loss="categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x, targets, epochs=3, verbose=0)
compiled_losses = history.history["loss"]
print("losses:", [f"{loss:.2f}" for loss in compiled_losses])

# %% scale
curves = {}
for name, pictures in (("0 to 255", pixels), ("0 to 1", x)):
    keras.utils.set_random_seed(1)
    model = new_model()
    model.compile(optimizer="adam", loss="categorical_crossentropy")
    history = model.fit(pictures, targets, epochs=10, verbose=0)
    curves[name] = history.history["loss"]
    first, last = curves[name][0], curves[name][-1]
    print(f"{name:8}: loss {first:.2f} in epoch 1, {last:.2f} in epoch 10")

# %% scales
figure, axes = plt.subplots()
for name, losses in curves.items():
    axes.plot(range(1, 11), losses, marker="o", label=f"pixels from {name}")
axes.axhline(np.log(10), linestyle=":", color="C2", label="knowing nothing")
axes.set(xlabel="epoch", ylabel="loss", yscale="log", ylim=(1, 2000))
axes.legend(loc="upper right", ncols=2, fontsize=9)
plt.show()

# %% logits
loss = keras.losses.CategoricalCrossentropy(from_logits=True)
keras.utils.set_random_seed(1)
model = new_model()
model.compile(optimizer="adam", loss=loss)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    history = model.fit(x, targets, epochs=10, verbose=0)
logits_message = str(caught[0].message)
logits_losses = history.history["loss"]
tell(logits_message)
print(f"loss in epoch 10: {logits_losses[-1]:.4f}")
print(f"without the flag: {curves['0 to 1'][-1]:.4f}")

# %% floor
perfect = targets  # the right class has probability 1
floor = float(loss(targets, perfect))
right_loss = keras.losses.CategoricalCrossentropy()
ground = float(right_loss(targets, perfect))
print(f"perfect answers, from_logits=True:  {floor:.3f}")
print(f"perfect answers, from_logits=False: {ground:.3f}")

# %% logits_repaired
model = keras.Sequential([
    keras.Input(shape=(32, 32, 3)),
    keras.layers.Flatten(),
    keras.layers.Dense(10),  # no softmax: the outputs are logits
])
model.compile(optimizer="adam", loss=loss)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    model.fit(x, targets, epochs=10, verbose=0)
warnings_left = len(caught)
print(warnings_left, "warnings")

# %% steps
many = np.zeros((50_000, 1))
neuron.compile(loss="mean_squared_error")
history = neuron.fit(many, many, verbose=2)
steps = history.params["steps"]

# %% steps_explained
full, rest = divmod(len(many), 32)
print(f"{full} batches of 32 and one of {rest}: {full * 32 + rest} examples")
history = neuron.fit(many, many, batch_size=100, verbose=2)
fewer_steps = history.params["steps"]

# %% chosen
first_labels, other_labels = np.split(test_labels.ravel(), [100])
random = np.random.default_rng(1)
answers = random.integers(0, 10, size=(100, len(test_labels)))
scores = (answers[:, :100] == first_labels).mean(axis=1)
best = scores.argmax()
chosen_score = float(scores[best])
print(f"try {best} has the best of {len(scores)} scores: {chosen_score:.0%}")

# %% scores
figure, axes = plt.subplots()
axes.hist(100 * scores, bins=np.arange(0.5, 22), rwidth=0.9)
axes.axvline(100 * chosen_score, color="C1", label="the one we choose")
axes.axvline(10, linestyle=":", color="C2", label="guessing")
axes.set(xlabel="right answers out of 100", ylabel="number of tries")
axes.set(ylim=(0, 25))
axes.legend(loc="upper left", fontsize=9)
plt.show()

# %% chosen_repaired
fresh_score = float((answers[best, 100:] == other_labels).mean())
print(f"validation, {len(first_labels)} pictures: {chosen_score:.1%}")
print(f"test, {len(other_labels)} other pictures: {fresh_score:.1%}")

# %% diverge
points = np.array([[-1.0], [0.0], [1.0], [2.0], [3.0], [4.0]])

def new_neuron(learning_rate):
    neuron = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    sgd = keras.optimizers.SGD(learning_rate)
    neuron.compile(optimizer=sgd, loss="mean_squared_error")
    return neuron

trainings = {}
for rate in (0.5, 0.05):
    history = new_neuron(rate).fit(points, 2 * points - 1, epochs=20, verbose=0)
    trainings[str(rate)] = losses = history.history["loss"]
    print(f"{rate}: from {losses[0]:.1e} to {losses[-1]:.1e}")

# %% curves
figure, axes = plt.subplots()
for name, losses in trainings.items():
    axes.plot(range(1, 21), losses, marker="o", label=f"learning rate {name}")
axes.set(xlabel="epoch", ylabel="mean squared error", yscale="log")
axes.set_xticks(range(0, 21, 5))
axes.legend()
plt.show()

# %% nan
neuron = new_neuron(0.5)
history = neuron.fit(points, 2 * points - 1, epochs=100, verbose=0)
last_loss = str(history.history["loss"][-1])
print("loss:", last_loss)
print("weights:", *neuron.get_weights())

# %% nan_repaired
stop = keras.callbacks.TerminateOnNaN()
history = new_neuron(0.5).fit(
    points, 2 * points - 1, epochs=100, verbose=0, callbacks=[stop]
)
stopped = len(history.history["loss"])
print("stopped in epoch", stopped)

# %% check
assert "Unrecognized data type: x=[10.0]" in list_message
assert "must have rank (ndim) `target.ndim - 1`" in onehot_message
assert "target.shape=(None, 10), output.shape=(None, 10)" in onehot_message
assert "must have the same rank (ndim)" in integers_message
assert "target.shape=(None,), output.shape=(None, 10)" in integers_message
assert "must have the same shape" in column_message
assert "target.shape=(None, 1), output.shape=(None, 10)" in column_message
assert "must have the same rank (ndim)" in flatten_message
assert "output.shape=(None, 32, 32, 10)" in flatten_message
assert shape_message.startswith("Invalid input shape for input")
assert "Expected shape (None, 32, 32, 3)" in shape_message
assert "incompatible shape (32, 32, 3)" in shape_message
assert "You must call `compile()` before using the model" in compile_message
assert "received `from_logits=True`" in logits_message
assert "does not represent logits" in logits_message
assert last_loss == "nan" and stopped < 100
assert warnings_left == 0 and steps == 1563 and fewer_steps == 500
assert abs(floor - np.log((np.e + 9) / np.e)) < 1e-4 and ground < 1e-4
