# %% data
import math

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(1)
z = np.linspace(-10, 10, 401, dtype="float32")
names = ["relu", "leaky_relu", "gelu", "sigmoid", "tanh"]
print("z from", z.min(), "to", z.max(), "shape", z.shape)

# %% deep
random = {"bias_initializer": "random_normal"}
deep = keras.Sequential([
    keras.Input(shape=(3,)),
    keras.layers.Dense(8, **random),
    keras.layers.Dense(8, **random),
    keras.layers.Dense(2, **random),
])
(w1, b1), (w2, b2), (w3, b3) = [each.get_weights() for each in deep.layers]
print("weights:", w1.shape, w2.shape, w3.shape)
deep_parameters = deep.count_params()
print("parameters:", deep_parameters)

# %% collapse
w = w1 @ w2 @ w3  # (3, 2)
b = (b1 @ w2 + b2) @ w3 + b3  # (2,)
questions = np.random.default_rng(1).normal(size=(32, 3))
answers = deep.predict(questions, verbose=0)
collapse_apart = float(np.abs(answers - (questions @ w + b)).max())
print("one layer:", w.shape, "and", b.shape, "=", w.size + b.size, "parameters")
print(f"its answers are at most {collapse_apart:.0e} away")

# %% parabola
points = np.random.default_rng(1).uniform(-2, 2, size=(2000, 1))
errors, lines = {}, {}
line = np.linspace([-2.0], [2.0], 81)  # (81, 1)
for activation in ("linear", "relu"):
    model = keras.Sequential([
        keras.Input(shape=(1,)),
        keras.layers.Dense(16, activation=activation),
        keras.layers.Dense(16, activation=activation),
        keras.layers.Dense(1),
    ])
    model.compile(keras.optimizers.Adam(0.01), loss="mean_squared_error")
    model.fit(points, points**2, epochs=5, verbose=0)
    errors[activation] = model.evaluate(points, points**2, verbose=0)
    lines[activation] = np.array(model(line))
    print(f"{activation:6} mean squared error {errors[activation]:.3f}")

# %% bend
figure, axes = plt.subplots()
axes.plot(line, line**2, color="C2", linewidth=6, alpha=0.7, label="z²")
axes.plot(line, lines["linear"], color="C1", label="linear")
axes.plot(line, lines["relu"], "--", color="C0", label="relu")
axes.set(xlabel="z", ylabel="output")
axes.legend(loc="upper center")
plt.show()

# %% slopes
outputs, slopes = {}, {}
for name in names:
    function = keras.activations.get(name)
    inputs = tf.Variable(z)
    with tf.GradientTape() as tape:
        output = function(inputs)
    slopes[name] = tape.gradient(output, inputs).numpy()
    outputs[name] = output.numpy()
    low, high = outputs[name].min(), outputs[name].max()
    flat, steep = slopes[name].min(), slopes[name].max()
    print(f"{name:10} output {low:5.2f} to {high:5.2f},", end="  ")
    print(f"slope {flat:5.2f} to {steep:.2f}")

# %% formulas
erf = np.array([math.erf(number) for number in z / math.sqrt(2)])
formulas = {
    "relu": np.maximum(z, 0),
    "leaky_relu": np.where(z > 0, z, 0.2 * z),
    "gelu": z * (1 + erf) / 2,
    "sigmoid": 1 / (1 + np.exp(-z)),
    "tanh": np.tanh(z),
}
apart = {n: float(np.abs(formulas[n] - outputs[n]).max()) for n in names}
for name in names:
    print(f"{name:10} at most {apart[name]:.0e} away from Keras")

# %% bends
figure, (top, bottom) = plt.subplots(2, 1, figsize=(5, 5), sharex=True)
for name, style in zip(names[:3], ["-", "--", "-"]):
    top.plot(z, outputs[name], style, label=name)
    bottom.plot(z, slopes[name], style)
top.set(ylabel="output", ylim=(-1.2, 4))
bottom.set(ylabel="slope", xlabel="z", xlim=(-4, 4), ylim=(-0.3, 1.3))
top.legend(loc="upper left")
plt.show()

# %% leaky
layer = keras.layers.LeakyReLU()
minus_one = np.array([-1.0])
as_string = float(keras.activations.get("leaky_relu")(minus_one)[0])
as_layer = float(layer(minus_one)[0])
print(f'"leaky_relu" makes {as_string:.1f} of -1')
print(f"LeakyReLU()  makes {as_layer:.1f} of -1")

# %% squashes
figure, (top, bottom) = plt.subplots(2, 1, figsize=(5, 5), sharex=True)
for name, colour in zip(names[3:], ["C3", "C4"]):
    top.plot(z, outputs[name], color=colour, label=name)
    bottom.plot(z, slopes[name], color=colour)
top.set(ylabel="output", ylim=(-1.2, 1.2))
bottom.set(ylabel="slope", xlabel="z", xlim=(-6, 6), ylim=(-0.1, 1.1))
top.legend(loc="upper left")
plt.show()

