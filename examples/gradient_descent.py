# %% data
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(1)
x = np.array([[-1.0], [0.0], [1.0], [2.0], [3.0], [4.0]])
y = 2 * x - 1
print("x:", x.ravel())
print("y:", y.ravel())

# %% loss
def loss(w, b):
    return np.mean((w * x + b - y) ** 2)


start_w, start_b = -1.0, 2.0
start_loss = loss(start_w, start_b)
print("at the start, w = -1, b = 2: ", start_loss)
print("half-way, w = 0.5, b = 0.5:  ", loss(0.5, 0.5))
print("at the goal, w = 2, b = -1:  ", loss(2, -1))

# %% surface
ws, bs = np.linspace(-4, 7, 111), np.linspace(-4, 6, 101)
surface = np.array([[loss(w, b) for w in ws] for b in bs])
levels = [1, 5, 10, 20, 40, 80]
figure, axes = plt.subplots(figsize=(5, 4))
lines = axes.contour(ws, bs, surface, levels, colors="C0", linewidths=1)
axes.clabel(lines, levels[1:], fontsize=9)
axes.plot(2, -1, "*", color="C2", markersize=12, label="goal")
axes.plot(start_w, start_b, "o", color="C1", label="start")
axes.set(xlabel="weight w", ylabel="bias b")
figure.legend(loc="outside upper center", ncols=3)
plt.show()

# %% nudge
nudge = 0.001
loss_w = loss(start_w + nudge, start_b)
loss_b = loss(start_w, start_b + nudge)
slope_w = (loss_w - start_loss) / nudge
slope_b = (loss_b - start_loss) / nudge
print(f"w a little larger: loss {loss_w:.4f}, slope {slope_w:.2f}")
print(f"b a little larger: loss {loss_b:.4f}, slope {slope_b:.2f}")

# %% point
one_x, one_y = 3.0, 5.0
prediction = start_w * one_x + start_b
point_error = prediction - one_y
square = point_error**2
print("forward:", prediction, point_error, square)

to_error = 2 * point_error
to_prediction = to_error * 1
to_w = to_prediction * one_x
to_b = to_prediction * 1
print("back:   ", to_error, to_prediction, "w:", to_w, "b:", to_b)

# %% gradient
errors = start_w * x + start_b - y  # (6, 1)
gradients_w = 2 * errors * x
gradients_b = 2 * errors
gradient_w, gradient_b = gradients_w.mean(), gradients_b.mean()
print("for w:", gradients_w.ravel(), "mean", gradient_w)
print("for b:", gradients_b.ravel(), "mean", gradient_b)

# %% tape
w, b = tf.Variable(start_w), tf.Variable(start_b)
with tf.GradientTape() as tape:
    mean_square = tf.reduce_mean((w * x + b - y) ** 2)
tape_w, tape_b = [float(g) for g in tape.gradient(mean_square, [w, b])]
print("TensorFlow's gradient:", tape_w, tape_b)

# %% step
learning_rate = 0.1
next_w = start_w - learning_rate * gradient_w
next_b = start_b - learning_rate * gradient_b
next_loss = loss(next_w, next_b)
print(f"w: {start_w} - {learning_rate} * {gradient_w} = {next_w:.1f}")
print(f"b: {start_b} - {learning_rate} * {gradient_b} = {next_b:.1f}")
print(f"loss: {start_loss:.2f} before, {next_loss:.2f} after")

# %% numpy
def descend(learning_rate, steps):
    w, b = start_w, start_b
    path, losses = [(w, b)], []
    for step in range(steps):
        error = w * x + b - y
        losses.append(np.mean(error**2))
        w = w - learning_rate * np.mean(2 * error * x)
        b = b - learning_rate * np.mean(2 * error)
        path.append((w, b))
    return np.array(path), np.array(losses)


path, losses = descend(learning_rate=0.1, steps=50)
w, b = path[-1]
print(f"w = {w:.4f}, b = {b:.4f}, last loss {losses[-1]:.1e}")

# %% path
figure, axes = plt.subplots(figsize=(5, 4))
axes.contour(ws, bs, surface, levels, colors="C0", linewidths=1)
axes.plot(*path.T, "o-", color="C1", markersize=4, label="50 steps")
axes.plot(2, -1, "*", color="C2", markersize=12, label="goal")
axes.set(xlabel="weight w", ylabel="bias b")
figure.legend(loc="outside upper center", ncols=3)
plt.show()

