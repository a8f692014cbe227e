"""PyTorch's side of `bench perf`: a process that does nothing until told so.

    bench.py MODE THREADS        MODE: eager, fused (fused Adam) or compile (fused Adam and torch.compile)

Requests come as lines of JSON on standard input, answers go as lines of JSON to standard output, in the same order:
load, prepare, time, memory, check. Nothing else may write there, so that stream is kept apart and replaced by standard error.
"""

import json
import os
import sys
import time

answers = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)


class Competitor:
    def __init__(self, mode, threads):
        self.mode, self.threads = mode, threads

    def load(self, _):
        global torch, models
        import torch
        import models

        torch.set_num_threads(self.threads)
        torch.manual_seed(0)
        return {"versions": {"python": sys.version.split()[0], "torch": torch.__version__}}

    def prepare(self, request):
        with open(request["manifest"]) as file:
            manifest = json.load(file)
        weights = {array["name"]: read(array) for array in manifest["weights"]}
        inputs = [image_layout(read(array)) for array in manifest["inputs"]]
        start = time.perf_counter()
        self.kind = manifest["kind"]
        self.index = 0
        self.model = models.models[manifest["model"]]()
        self.initial = {
            models.parameter_name(name): self.model.weight(name, array).clone()
            for name, array in weights.items()
        }
        self.model.load_state_dict(self.initial, strict=True)
        self.batches = list(zip(*(split(array, manifest["batch"]) for array in inputs)))
        if self.kind in ("train", "fit"):
            self.optimizer = self.adam()
            self.function = self.compiled(self.model.loss)
        else:
            function = self.model.means if self.kind == "encode" else self.model.images
            self.function = self.compiled(function)
        if self.kind == "fit":
            self.images = read_images(manifest["images"])
            self.epochs, self.batch = manifest["images"]["epochs"], manifest["batch"]
        self.step()
        return {"firstStepMs": 1000 * (time.perf_counter() - start)}

    def adam(self):
        fused = {} if self.mode == "eager" else {"fused": True}
        return torch.optim.Adam(self.model.parameters(), lr=1e-3, **fused)

    def compiled(self, function):
        if self.mode != "compile":
            return function
        torch._dynamo.reset()  # what an earlier batch size compiled would make this one's shapes dynamic
        return torch.compile(function, dynamic=False)

    def fit(self):
        """A whole training as its users write it, with the images as one tensor in memory and batches by shuffled indices."""
        self.model.load_state_dict(self.initial)
        self.optimizer = self.adam()
        count = len(self.images) - len(self.images) % self.batch
        for _ in range(self.epochs):
            losses = []  # as training prints them
            order = torch.randperm(len(self.images))[:count]
            for number, indices in enumerate(order.split(self.batch)):
                x = self.images[indices]
                loss = self.update(x, torch.randn(self.batch, 20))
                if number % 10 == 0:
                    losses.append(loss.item())

    def trained_loss(self, count):
        x = self.images[:count]
        with torch.no_grad():
            return self.model.loss(x, torch.randn(len(x), 20)).item()

    def update(self, *batch):
        self.optimizer.zero_grad()
        loss = self.function(*batch)
        loss.backward()
        self.optimizer.step()
        return loss

    def step(self):
        if self.kind == "fit":
            return self.fit()
        batch = self.batches[self.index % len(self.batches)]
        self.index += 1
        if self.kind != "train":
            with torch.inference_mode():
                return self.function(*batch)
        return self.update(*batch)

    def time(self, request):
        steps = request["steps"]
        cpu, start = time.process_time(), time.perf_counter()
        for _ in range(steps):
            self.step()
        end, cpu_end = time.perf_counter(), time.process_time()
        return {"ms": 1000 * (end - start) / steps, "cpuMs": 1000 * (cpu_end - cpu) / steps}

    def memory(self, _):
        return {"peakBytes": peak_bytes()}

    def check(self, request):
        if self.kind == "fit":
            return {"losses": [self.trained_loss(request["values"])], "values": []}
        self.index = 0
        self.model.load_state_dict(self.initial)
        if self.kind != "train":
            return {"losses": [], "values": shown(self.step(), request["values"])}
        self.optimizer.state.clear()
        losses = [self.step().item() for _ in range(request["steps"])]
        with torch.no_grad():
            values = self.model.probe(*self.batches[0])
        return {"losses": losses, "values": shown(values, request["values"])}


def peak_bytes():
    try:
        with open("/proc/self/status") as file:  # unlike getrusage, without what the parent had before exec
            return 1024 * next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))
    except OSError:
        import resource

        unit = 1 if sys.platform == "darwin" else 1024
        return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def read(array):
    with open(array["file"], "rb") as file:
        return torch.frombuffer(bytearray(file.read()), dtype=torch.float32).view(array["shape"])


def read_images(array):
    """Bytes as numbers from 0 to 1, `[count, values]`."""
    with open(array["file"], "rb") as file:
        levels = torch.frombuffer(bytearray(file.read()), dtype=torch.uint8)
    return levels.view(array["shape"][0], -1).float() / 255


def image_layout(array):
    """[B, H, W, C] as [B, C, H, W]; anything else as it is."""
    return array.permute(0, 3, 1, 2).contiguous() if array.dim() == 4 else array


def split(array, size):
    return [part.clone() for part in array.split(size)]


def shown(tensor, count):
    """The first values, in the order of [B, H, W, C]."""
    layout = tensor.permute(0, 2, 3, 1) if tensor.dim() == 4 else tensor
    return layout.flatten()[:count].tolist()


def main():
    competitor = Competitor(sys.argv[1], int(sys.argv[2]))
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"result": getattr(competitor, request["do"])(request)}
        except Exception as error:  # the parent decides what a failure means
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