# %% softmax
classes = ["cat", "dog", "frog"]
logits = np.array([2.0, 1.0, -1.0])
exponentials = np.exp(logits)
probabilities = exponentials / exponentials.sum()
for row in zip(classes, logits, exponentials, probabilities):
    print("{:4}  logit {:4.1f}  exp {:.2f}  probability {:.3f}".format(*row))
print(f"sum of the probabilities {probabilities.sum():.3f}")

# %% moved
cat = np.linspace(-6, 6, 121)
rows = np.stack([cat, np.full(121, 1.0), np.full(121, -1.0)], axis=1)
shares = np.exp(rows) / np.exp(rows).sum(axis=1, keepdims=True)
share_slopes = -shares * shares[:, [0]]
share_slopes[:, 0] += shares[:, 0]
figure, (top, bottom) = plt.subplots(2, 1, figsize=(5, 5), sharex=True)
top.plot(cat, shares, label=classes)
bottom.plot(cat, share_slopes)
top.set(ylabel="probability")
bottom.set(ylabel="slope", xlabel="logit of the cat")
top.legend(loc="center left")
plt.show()

# %% two
pairs = np.stack([z, np.zeros_like(z)], axis=1)  # (401, 2)
first = np.array(keras.activations.softmax(pairs))[:, 0]
two_apart = float(np.abs(first - outputs["sigmoid"]).max())
print(f"softmax of (z, 0) and sigmoid of z: at most {two_apart:.0e} apart")

# %% temperature
temperatures = [0.5, 1, 3]
heated = []
figure, axes = plt.subplots()
for i, temperature in enumerate(temperatures):
    exponentials = np.exp(logits / temperature)
    heated.append(exponentials / exponentials.sum())
    places = np.arange(3) + 0.27 * (i - 1)
    axes.bar(places, heated[i], 0.25, label=f"temperature {temperature}")
    print(f"temperature {temperature:3}:", heated[i].round(3))
axes.set_xticks(range(3), classes)
axes.set(ylabel="probability")
axes.legend()
plt.show()

# %% overflow
large = np.array([1000.0, 999.0, 997.0])
with np.errstate(over="ignore", invalid="ignore"):
    huge = np.exp(large)
    naive = huge / huge.sum()
print("naive:  ", huge, "gives", naive)

shifted = np.exp(large - large.max())
stable = shifted / shifted.sum()
print("shifted:", shifted.round(3), "gives", stable.round(3))

# %% from_logits
crossentropy = keras.losses.CategoricalCrossentropy()
crossentropy_of_logits = keras.losses.CategoricalCrossentropy(from_logits=True)
truth = np.array([[1.0, 0.0, 0.0]])
raw = np.array([[0.0, 30.0, 10.0]])
squashed = np.exp(raw) / np.exp(raw).sum()
loss_squashed = float(crossentropy(truth, squashed))
loss_raw = float(crossentropy_of_logits(truth, raw))
print(f"probability of the true class: {squashed[0, 0]:.0e}")
print(f"loss from the probabilities: {loss_squashed:.2f}")
print(f"loss from the logits:        {loss_raw:.2f}")

# %% stuck
variable = tf.Variable(raw)
with tf.GradientTape(persistent=True) as tape:
    exponential = tf.exp(variable)
    loss_a = crossentropy(truth, exponential / tf.reduce_sum(exponential))
    loss_b = crossentropy_of_logits(truth, variable)
gradient_a = tape.gradient(loss_a, variable).numpy()
gradient_b = tape.gradient(loss_b, variable).numpy()
print("gradient from the probabilities:", gradient_a.round(3))
print("gradient from the logits:       ", gradient_b.round(3))

# %% twice
perfect = np.array([[1.0, 0.0, 0.0]])
loss_once = float(crossentropy(truth, perfect))
loss_twice = float(crossentropy_of_logits(truth, perfect))
print(f"a perfect answer: loss {loss_once:.2f}")
print(f"the same with from_logits=True: loss {loss_twice:.2f}")

# %% labels
whole_numbers = np.array([0, 2])
one_hot = keras.utils.to_categorical(whole_numbers, num_classes=3)
answers = np.array([[0.7, 0.2, 0.1], [0.3, 0.2, 0.5]])
categorical = float(crossentropy(one_hot, answers))
sparse_crossentropy = keras.losses.SparseCategoricalCrossentropy()
sparse = float(sparse_crossentropy(whole_numbers, answers))
by_hand = -(math.log(0.7) + math.log(0.5)) / 2
print("one-hot:", one_hot.tolist(), f"loss {categorical:.6f}")
print("whole numbers:", whole_numbers.tolist(), f"loss {sparse:.6f}")
print(f"by hand: {by_hand:.6f}")

# %% check
assert max(apart.values()) < 1e-5 and collapse_apart < 1e-4
assert errors["relu"] < 0.05 < 1 < errors["linear"]
assert np.allclose(share_slopes, np.gradient(shares, cat, axis=0), atol=0.01)
assert np.isnan(naive).all() and abs(stable.sum() - 1) < 1e-9
assert abs(loss_raw - 30) < 1e-3 and abs(loss_squashed - 16.12) < 0.01
assert abs(categorical - sparse) < 1e-6
