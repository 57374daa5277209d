"""The stand-in for CIFAR-10 keeps its shapes, its seed, and how networks fare on it."""

import numpy as np
import pytest

from engine.standin import draw


def test_shapes_and_types_are_those_of_cifar10():
    images, labels = draw(20, seed=1)
    assert (images.shape, images.dtype) == ((20, 32, 32, 3), np.uint8)
    assert (labels.shape, labels.dtype) == ((20, 1), np.uint8)


def test_classes_are_balanced_and_shuffled():
    _, labels = draw(200, seed=1)
    assert np.bincount(labels[:, 0]).tolist() == [20] * 10
    assert len(set(labels[:10, 0].tolist())) < 10


def test_the_same_seed_draws_the_same_pictures():
    for first, second in zip(draw(100, seed=1), draw(100, seed=1), strict=True):
        np.testing.assert_array_equal(first, second)


def test_another_seed_draws_others():
    images, others = draw(100, seed=1)[0], draw(100, seed=2)[0]
    assert not {image.tobytes() for image in images} & {image.tobytes() for image in others}


def test_every_picture_has_light_and_shade():
    images, _ = draw(200, seed=1)
    assert images.std(axis=(1, 2, 3)).min() > 8


def test_average_colours_tell_classes_apart_only_a_little():
    images, labels = draw(2000, seed=1)
    new_images, new_labels = draw(500, seed=2)
    means = np.stack([images[labels[:, 0] == label].mean(axis=0) for label in range(10)])
    distances = ((new_images[:, np.newaxis] - means) ** 2).mean(axis=(2, 3, 4))  # (500, 10)
    accuracy = (distances.argmin(axis=1) == new_labels[:, 0]).mean()
    assert 0.15 < accuracy < 0.5  # 0.1 is chance


@pytest.mark.slow
def test_a_convolutional_network_sees_more_than_a_dense_one():
    from keras import layers

    def convolution(filters, strides):
        yield layers.Conv2D(filters, 3, strides, padding="same")
        yield from normalized()

    def normalized():
        yield from (layers.BatchNormalization(), layers.LeakyReLU())

    dense = accuracy_of(layers.Flatten(), layers.Dense(200, "relu"), layers.Dense(150, "relu"))
    convolutional = accuracy_of(
        *convolution(filters=32, strides=1),
        *convolution(filters=32, strides=2),
        *convolution(filters=64, strides=1),
        *convolution(filters=64, strides=2),
        layers.Flatten(),
        layers.Dense(128),
        *normalized(),
        layers.Dropout(0.5),
    )
    assert 0.4 < dense < 0.75
    assert dense + 0.1 < convolutional < 0.99


def accuracy_of(*hidden_layers) -> float:
    """Accuracy on 1,000 new pictures after ten epochs on 5,000."""
    import keras

    keras.utils.set_random_seed(1)
    (images, labels), (new_images, new_labels) = draw(5000, seed=1), draw(1000, seed=2)
    model = keras.Sequential([*hidden_layers, keras.layers.Dense(10, "softmax")])
    model.compile(
        optimizer=keras.optimizers.Adam(0.0005),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    model.fit(images / 255, labels, batch_size=32, epochs=10, verbose=0)
    return model.evaluate(new_images / 255, new_labels, verbose=0)[1]
