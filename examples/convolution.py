# %% data
import itertools

import keras
import matplotlib.pyplot as plt
import numpy as np

keras.utils.set_random_seed(1)
_, (x_test, y_test) = keras.datasets.cifar10.load_data()
ship = int((y_test.ravel() == 8).argmax())  # the first one; class 8 is ship
picture = x_test[ship] / 255
grey = picture.mean(axis=2)
print("picture", picture.shape, "from", picture.min(), "to", picture.max())
print("grey   ", grey.shape)

# %% pictures
figure, (left, right) = plt.subplots(1, 2, figsize=(5, 2.7))
left.imshow(picture)
left.set_title("three channels")
right.imshow(grey, cmap="gray", vmin=0, vmax=1)
right.set_title("grey: their mean")
for axes in (left, right):
    axes.axis("off")
plt.show()

# %% moved
moved = np.roll(picture, 1, axis=1)  # one pixel to the right
changed = int((moved != picture).sum())
print(changed, "of", picture.size, "numbers have changed")

# %% unit
line = np.zeros((7, 7))
line[1:6, 3] = 1
moved_line = np.roll(line, 1, axis=1)
weights = line  # a unit that looks for this line
at_home = (weights * line).sum()
one_further = (weights * moved_line).sum()
print("the line at its place:", at_home)
print("one pixel further:    ", one_further)

# %% lines
def draw(axes, numbers, title):
    axes.imshow(numbers, cmap="Blues", vmax=2 * numbers.max() + 1)
    for (row, column), n in np.ndenumerate(numbers):
        text = f"{n:.0f}".replace("-", "−")
        axes.text(column, row, text, ha="center", va="center", color="black")
    axes.set(title=title, xticks=[], yticks=[], frame_on=False)

figure, (left, right) = plt.subplots(1, 2, figsize=(5, 2.8))
draw(left, line, f"the unit answers {at_home:.0f}")
draw(right, moved_line, f"the unit answers {one_further:.0f}")
plt.show()

# %% parameters
dense = keras.Sequential([
    keras.Input(shape=(32, 32, 3)),
    keras.layers.Flatten(),
    keras.layers.Dense(32),
])
convolutional = keras.Sequential([
    keras.Input(shape=(32, 32, 3)),
    keras.layers.Conv2D(32, kernel_size=3, padding="same"),
])
counts = [dense.count_params(), convolutional.count_params()]
outputs = [np.prod(m.output_shape[1:]) for m in (dense, convolutional)]
print("dense:        ", counts[0], "parameters,", outputs[0], "outputs")
print("convolutional:", counts[1], "parameters,", outputs[1], "outputs")

# %% place
grid = np.array([
    [1, 1, 1, 8, 8],
    [1, 1, 1, 8, 8],
    [1, 1, 8, 8, 8],
    [1, 1, 8, 8, 8],
    [1, 8, 8, 8, 8],
])
vertical = np.array([[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]])
products = grid[0:3, 0:3] * vertical
print(products)
print("sum:", products.sum())

# %% slide
def convolve(picture, kernel, stride=1):
    size = len(kernel)
    rows = range(0, picture.shape[0] - size + 1, stride)
    columns = range(0, picture.shape[1] - size + 1, stride)
    return np.array([
        [np.sum(picture[r:r + size, c:c + size] * kernel) for c in columns]
        for r in rows
    ])

result = convolve(grid, vertical)
print(result)

# %% grids
figure, (left, middle, right) = plt.subplots(
    1, 3, figsize=(5, 2.4), width_ratios=[5, 3, 3]
)
draw(left, grid, "grid")
draw(middle, vertical, "filter")
draw(right, result, "result")
for at, colour in ((0, "C1"), (2, "C2")):  # the first place and the last
    corner = (at - 0.5, at - 0.5)
    frame = {"fill": False, "edgecolor": colour, "linewidth": 3}
    left.add_patch(plt.Rectangle(corner, 3, 3, **frame))
    right.add_patch(plt.Rectangle(corner, 1, 1, **frame))
plt.show()

# %% follows
seen = convolve(line, vertical)
seen_moved = convolve(moved_line, vertical)
print(seen[1])
print(seen_moved[1])
print("strongest:", seen.max(), "and", seen_moved.max())

# %% edges
horizontal = vertical.T
figure, panels = plt.subplots(1, 3, figsize=(5, 2.2))
panels[0].imshow(grey, cmap="gray", vmin=0, vmax=1)
panels[0].set_title("picture")
for axes, kernel, title in (
    (panels[1], vertical, "vertical edges"),
    (panels[2], horizontal, "horizontal edges"),
):
    axes.imshow(convolve(grey, kernel), cmap="gray", vmin=-1, vmax=1)
    axes.set_title(title)
for axes in panels:
    axes.axis("off")
plt.show()

