"""What runs inside an example's kernel, so that an example needs no code of ours.

IPython loads this file as an extension before the first cell. Everything a page shows from a run passes through here,
so the file's bytes are part of every result's key.
"""

import json
import math
import os
import sys
import threading
import time
import traceback
from contextlib import suppress
from types import ModuleType
from typing import Any

import numpy as np
import rich.markup
import zmq
from wrapt import when_imported

SUMMARY = "application/vnd.keras.summary+json"
VALUES = "application/vnd.example.values+json"
EXCEPTIONS = "application/vnd.example.exceptions+json"  # those that ended threads
PROGRESS = "application/vnd.example.progress+json"

LONGEST = 1000  # numbers in an array or list, characters in a string, that are kept as a value
OF_IPYTHON = {"In", "Out", "exit", "quit", "get_ipython", "open"}


def load_ipython_extension(shell: Any) -> None:
    """Prepare a kernel: the chosen images, figures as SVG, summaries and epochs as data, values on request."""
    shell.config.InlineBackend.figure_formats = {"svg"}
    shell.compile.get_code_name = lambda raw, code, number: f"<cell {number}>"  # shown by warnings; a path would differ
    publish = shell.display_pub.publish
    keep_all_outputs(shell.kernel.iopub_thread)
    for name in ("exit", "quit"):  # IPython's end a session only after the cells that follow
        shell.user_ns[name] = sys.exit
    exceptions = exceptions_in_threads()
    if images := os.environ.get("CIFAR10_IMAGES"):
        use_images(images)
    publish_summaries(publish)
    publish_epochs(publish)
    shell.register_magic_function(
        lambda _: publish({VALUES: values(shell.user_ns), EXCEPTIONS: exceptions}), magic_name="values"
    )


def keep_all_outputs(thread: Any) -> None:
    """Let outputs wait for a busy builder; by default ZeroMQ silently drops those beyond a thousand."""
    thread.schedule(lambda: thread.socket.set(zmq.XPUB_NODROP, 1))  # SNDHWM=0 is late for a client that connects later


def exceptions_in_threads() -> list[dict[str, Any]]:
    """A list that collects every exception that ends a thread, with its place; IPython would ignore them."""
    found: list[dict[str, Any]] = []

    def note(args: threading.ExceptHookArgs) -> None:
        if issubclass(args.exc_type, SystemExit):
            return
        frames = [frame for frame in traceback.extract_tb(args.exc_traceback) if frame.filename.startswith("<cell ")]
        cell, line = (int(frames[-1].filename[6:-1]), frames[-1].lineno) if frames else (1, 1)
        message = f"{args.exc_type.__name__}: {args.exc_value} (in a thread)"
        found.append({"cell": cell, "line": line, "message": message})

    threading.excepthook = note
    return found


def use_images(path: str) -> None:
    """Let `keras.datasets.cifar10.load_data()` return the images of an .npz file.

    The file holds x_train (n, 32, 32, 3) uint8, y_train (n, 1) uint8, and x_test and y_test of the same kind.
    """

    @when_imported("keras.src.datasets.cifar10")
    def replace(module: ModuleType) -> None:
        def load_data() -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
            with np.load(path) as images:
                return (images["x_train"], images["y_train"]), (images["x_test"], images["y_test"])

        module.load_data = load_data


def publish_summaries(publish: Any) -> None:
    """Let `model.summary()` give its rows as data beside its text."""

    @when_imported("keras.src.utils.summary_utils")
    def replace(module: ModuleType) -> None:
        original = module.print_summary

        def print_summary(model: Any, *args: Any, print_fn: Any = None, **options: Any) -> None:
            if print_fn:
                return original(model, *args, print_fn=print_fn, **options)
            lines: list[str] = []
            original(model, *args, print_fn=lambda text, **_: lines.append(text), **options)
            data = {
                "name": model.name,
                "layers": [layer_row(layer, module.format_layer_shape(layer)) for layer in model.layers],
                "total": model.count_params(),
                "trainable": module.count_params(model.trainable_weights),
                "non_trainable": module.count_params(model.non_trainable_weights),
            }
            publish({SUMMARY: data, "text/plain": "\n".join(lines).strip()})

        module.print_summary = print_summary


def layer_row(layer: Any, output_shape: str) -> dict[str, Any]:
    """One row of a summary: the layer, its output's shape, and the shapes of the weights that its count adds up."""
    return {
        "name": layer.name,
        "type": type(layer).__name__,
        "output_shape": rich.markup.render(output_shape).plain,
        "parameters": layer.count_params() if layer.built else 0,
        "weights": [{"name": weight.name, "shape": list(weight.shape)} for weight in layer.weights],
    }


def publish_epochs(publish: Any) -> None:
    """Tell the builder, at most five times a second, which epoch a training has reached."""

    @when_imported("keras.src.callbacks.callback_list")
    def extend(module: ModuleType) -> None:
        original = module.CallbackList.on_epoch_begin
        last = 0.0

        def on_epoch_begin(self: Any, epoch: int, logs: Any = None) -> None:
            nonlocal last
            if time.monotonic() - last > 0.2:
                last = time.monotonic()
                publish({PROGRESS: {"epoch": epoch + 1, "epochs": self.params.get("epochs")}})
            original(self, epoch, logs)

        module.CallbackList.on_epoch_begin = on_epoch_begin


def values(namespace: dict[str, Any]) -> dict[str, Any]:
    """Every name of a namespace whose value a page may quote, ready for JSON (see `plain`)."""
    found = {}
    for name, value in namespace.items():
        if name.startswith("_") or name in OF_IPYTHON:
            continue
        with suppress(Exception):  # an object may raise anything when it is inspected, and a list may contain itself
            encoded = plain(value)
            json.dumps(encoded, ensure_ascii=False).encode()  # as it is sent
            found[name] = encoded
    return found


def plain(value: Any) -> Any:
    """A value as JSON can hold it: what JSON knows as itself, the rest as a dict with one key that tells the kind.

    Numbers, strings, short lists, tuples and dicts with names for keys, small arrays, and Keras's `History` by its
    attributes `history` and `params`. Of a large array only shape and dtype are kept.

    Raises TypeError for anything else.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": repr(value)}  # JSON has no word for it
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str) and len(value) <= LONGEST:
        return value
    if isinstance(value, np.ndarray) and value.dtype.kind in "biufU":
        if value.size > LONGEST:
            return {"large array": {"shape": plain(value.shape), "dtype": str(value.dtype)}}
        return {"array": {"items": plain(value.tolist()), "dtype": str(value.dtype)}}
    if isinstance(value, tuple) and len(value) <= LONGEST:
        return {"tuple": [plain(item) for item in value]}
    if isinstance(value, list) and len(value) <= LONGEST:
        return [plain(item) for item in value]
    if isinstance(value, dict) and len(value) <= LONGEST and all(isinstance(key, str) for key in value):
        return {"dict": {key: plain(item) for key, item in value.items()}}
    if isinstance(getattr(value, "history", None), dict):
        return {"History": {"history": plain(value.history), "params": plain(value.params)}}
    raise TypeError(f"no plain value: {type(value).__name__}")
