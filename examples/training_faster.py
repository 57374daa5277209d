# %% data
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(1)
(x_train, y_train), _ = keras.datasets.cifar10.load_data()
x_few = x_train[:4000].astype("float32").reshape(-1, 3072) / 255
y_few = y_train[:4000]
print(len(x_few), "pictures of", x_few.shape[1], "numbers")

# %% learning_rates
def loss_after(batch_size, learning_rate, epochs=4):
    keras.utils.set_random_seed(1)
    model = keras.Sequential([
        keras.Input(shape=(3072,)),
        keras.layers.Dense(64, activation="relu"),
        keras.layers.Dense(10, activation="softmax"),
    ])
    sgd = keras.optimizers.SGD(learning_rate)
    model.compile(optimizer=sgd, loss="sparse_categorical_crossentropy")
    history = model.fit(
        x_few, y_few, batch_size=batch_size, epochs=epochs, verbose=0
    )
    return history.history["loss"][-1]


print(f"loss {loss_after(batch_size=32, learning_rate=0.01):.2f}")

# %% table
batch_sizes = (8, 32, 128, 512)
learning_rates = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
losses = np.array([
    [loss_after(size, rate) for rate in learning_rates]
    for size in batch_sizes
])
best_rates = [learning_rates[i] for i in np.nanargmin(losses, axis=1)]
for size, rate in zip(batch_sizes, best_rates):
    print(f"batch size {size}: best with learning rate {rate}")

# %% table_drawn
figure, axes = plt.subplots(figsize=(5, 3.2))
axes.imshow(np.nan_to_num(losses, nan=9), cmap="Blues_r", vmin=0.9, vmax=3)
for (row, column), loss in np.ndenumerate(losses):
    axes.text(column, row, f"{loss:.2f}", color="black", ha="center", va="center")
axes.set_xticks(range(6), [str(rate) for rate in learning_rates])
axes.set_yticks(range(4), [str(size) for size in batch_sizes])
axes.set(xlabel="learning rate", ylabel="batch size")
axes.grid(False)
plt.show()

# %% forward
def spreads(scale, layers=20, units=100):
    random = np.random.default_rng(1)
    numbers = random.normal(size=(200, units))
    found = []
    for _ in range(layers):
        weights = random.normal(scale=scale, size=(units, units))
        numbers = np.maximum(numbers @ weights, 0)  # relu
        found.append(numbers.std())
    return found


he = np.sqrt(2 / 100)
by_scale = {name: spreads(scale) for name, scale in
            {"0.05": 0.05, "He": he, "0.3": 0.3}.items()}
for name, found in by_scale.items():
    print(f"scale {name:4}: {found[0]:.1e} in layer 1,", end=" ")
    print(f"{found[-1]:.1e} in layer 20")

# %% forward_drawn
figure, axes = plt.subplots(figsize=(5, 3.2))
for (name, found), style in zip(by_scale.items(), ("s--", "o-", "^:")):
    axes.plot(range(1, 21), found, style, label=f"scale {name}")
axes.set(xlabel="layer", ylabel="spread of the outputs", yscale="log")
axes.set_xticks([1, 5, 10, 15, 20])
axes.legend()
plt.show()

# %% deep
def deep(activation, initializer, normalised=False):
    keras.utils.set_random_seed(1)
    layers = [keras.Input(shape=(3072,))]
    for _ in range(10):
        layers.append(
            keras.layers.Dense(64, kernel_initializer=initializer)
        )
        if normalised:
            layers.append(keras.layers.BatchNormalization())
        layers.append(keras.layers.Activation(activation))
    layers.append(keras.layers.Dense(10, activation="softmax"))
    return keras.Sequential(layers)


print(deep("sigmoid", "glorot_uniform").count_params(), "parameters")

# %% gradients
def gradient_sizes(model):
    loss_of = keras.losses.SparseCategoricalCrossentropy()
    with tf.GradientTape() as tape:
        loss = loss_of(y_few[:256], model(x_few[:256], training=True))
    dense = [layer for layer in model.layers if "dense" in layer.name]
    kernels = [layer.kernel.value for layer in dense]
    slopes = tape.gradient(loss, kernels)
    return [float(tf.norm(slope)) for slope in slopes[:10]]


sigmoid = gradient_sizes(deep("sigmoid", "glorot_uniform"))
relu = gradient_sizes(deep("relu", "he_normal"))
print(f"sigmoid: layer 1 {sigmoid[0]:.0e}, layer 10 {sigmoid[-1]:.0e}")
print(f"relu:    layer 1 {relu[0]:.0e}, layer 10 {relu[-1]:.0e}")

# %% gradients_drawn
figure, axes = plt.subplots(figsize=(5, 3.2))
axes.plot(range(1, 11), sigmoid, "s--", label="sigmoid, Glorot")
axes.plot(range(1, 11), relu, "o-", label="relu, He")
axes.set(xlabel="layer", ylabel="size of the gradient", yscale="log")
axes.set_xticks(range(1, 11))
axes.legend()
plt.show()

# %% normalise
batch = np.array([[1, 200], [2, 400], [3, 600], [4, 800]], "float32")
mean, variance = batch.mean(axis=0), batch.var(axis=0)
by_hand = (batch - mean) / np.sqrt(variance + 0.001)
layer = keras.layers.BatchNormalization()
by_keras = np.array(layer(batch, training=True))
print(by_keras.round(2))
print("as by hand:", np.allclose(by_hand, by_keras, atol=1e-4))
print("means:", by_keras.mean(axis=0).round(3) + 0)

# %% moving
one = np.array([[3, 600]], "float32")
first_answer = np.array(layer(one, training=False))[0]
for _ in range(1000):
    layer(batch, training=True)
later_answer = np.array(layer(one, training=False))[0]
print("after 1 batch:    ", first_answer.round(2))
print("after 1001 batches:", later_answer.round(2))
print("in the batch:      ", by_keras[2].round(2))

# %% train
def learn(model, epochs=10):
    sgd = keras.optimizers.SGD(0.05)
    model.compile(optimizer=sgd, loss="sparse_categorical_crossentropy")
    history = model.fit(x_few, y_few, epochs=epochs, verbose=0)
    return history.history["loss"]


curves = {
    "sigmoid": learn(deep("sigmoid", "glorot_uniform")),
    "relu": learn(deep("relu", "he_normal")),
    "sigmoid, normalised": learn(
        deep("sigmoid", "glorot_uniform", normalised=True)
    ),
    "relu, normalised": learn(deep("relu", "he_normal", normalised=True)),
}
for name, curve in curves.items():
    print(f"{name:20} loss {curve[-1]:.2f}")

# %% curves_drawn
figure, axes = plt.subplots(figsize=(5, 3.6))
styles = ("s--", "o-", "v:", "^-.")
for (name, curve), style in zip(curves.items(), styles):
    axes.plot(range(1, len(curve) + 1), curve, style, label=name)
axes.set(xlabel="epoch", ylabel="loss", ylim=(1, 2.8))
axes.legend(fontsize=9, ncols=2, loc="upper center")
plt.show()

# %% check
assert np.allclose(by_hand, by_keras, atol=1e-4)
assert sigmoid[0] < sigmoid[-1] / 1000 and relu[0] > relu[-1] / 100
