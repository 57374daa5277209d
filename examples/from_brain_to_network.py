# %% cell
import keras
import matplotlib.pyplot as plt
import numpy as np

rest, threshold, peak = -70, -50, 30  # millivolts

def cell(stimulus):
    voltage, trace = rest, []
    for _ in range(1000):  # 0.1 milliseconds each
        voltage = rest if voltage == peak else voltage
        voltage += (rest + stimulus - voltage) / 100  # pushed, and leaking
        voltage = peak if voltage >= threshold else voltage
        trace.append(voltage)
    return np.array(trace)

print(f"after 100 ms: {cell(10)[-1]:.1f} mV")

# %% excite
stimuli = [19, 22, 44]  # millivolts
traces = [cell(stimulus) for stimulus in stimuli]
counts = [int((trace == peak).sum()) for trace in traces]
peaks = [float(trace.max()) for trace in traces]
for stimulus, count, highest in zip(stimuli, counts, peaks):
    print(f"{stimulus} mV: {count:2} impulses, up to {highest:.1f} mV")

# %% impulses
milliseconds = np.arange(1, 1001) / 10
figure, panels = plt.subplots(3, 1, figsize=(5, 5), sharex=True, sharey=True)
for axes, stimulus, trace in zip(panels, stimuli, traces):
    axes.plot(milliseconds, trace)
    axes.axhline(threshold, linestyle=":", color="C1")
    axes.set_title(f"stimulus {stimulus} mV")
panels[1].set_ylabel("voltage (mV)")
panels[2].set_xlabel("milliseconds")
plt.show()

# %% neuron
def relu(total):
    return np.maximum(0, total)

w = np.array([0.8, -1.0, 0.4])
b = -0.3
for x in (np.array([0.9, 0.2, 0.5]), np.array([0.9, 0.7, 0.5])):
    total = w @ x + b
    print(f"{w * x}: sum {total:.2f}, output {relu(total):.2f}")

# %% rate
strengths = np.linspace(0, 60, 61)
rates = [10 * int((cell(s) == peak).sum()) for s in strengths]
outputs = relu(strengths - 20)
figure, (top, bottom) = plt.subplots(2, 1, figsize=(5, 4.4), sharex=True)
top.plot(strengths, rates)
top.set(ylabel="impulses per second")
bottom.plot(strengths, outputs, color="C2")
bottom.set(xlabel="stimulus", ylabel="output")
for axes in (top, bottom):
    axes.axvline(20, linestyle=":", color="C1")
plt.show()

# %% alone
inputs = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
wanted = np.array([0, 1, 1, 0])
values = np.linspace(-2, 2, 17)
w1, w2, bias = np.array(np.meshgrid(values, values, values)).reshape(3, -1)
answers = inputs @ [w1, w2] + bias > 0  # (4 cases, 4913 neurons)
right = (answers == wanted[:, None]).sum(axis=0)
tried, best = len(right), right.max()
print(f"{tried} neurons, at best {best} of 4 right")

# %% network
hidden = relu(inputs @ [[1, 1], [1, 1]] + [0, -1])  # (4 cases, 2 units)
output = hidden @ [1, -2]  # (4 cases,)
for case, units, answer in zip(inputs, hidden, output):
    print(f"{case} -> hidden {units} -> light {answer}")

# %% table
names = [
    "Mercury", "Venus", "Earth", "Mars",
    "Jupiter", "Saturn", "Uranus", "Neptune",
]
mass = [0.0553, 0.815, 1, 0.107, 317.8, 95.16, 14.54, 17.15]
distance = [0.387, 0.723, 1, 1.524, 5.203, 9.537, 19.19, 30.07]
period = [0.241, 0.615, 1, 1.881, 11.86, 29.46, 84.02, 164.8]
table = np.column_stack([mass, distance, period])
print("shape", table.shape)
print(f"{'':8}{'mass':>9}{'distance':>10}{'period':>9}")
for name, row in zip(names, table):
    print(f"{name:8}{row[0]:9.2f}{row[1]:10.2f}{row[2]:9.2f}")

# %% columns
names_of_columns = np.array(["mass", "distance", "period"])
order = [2, 0, 1]
for name, number in zip(names_of_columns[order], table[3, order]):
    print(f"{name:9}{number:8.3f}")

# %% picture
(x_train, _), _ = keras.datasets.cifar10.load_data()
picture = x_train[1]
patch = picture[12:18, 12:18, 0]
figure, (left, right) = plt.subplots(1, 2, figsize=(5, 2.8))
left.imshow(picture)
left.set_title("one picture")
right.imshow(patch, cmap="gray", vmin=0, vmax=255)
for (row, column), red in np.ndenumerate(patch):
    colour = "white" if red < 118 else "black"
    right.text(column, row, red, ha="center", va="center", size=8, color=colour)
right.set_title("red in 6 × 6 pixels")
for axes in (left, right):
    axes.axis("off")