# %% padding
def pad_same(picture, size, stride=1):
    outputs = -(-len(picture) // stride)  # rounded up
    missing = max((outputs - 1) * stride + size - len(picture), 0)
    first = missing // 2  # of an odd number, the larger part goes last
    border = [(first, missing - first)] * 2 + [(0, 0)] * (picture.ndim - 2)
    return np.pad(picture, border)

print(pad_same(grid, size=3))

# %% strides
figure, panels = plt.subplots(2, 2, figsize=(5, 5.2))
sizes = {}
for row, padding in zip(panels, ("valid", "same")):
    for axes, stride in zip(row, (1, 2)):
        padded = pad_same(grey, 3, stride) if padding == "same" else grey
        edges = convolve(padded, vertical, stride)
        size = sizes[f"{padding} {stride}"] = len(edges)
        axes.imshow(edges, cmap="gray", vmin=-1, vmax=1)
        axes.set_title(f"{padding}, stride {stride}: {size} × {size}")
        axes.set(xlim=(-0.5, 31.5), ylim=(31.5, -0.5))
        axes.axis("off")
plt.show()

# %% formula
agree = []
for n, k, s in itertools.product((28, 32, 33), (1, 2, 3, 5, 7), (1, 2, 3)):
    one = np.zeros((1, n, n, 1))
    valid = keras.layers.Conv2D(1, k, strides=s, padding="valid")(one)
    same = keras.layers.Conv2D(1, k, strides=s, padding="same")(one)
    agree.append(valid.shape[1] == (n - k) // s + 1)  # // rounds down
    agree.append(same.shape[1] == -(-n // s))  # and this rounds up
print(sum(agree), "of", len(agree), "sizes are as the formula says")

# %% layer
layer = keras.layers.Conv2D(filters=32, kernel_size=3)
maps = layer(picture[np.newaxis])
kernels, biases = layer.get_weights()
print("in     ", picture[np.newaxis].shape)
print("out    ", maps.shape)
print("kernels", kernels.shape)
print("biases ", biases.shape)
print(kernels.size, "+", biases.size, "=", layer.count_params())

# %% equal
differences = []
for padding, stride in itertools.product(("valid", "same"), (1, 2)):
    layer = keras.layers.Conv2D(
        32, 3, strides=stride, padding=padding, bias_initializer="normal"
    )
    theirs = np.array(layer(picture[np.newaxis]))[0]
    padded = pad_same(picture, 3, stride) if padding == "same" else picture
    kernels, biases = layer.get_weights()
    ours = [convolve(padded, kernels[..., i], stride) for i in range(32)]
    ours = np.stack(ours, axis=-1) + biases
    differences.append(float(abs(ours - theirs).max()))
    print(f"{padding:5} {stride}: {ours.shape}, {differences[-1]:.1e} apart")

# %% pool
answers = np.array([
    [0, 3, 1, 0],
    [2, 9, 0, 4],
    [7, 1, 5, 5],
    [0, 0, 6, 2],
])
squares = answers.reshape(2, 2, 2, 2)  # (row, row in it, column, column in it)
pooled = squares.max(axis=(1, 3))
averaged = squares.mean(axis=(1, 3))
theirs = keras.layers.MaxPooling2D(2)(answers.reshape(1, 4, 4, 1).astype(float))
same_as_keras = bool((np.array(theirs).reshape(2, 2) == pooled).all())
print(pooled)
print("the same as MaxPooling2D:", same_as_keras)

# %% pooling
figure, (left, right) = plt.subplots(
    1, 2, figsize=(5, 2.9), width_ratios=[2, 1]
)
draw(left, answers, "before")
draw(right, pooled, "after")
for i, (row, column) in enumerate(itertools.product((0, 1), (0, 1))):
    frame = {"fill": False, "edgecolor": f"C{i}", "linewidth": 3}
    corner = (2 * column - 0.45, 2 * row - 0.45)
    left.add_patch(plt.Rectangle(corner, 1.9, 1.9, **frame))
    corner = (column - 0.45, row - 0.45)
    right.add_patch(plt.Rectangle(corner, 0.9, 0.9, **frame))
plt.show()

# %% field
dots = np.eye(81).reshape(81, 9, 9, 1)  # 81 pictures, one lit pixel in each
fields, widths = [], []
answer = dots
for depth in (1, 2, 3):
    ones = keras.layers.Conv2D(1, 3, padding="same", kernel_initializer="ones")
    answer = ones(answer)
    field = np.array(answer)[:, 4, 4, 0].reshape(9, 9)  # the middle unit
    fields.append(field)
    widths.append(int(field.any(axis=0).sum()))
    print(f"after {depth}: the middle unit sees {widths[-1]} × {widths[-1]}")

# %% fields
figure, panels = plt.subplots(1, 3, figsize=(5, 2.2))
for axes, field, width, depth in zip(panels, fields, widths, (1, 2, 3)):
    axes.imshow(field, cmap="Blues")
    axes.set_title(f"layer {depth}: {width} × {width}")
    axes.set(xticks=[], yticks=[], frame_on=False)
plt.show()

# %% growth
reach, step, reaches = 1, 1, []
for filters, stride in ((32, 1), (32, 2), (64, 1), (64, 2)):
    reach += (3 - 1) * step
    step *= stride
    reaches.append(reach)
    name = f"Conv2D({filters}, 3, strides={stride})"
    print(f"{name}: sees {reach} × {reach}, units {step} apart")

# %% check
assert counts[1] == layer.count_params() == 3 * 3 * 3 * 32 + 32 == 896
assert max(differences) < 1e-5 and all(agree) and same_as_keras
assert widths == [3, 5, 7] and reaches == [3, 5, 9, 13]
answer = np.eye(33 * 33).reshape(-1, 33, 33, 1)
for stride, reach in zip((1, 2, 1, 2), reaches):
    answer = keras.layers.Conv2D(
        1, 3, strides=stride, padding="same", kernel_initializer="ones"
    )(answer)
    middle = answer.shape[1] // 2
    field = np.array(answer)[:, middle, middle, 0].reshape(33, 33)
    assert field.any(axis=0).sum() == reach, "the page names another reach"
