"""What other tools make of exported models: onnxTools.py DIR, where every *.onnx is tried.

onnx.checker with shape inference, onnxslim, onnx2torch, and static and dynamic quantization of ONNX Runtime, each compared with
ONNX Runtime on the model as it is (largest difference, relative to the largest value). Needs, in a virtual environment:
pip install onnx onnxruntime onnxslim onnx2torch torch
"""

import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort

BATCH = 4


def inputs_of(model):
    """Uniform numbers in [0, 1) of the shapes that the model declares, whole ones where it wants whole ones."""
    random = np.random.default_rng(0)
    feeds = {}
    for given in model.graph.input:
        dims = [d.dim_value if d.HasField("dim_value") else BATCH for d in given.type.tensor_type.shape.dim]
        kind = onnx.helper.tensor_dtype_to_np_dtype(given.type.tensor_type.elem_type)
        values = random.random(dims) if kind == np.float32 else random.integers(0, 2, dims)
        feeds[given.name] = values.astype(kind)
    return feeds


def run(model, feeds):
    source = model if isinstance(model, str) else model.SerializeToString()
    session = ort.InferenceSession(source, providers=["CPUExecutionProvider"])
    return session.run(None, feeds)


def apart(values, expected):
    """The largest difference of any output, in units of its largest value."""
    return max(
        float(np.abs(a.astype(float) - b.astype(float)).max() / max(np.abs(b).max(), 1e-12))
        for a, b in zip(values, expected)
    )


def checker(path, model, feeds, expected):
    onnx.checker.check_model(model, full_check=True)
    return "valid"


def slim(path, model, feeds, expected):
    import onnxslim

    slimmer = onnxslim.slim(model)
    nodes = f"{len(model.graph.node)} -> {len(slimmer.graph.node)} nodes"
    return f"{nodes}, {apart(run(slimmer, feeds), expected):.1e}"


def to_torch(path, model, feeds, expected):
    import onnx2torch
    import torch

    module = onnx2torch.convert(model)
    with torch.no_grad():
        given = module(*[torch.from_numpy(value) for value in feeds.values()])
    given = given if isinstance(given, (tuple, list)) else [given]
    return f"{apart([value.numpy() for value in given], expected):.1e}"


def dynamic(path, model, feeds, expected):
    from onnxruntime.quantization import quantize_dynamic

    to = str(path.with_suffix(".dynamic"))
    quantize_dynamic(str(path), to)
    return quantized(to, feeds, expected)


def static(path, model, feeds, expected):
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, quantize_static

    class Once(CalibrationDataReader):
        def __init__(self):
            self.left = [feeds]

        def get_next(self):
            return self.left.pop() if self.left else None

    to = str(path.with_suffix(".static"))
    quantize_static(str(path), to, Once(), quant_format=QuantFormat.QDQ)
    return quantized(to, feeds, expected)


def quantized(path, feeds, expected):
    small = onnx.load(path)
    weights = [each for each in small.graph.initializer if len(each.dims) >= 2]
    whole = sum(each.data_type in (onnx.TensorProto.INT8, onnx.TensorProto.UINT8) for each in weights)
    return f"{whole} of {len(weights)} weights in 8 bits, {apart(run(path, feeds), expected):.1e}"


def main(folder):
    for path in sorted(Path(folder).rglob("*.onnx")):
        model = onnx.load(path)
        feeds = inputs_of(model)
        expected = run(str(path), feeds)
        for tool in (checker, slim, to_torch, dynamic, static):
            try:
                found = tool(path, model, feeds, expected)
            except Exception as error:  # what a tool cannot do is what this script is there to find
                found = f"FAILED {type(error).__name__}: {str(error).splitlines()[0][:120] if str(error) else ''}"
            print(f"{path.relative_to(folder)} | {tool.__name__} | {found}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
