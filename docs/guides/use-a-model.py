"""Predictions of a trained model without Synergos: its files, a CSV file, and numpy (or PyTorch with --torch).

    python use-a-model.py MODEL_DIRECTORY preprocessing.json data.csv [--torch] > predictions.csv

MODEL_DIRECTORY holds manifest.json and global_model.safetensors. See use-a-model.md.
"""

import csv
import json
import re
import sys
from pathlib import Path

import numpy as np


def read_safetensors(path):
    """The tensors of a file by name: a length, a JSON header, the values."""
    raw = Path(path).read_bytes()
    length = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8 : 8 + length])
    header.pop("__metadata__", None)
    tensors = {}
    for name, tensor in header.items():
        assert tensor["dtype"] == "F32", tensor["dtype"]
        start, end = (8 + length + at for at in tensor["data_offsets"])
        tensors[name] = np.frombuffer(raw[start:end], "<f4").reshape(tensor["shape"])
    return tensors


def number(text):
    """A numeric cell; NaN if it is empty. Booleans are 0 and 1."""
    text = text.strip().lower()
    if text in ("true", "yes"):
        return 1.0
    if text in ("false", "no"):
        return 0.0
    try:
        return float(text)
    except ValueError:
        return float("nan")


def level(text):
    """A category cell; None if it is empty. `1`, `1.0` and `01` are the level `1`."""
    text = text.strip()
    if text == "" or text.lower() == "nan":
        return None
    if re.fullmatch(r"[-+]?(?=[\d.]{1,15}$)\d+(\.\d+)?", text):
        value = float(text)
        return str(int(value)) if value.is_integer() else repr(value)
    return text


def prepare(rows, preprocessing):
    """Rows of a CSV file as the model's input: features in order, zeros for a level or a column that is not there."""
    position = {name: at for at, name in enumerate(preprocessing["features"])}
    inputs = np.zeros((len(rows), len(position)))
    for column in preprocessing["columns"]:
        name, filler, limits = column["name"], column["filler"], column["range"]
        if not rows or name not in rows[0]:
            continue
        for row, cells in enumerate(rows):
            if column["type"] == "category":
                value = level(cells[name])
                at = position.get(f"{name}_{filler if value is None else value}")
                if at is not None:
                    inputs[row, at] = 1
                continue
            value = number(cells[name])
            if np.isnan(value):
                if filler is None:
                    raise SystemExit(f"column {name!r} has an empty cell and the file names no filler for it")
                value = filler
            if limits is None and preprocessing["scaling"] != "none":
                raise SystemExit(f"column {name!r} has no range: use the participant's own preprocessing.json")
            if limits is not None:
                least, most = limits
                value = (value - least) / (most - least) if most > least else 0
            inputs[row, position[name]] = value
    return inputs.astype(np.float32)


def softmax(values):
    powers = np.exp(values - values.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


ACTIVATIONS = {
    "": lambda values: values,
    "relu": lambda values: np.maximum(values, 0),
    "tanh": np.tanh,
    "sigmoid": lambda values: 1 / (1 + np.exp(-values)),
    "softmax": softmax,
    "log_softmax": lambda values: np.log(softmax(values)),
}


def with_numpy(layers, tensors, inputs):
    values = inputs
    for index, layer in enumerate(layers):
        assert layer["l_type"] == "Linear", f"this example knows Linear layers, not {layer['l_type']}"
        values = values @ tensors[f"{index}.weight"].T
        if f"{index}.bias" in tensors:
            values = values + tensors[f"{index}.bias"]
        values = ACTIVATIONS[layer.get("activation") or ""](values)
    return values


def with_torch(layers, tensors, inputs):
    import torch

    # Tensors are named as in the state dict of a ModuleList of the layers.
    modules = torch.nn.ModuleList(
        torch.nn.Linear(**{k: v for k, v in layer["structure"].items() if k in ("in_features", "out_features", "bias")})
        for layer in layers
    )
    modules.load_state_dict({name: torch.from_numpy(value.copy()) for name, value in tensors.items()})
    modules.eval()
    functions = {"relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid}
    functions["softmax"] = lambda values: torch.softmax(values, 1)
    functions["log_softmax"] = lambda values: torch.log_softmax(values, 1)
    values = torch.from_numpy(inputs)
    with torch.no_grad():
        for module, layer in zip(modules, layers):
            values = functions.get(layer.get("activation") or "", lambda same: same)(module(values))
    return values.numpy()


def main():
    directory, preprocessing, data = (Path(argument) for argument in sys.argv[1:4])
    preprocessing = json.loads(preprocessing.read_text())
    layers = json.loads((directory / "manifest.json").read_text())["model"]
    with open(data, newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    predict = with_torch if "--torch" in sys.argv else with_numpy
    outputs = predict(layers, read_safetensors(directory / "global_model.safetensors"), prepare(rows, preprocessing))

    table = csv.writer(sys.stdout)
    classes = preprocessing["classes"]
    if preprocessing["action"] == "regress":
        table.writerow(["row", "prediction"])
        table.writerows((row + 1, value) for row, value in enumerate(outputs[:, 0].tolist()))
        return
    if outputs.shape[1] == 1:
        # One output is the probability of the second class; without a sigmoid in the model, its logit.
        likely = outputs if layers[-1].get("activation") == "sigmoid" else ACTIVATIONS["sigmoid"](outputs)
        outputs = np.hstack([1 - likely, likely])
    table.writerow(["row", "prediction", *(f"score_{label}" for label in classes)])
    for row, scores in enumerate(outputs):
        table.writerow([row + 1, classes[int(scores.argmax())], *scores.tolist()])


if __name__ == "__main__":
    main()