# %% model
model = keras.Sequential([
    keras.Input(shape=(1,)),
    keras.layers.Dense(units=1),
])
model.set_weights([np.array([[start_w]]), np.array([start_b])])
model.compile(
    optimizer=keras.optimizers.SGD(learning_rate=0.1),
    loss="mean_squared_error",
)
print("start:", [weight.item() for weight in model.get_weights()])

# %% train
history = model.fit(x, y, epochs=50, verbose=0)
keras_w, keras_b = [weight.item() for weight in model.get_weights()]
print(f"Keras: w = {keras_w:.6f}, b = {keras_b:.6f}")
print(f"NumPy: w = {w:.6f}, b = {b:.6f}")

# %% equal
keras_losses = np.array(history.history["loss"])
apart = max(abs(w - keras_w), abs(b - keras_b))
losses_apart = np.abs(losses - keras_losses).max()
print(f"largest difference of w and b:       {apart:.0e}")
print(f"largest difference of the 50 losses: {losses_apart:.0e}")

# %% rates
small_path, small_losses = descend(learning_rate=0.001, steps=50)
large_path, large_losses = descend(learning_rate=0.2, steps=50)
figure, axes = plt.subplots(figsize=(5, 4))
axes.contour(ws, bs, surface, levels, colors="C0", linewidths=1)
axes.plot(*large_path[:6].T, "s-", color="C5", markersize=4, label="0.2")
axes.plot(*path.T, "o-", color="C1", markersize=4, label="0.1")
axes.plot(*small_path.T, "^-", color="C3", markersize=4, label="0.001")
axes.plot(2, -1, "*", color="C2", markersize=12, label="goal")
axes.set(xlabel="weight w", ylabel="bias b", xlim=(-4, 7), ylim=(-4, 6))
figure.legend(loc="outside upper center", ncols=4, title="learning rate")
plt.show()

# %% curves
figure, axes = plt.subplots()
axes.plot(large_losses, color="C5", label="0.2")
axes.plot(small_losses, color="C3", label="0.001")
axes.plot(losses, color="C1", label="0.1")
axes.set(xlabel="step", ylabel="loss", yscale="log")
axes.legend(title="learning rate")
plt.show()

# %% limit
tried = [0.16, 0.17, 0.18, 0.19]
ends = [descend(rate, 500)[1][-1] for rate in tried]
for rate, end in zip(tried, ends):
    print(f"learning rate {rate}: loss {end:.0e} in step 500")

curvature = 2 * np.array([[np.mean(x * x), x.mean()], [x.mean(), 1]])
flattest, steepest = np.linalg.eigvalsh(curvature)
limit = 2 / steepest
print(f"steepest curvature {steepest:.2f}, limit {limit:.3f}")

# %% stochastic
order = np.random.default_rng(1)
single_w, single_b = start_w, start_b
single_path = [(single_w, single_b)]
for epoch in range(20):
    for i in order.permutation(len(x)):
        error = (single_w * x[i] + single_b - y[i]).item()
        single_w = single_w - 0.02 * 2 * error * x[i].item()
        single_b = single_b - 0.02 * 2 * error
        single_path.append((single_w, single_b))
all_path, _ = descend(learning_rate=0.02, steps=20)
single_loss, all_loss = loss(*single_path[-1]), loss(*all_path[-1])
print(f"{len(single_path) - 1:3} steps of one point:  loss {single_loss:.4f}")
print(f"{len(all_path) - 1:3} steps of six points: loss {all_loss:.4f}")

# %% wobble
figure, axes = plt.subplots(figsize=(5, 4))
axes.contour(ws, bs, surface, levels, colors="C0", linewidths=1)
axes.plot(*np.transpose(single_path), color="C3", label="one point a step")
axes.plot(*all_path.T, "o-", color="C1", markersize=4, label="six a step")
axes.plot(2, -1, "*", color="C2", markersize=12, label="goal")
axes.set(xlabel="weight w", ylabel="bias b", xlim=(-2, 4), ylim=(-2, 3))
figure.legend(loc="outside upper center", ncols=3)
plt.show()

# %% check
assert apart < 1e-5, f"the page says NumPy and Keras agree; {apart} apart"
assert abs(gradient_w - tape_w) < 1e-4 and abs(gradient_b - tape_b) < 1e-4
assert losses[-1] < 1e-3 < 1 < small_losses[-1] < large_losses[-1]
assert single_loss < all_loss
