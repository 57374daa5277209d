# %% data
import keras
import matplotlib.pyplot as plt
import numpy as np

(x_train, y_train), (x_test, y_test) = keras.datasets.cifar10.load_data()
class_names = [
    "airplane", "automobile", "bird", "cat", "deer",
    "dog", "frog", "horse", "ship", "truck",
]
train_counts = np.bincount(y_train.ravel(), minlength=10)
test_counts = np.bincount(y_test.ravel(), minlength=10)
for name, train, test in zip(class_names, train_counts, test_counts):
    print(f"{name:10} {train:5} to train, {test:4} to test")

# %% grid
figure, grid = plt.subplots(10, 5, figsize=(4, 6.8))
for label, row in enumerate(grid):
    row[0].text(-4, 16, class_names[label], ha="right", va="center")
    places = np.flatnonzero(y_train == label)
    for axes, i in zip(row, places):
        axes.imshow(x_train[i])
        axes.axis("off")
plt.show()

# %% means
figure, grid = plt.subplots(2, 5, figsize=(5, 2.6))
for label, axes in enumerate(grid.flat):
    mean = x_train[y_train.ravel() == label].mean(axis=0)
    axes.imshow(mean.astype("uint8"))
    axes.set_title(class_names[label], fontsize=10)
    axes.axis("off")
plt.show()

# %% twice
known = {picture.tobytes() for picture in x_train}
twice = [picture.tobytes() in known for picture in x_test]
print("different training pictures:", len(known), "of", len(x_train))
print("test pictures that are training pictures too:", sum(twice))

# %% check
assert len(known) <= len(x_train)