plt.show()
print("shape", picture.shape, "=", picture.size, "numbers")

# %% shuffle
order = np.random.default_rng(1).permutation(32 * 32)
shuffled = picture.reshape(-1, 3)[order].reshape(32, 32, 3)
figure, (left, right) = plt.subplots(1, 2, figsize=(5, 2.8))
left.imshow(picture)
left.set_title("one picture")
right.imshow(shuffled)
right.set_title("the same pixels, shuffled")
for axes in (left, right):
    axes.axis("off")
plt.show()

# %% text
sentence = "A cat. 猫。"
codes = [ord(character) for character in sentence]
print(codes)
first, second = "dog bites man", "man bites dog"
same_letters = sorted(first) == sorted(second)
print("same letters:  ", same_letters)
print("same sentence: ", first == second)

# %% sound
sample_rate = 16000  # numbers per second
seconds = np.arange(0, 0.01, 1 / sample_rate)
wave = 0.6 * np.sin(2 * np.pi * 440 * seconds)
wave += 0.3 * np.sin(2 * np.pi * 880 * seconds)
figure, axes = plt.subplots(figsize=(5, 2.6))
axes.plot(1000 * seconds, wave, marker=".")
axes.set(xlabel="milliseconds", ylabel="air pressure")
plt.show()
print(len(wave), "numbers, the first:", wave[:4].round(3))

# %% faces
drawn = {
    "smile": ["..#..#..", "........", ".#....#.", "..#..#..", "...##..."],
    "frown": ["..#..#..", "........", "...##...", "..#..#..", ".#....#."],
}
faces = {
    name: np.array([[dot == "#" for dot in row] for row in rows], dtype=int)
    for name, rows in drawn.items()
}
print(faces["smile"])

# %% strokes
def strokes(face):
    down = relu(face[:-1, :-1] + face[1:, 1:] - 1)  # "\" of two pixels
    up = relu(face[:-1, 1:] + face[1:, :-1] - 1)  # "/" of two pixels
    flat = relu(face[1:, :-1] + face[1:, 1:] - 1)  # "-" of two pixels
    return down, up, flat

figure, grid = plt.subplots(2, 4, figsize=(5, 2.2))
for row, (name, face) in zip(grid, faces.items()):
    maps = [face, *strokes(face)]
    for axes, pixels, title in zip(row, maps, [name, "\\", "/", "-"]):
        axes.imshow(pixels, cmap="Blues", vmin=0, vmax=1.4)
        axes.set_title(title)
        axes.set(xticks=[], yticks=[])
plt.show()

# %% smile
def smile(face):
    down, up, flat = strokes(face)
    left_corner = down[:, :4].max()
    right_corner = up[:, 4:].max()
    return relu(left_corner + flat.max() + right_corner - 2)

seen = {name: int(smile(face)) for name, face in faces.items()}
print(seen)

# %% learn
x, y = np.log10(distance), np.log10(period)
w, weights, losses = 0.0, [], []
for step in range(30):
    prediction = w * x  # forward
    losses.append(((prediction - y) ** 2).mean())  # the loss
    slope = (2 * (prediction - y) * x).mean()  # the way back
    w -= 0.2 * slope
    weights.append(w)
for step in (1, 2, 3, 10, 30):
    print(f"step {step:2}: loss {losses[step - 1]:.1e}", end=", ")
    print(f"then w = {weights[step - 1]:.4f}")

# %% lines
figure, axes = plt.subplots()
for step in (1, 3, 30):
    axes.plot(x, weights[step - 1] * x, label=f"after step {step}")
axes.scatter(x, y, color="C5", zorder=3, label="the eight planets")
axes.set(xlabel="log₁₀ of the distance", ylabel="log₁₀ of the period")
axes.legend()
plt.show()

# %% pluto
pluto_distance, pluto_period = 39.48, 247.9
one_weight = pluto_distance ** w
curve = np.polynomial.Polynomial.fit(distance, period, deg=7)
eight_weights = curve(pluto_distance)
worst = np.abs(curve(np.array(distance)) - period).max()
print(f"Pluto's year:  {pluto_period:8.1f}")
print(f"one weight:    {one_weight:8.1f}")
print(f"eight weights: {eight_weights:8.1f}")
print(f"eight weights, on planets: off by {worst:.0e}")

# %% curve
figure, axes = plt.subplots()
line = np.linspace(0.3, pluto_distance, 300)
axes.plot(line, curve(line), color="C1", label="eight weights")
axes.plot(line, line ** w, color="C2", label="one weight")
axes.scatter(distance, period, zorder=3, label="the eight planets")
axes.scatter(pluto_distance, pluto_period, c="C5", marker="D", label="Pluto")
axes.set(xlabel="distance", ylabel="period", ylim=(-150, 400))
axes.legend(loc="upper left")
plt.show()

# %% check
assert list(seen.values()) == [1, 0]
assert best == 3 and (output == wanted).all()
assert abs(w - 1.5) < 0.01
