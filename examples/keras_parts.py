# %% layer
import keras
import numpy as np

keras.utils.set_random_seed(1)
x = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])  # (2 examples, 3 numbers)
layer = keras.layers.Dense(units=2)
before = len(layer.weights)
y = layer(x)
kernel, bias = layer.get_weights()
print(before, "weights before the first call,", len(layer.weights), "after")
print("kernel", kernel.shape, "bias", bias.shape)
print("output", y.shape)
print(keras.ops.convert_to_numpy(y).round(3))

# %% same
by_hand = x @ kernel + bias
largest_difference = float(np.abs(y - by_hand).max())
print(by_hand.round(3))
print(f"largest difference: {largest_difference:.0e}")

# %% ends
inputs = keras.Input(shape=(3,))
outputs = keras.layers.Dense(units=1)(inputs)
print("input: ", inputs.shape, inputs.dtype, type(inputs).__name__)
print("output:", outputs.shape, outputs.dtype, type(outputs).__name__)

# %% model
model = keras.Model(inputs, outputs)
answers = model(x)
layer_names = [type(layer).__name__ for layer in model.layers]
print("layers:", layer_names)
print("parameters:", model.count_params())
print("two examples in, shape out:", answers.shape)

# %% loss
loss = keras.losses.MeanSquaredError()
truth = np.array([[1.0], [2.0], [3.0]])
guess = np.array([[1.0], [2.0], [5.0]])
wrong = float(loss(truth, guess))
swapped = float(loss(guess, truth))
perfect = float(loss(truth, truth))
print(f"two right, one 2 too high: {wrong:.3f}")
print(f"all right: {perfect:.3f}")

# %% optimizer
w = keras.Variable(5.0)
optimizer = keras.optimizers.SGD(learning_rate=0.1)
path = [float(w)]
for slope in (10.0, 10.0, -2.0):
    optimizer.apply([keras.ops.convert_to_tensor(slope)], [w])
    path.append(float(w))
print("w:", [f"{value:.1f}" for value in path])
print("steps taken:", int(optimizer.iterations))

# %% metric
metric = keras.metrics.BinaryAccuracy()
readings = []
metric.update_state([1, 0, 1, 1], [0.9, 0.2, 0.8, 0.3])
readings.append(float(metric.result()))
metric.update_state([1, 0], [0.6, 0.1])
readings.append(float(metric.result()))
metric.reset_state()
readings.append(float(metric.result()))
print("after 4 answers, after 6, after reset:")
print([f"{reading:.3f}" for reading in readings])

# %% together
targets = np.array([[6.0], [15.0]])
model.compile(
    optimizer=keras.optimizers.SGD(learning_rate=0.01),
    loss=keras.losses.MeanSquaredError(),
    metrics=[keras.metrics.MeanAbsoluteError(name="off")],
)
history = model.fit(x, targets, epochs=200, verbose=0)
first_loss, last_loss = (history.history["loss"][i] for i in (0, -1))
first_off, last_off = (history.history["off"][i] for i in (0, -1))
print(f"loss: {first_loss:8.3f} -> {last_loss:.3f}")
print(f"off:  {first_off:8.3f} -> {last_off:.3f}")

# %% names
by_name = {
    "optimizer": keras.optimizers.get("adam"),
    "loss": keras.losses.get("mse"),
    "metric": keras.metrics.get("mae"),
}
for kind, found in by_name.items():
    print(f"{kind:9}", getattr(found, "__name__", type(found).__name__))

# %% imports
import tensorflow as tf
from tensorflow.keras.layers import Dense

same_layer = keras.layers.Dense is Dense
same_model = keras.Model is tf.keras.Model
version, backend = keras.__version__, keras.backend.backend()
print("one Dense, not two:", same_layer)
print("one Model, not two:", same_model)
print("Keras", version, "on", backend)

# %% ops
z = keras.ops.array([[1.0, -2.0], [3.0, -4.0]])
positive = keras.ops.relu(z)
belongs_to = type(positive).__module__.split(".")[0]
print(keras.ops.convert_to_numpy(positive))
print("this tensor belongs to:", belongs_to)

# %% save
import tempfile
from pathlib import Path

folder = Path(tempfile.mkdtemp())
model.save(folder / "model.keras")
loaded = keras.models.load_model(folder / "model.keras")
same_answers = bool(np.allclose(model(x), loaded(x)))
print(f"{(folder / 'model.keras').stat().st_size // 1024} KiB,", end=" ")
print("same answers:", same_answers)

# %% old
outcomes = {}

def attempt(label, action):
    try:
        action()
        outcomes[label] = "works"
    except Exception as error:
        outcomes[label] = f"{type(error).__name__}: {str(error)[:44]}…"
    print(f"{label}\n    {outcomes[label]}")

attempt("predict a list", lambda: model.predict([[1, 2, 3]], verbose=0))
attempt("save to a folder", lambda: model.save(folder / "model"))
attempt("SGD(lr=0.1)", lambda: keras.optimizers.SGD(lr=0.1))
attempt("tf.sqrt of an input", lambda: tf.sqrt(inputs))

# %% new
row = np.array([[1.0, 2.0, 3.0]])
attempt("predict an array", lambda: model.predict(row, verbose=0))
attempt("save to .keras", lambda: model.save(folder / "model.keras"))
attempt(
    "SGD(learning_rate=0.1)",
    lambda: keras.optimizers.SGD(learning_rate=0.1),
)
attempt("keras.ops.sqrt of an input", lambda: keras.ops.sqrt(inputs))

# %% check
assert largest_difference < 1e-5 and same_layer and same_answers
works = [outcome == "works" for outcome in outcomes.values()]
assert works == [False] * 4 + [True] * 4
