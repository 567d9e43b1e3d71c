"""The layers of whole networks, ours and PyTorch's. Equal layers of several networks are measured once."""
import collections
import sys

import compare
import problem_text

CONFIGURATIONS = {"bf16-last": ("bf16", "last"), "f32-first": ("f32", "first"), "f16-last": ("f16", "last"),
                  "f32-last": ("f32", "last"), "f64-first": ("f64", "first"), "bf16-first": ("bf16", "first")}

# As in state-space models; large enough that memory bounds them, and of different sizes beside the second-level cache.
CAUSAL = """fwd bf16 ncw n8 c2048 k2048 g2048 i2048 f4 o2048 p3
fwd bf16 ncw n2 c2048 k2048 g2048 i2048 f4 o2048 p3
fwd bf16 nwc n8 c2048 k2048 g2048 i2048 f4 o2048 p3
fwd bf16 nwc n8 c2048 k2048 g2048 i2048 f2 o2048 p1
fwd f32 ncw n8 c2048 k2048 g2048 i2048 f4 o2048 p3
"""


def _files(box):
    folder = box.root / "problems" / "models"
    return [folder / f"{name}.txt" for name in box.options.networks] or sorted(folder.glob("*.txt"))


class Group:
    """Files that are measured together: one configuration, one batch."""

    def __init__(self, box, configuration, batch, files):
        self.configuration, self.batch, self.files = configuration, batch, files
        self.name = f"{configuration}-{batch}"
        dtype, layout = CONFIGURATIONS[configuration]
        passes = box.options.passes
        self.options = ["--batch", str(batch), "--dtype", dtype, "--layout", layout, "--passes", passes, "--seconds", box.options.measure]
        self.layers = {file: self._layers(file, dtype, layout, passes.split(",")) for file in files}
        self.size = len(set().union(*self.layers.values()))

    def _layers(self, file, dtype, layout, passes):
        """How often each layer and pass occurs, by its key."""
        counts = collections.Counter()
        for problem in problem_text.load(file):
            for direction in passes:
                counts[problem_text.parse(str(problem.changed(direction, self.batch, dtype, layout))).key()] += problem.count
        return counts


def groups(box):
    found = []
    for configuration in box.options.configurations:
        batches = collections.defaultdict(list)
        for file in _files(box):
            batches[box.options.batch_3d if "ncdhw" in file.read_text() else box.options.batch].append(file)
        found += [Group(box, configuration, batch, files) for batch, files in batches.items()]
    return found


def shares(found):
    """Of the time that is left to each group and those after it: by the number of layers."""
    return [group.size / sum(other.size for other in found[number:]) for number, group in enumerate(found)]


def bench(box, name, group, files, share):
    return box.run(name, [box.faltung, "bench", *files, "--device", "cuda", "--json", "--no-verify", "--effort", box.options.effort,
                          *group.options], share=share)


def causal1d(box, share):
    return box.run("causal1d", [box.faltung, "bench", box.write("causal1d.txt", CAUSAL), "--device", "cuda", "--json", "--no-verify",
                                "--passes", "fwd,dgrad", "--seconds", box.options.measure], share=share)


def torch(box, name, group, share):
    return box.run(name, [sys.executable, "-B", box.root / "bench" / "peers" / "torch.py", *group.files, *group.options],
                   ours=False, share=share)


def of_one(matched, layers):
    """The pairs of one network, counted as it counts them."""
    return [(problem, ours | {"count": layers[problem.key()]}, theirs) for problem, ours, theirs in matched if problem.key() in layers]


def summary(matched, layers):
    mine = of_one(matched, layers)
    return {"all": compare.sums(mine) | {"of": len(layers)}, "passes": compare.by_pass(mine), "losses": compare.losses(mine),
            "host_us": compare.geomean(pair[1].get("host_us") for pair in mine),
            "torch_host_us": compare.geomean(pair[2].get("host_us") for pair in mine)}
