# %% data
import keras
import matplotlib.pyplot as plt
import numpy as np

keras.utils.set_random_seed(1)
x = np.array([[-1.0], [0.0], [1.0], [2.0], [3.0], [4.0]])
y = 2 * x - 1
print("x:", x.ravel(), "shape", x.shape)
print("y:", y.ravel(), "shape", y.shape)

# %% points
figure, axes = plt.subplots()
axes.scatter(x, y, label="the six points")
axes.axvline(10, linestyle=":", color="C1", label="x = 10: what is y?")
axes.set(xlabel="x", ylabel="y", xlim=(-2, 11), ylim=(-5, 21))
axes.legend()
plt.show()

# %% model
model = keras.Sequential([
    keras.Input(shape=(1,)),
    keras.layers.Dense(units=1),
])
model.summary()

# %% start
parameters = model.count_params()
w, b = model.get_weights()
first_w, first_b = w.item(), b.item()
print(parameters, "parameters")
print("w", w, "shape", w.shape)
print("b", b, "shape", b.shape)

# %% compile
model.compile(optimizer="sgd", loss="mean_squared_error")
learning_rate = float(model.optimizer.learning_rate)
print(model.optimizer.name, "with learning rate", f"{learning_rate:.2f}")

# %% train
history = model.fit(x, y, epochs=500, verbose=0)
losses = history.history["loss"]
print("first five:", [f"{loss:.4f}" for loss in losses[:5]])
print("last five: ", [f"{loss:.2e}" for loss in losses[-5:]])

# %% loss
figure, axes = plt.subplots()
axes.plot(range(1, len(losses) + 1), losses)
axes.set(xlabel="epoch", ylabel="mean squared error", yscale="log")
plt.show()

# %% weights
w, b = [weight.item() for weight in model.get_weights()]
print(f"w = {w:.4f}, {abs(w - 2):.4f} away from 2")
print(f"b = {b:.4f}, {abs(b + 1):.4f} away from -1")

# %% predict
prediction = model.predict(np.array([[10.0]]), verbose=0)
answer = prediction.item()
print("prediction", prediction, "shape", prediction.shape)

# %% line
figure, axes = plt.subplots()
line = np.array([[-2.0], [11.0]])
learned = model.predict(line, verbose=0)
axes.plot(line, learned, color="C2", label="what the neuron learned")
axes.scatter(x, y, label="the six points")
axes.scatter(10, answer, c="C1", marker="D", label="the answer for x = 10")
axes.set(xlabel="x", ylabel="y", xlim=(-2, 11), ylim=(-5, 21))
axes.legend()
plt.show()

# %% list
try:
    model.predict([10.0], verbose=0)
except ValueError as error:
    print("ValueError:", error)

# %% check
assert parameters == 2
assert abs(w - 2) < 0.05, f"the page says w is close to 2; it is {w:.3f}"
assert abs(b + 1) < 0.05, f"the page says b is close to -1; it is {b:.3f}"
assert abs(answer - 19) < 0.2, f"the page says the answer is close to 19; it is {answer:.3f}"
