"""The layers of whole networks, ours and PyTorch's. Equal layers of several networks are measured once."""
import collections
import sys

import compare
import problem_text

CONFIGURATIONS = {"bf16-last": ("bf16", "last"), "f32-first": ("f32", "first"), "f16-last": ("f16", "last"),
                  "f32-last": ("f32", "last"), "f64-first": ("f64", "first"), "bf16-first": ("bf16", "first")}

# As in state-space models; large enough that memory bounds them, and of different sizes beside the second-level cache.
CAUSAL = """fwd bf16 ncw n8 c2048 k2048 g2048 i2048 f4 o2048 s1 d1 p3
fwd bf16 ncw n2 c2048 k2048 g2048 i2048 f4 o2048 s1 d1 p3
fwd bf16 nwc n8 c2048 k2048 g2048 i2048 f4 o2048 s1 d1 p3
fwd bf16 nwc n8 c2048 k2048 g2048 i2048 f2 o2048 s1 d1 p1
fwd f32 ncw n8 c2048 k2048 g2048 i2048 f4 o2048 s1 d1 p3
"""


def _files(box):
    folder = box.root / "problems" / "models"
    return [folder / f"{name}.txt" for name in box.options.networks] or sorted(folder.glob("*.txt"))


def listed(box, files, options):
    """The lines of `faltung problem`."""
    done = box.run("problem", [box.faltung, "problem", *files, *options])
    if done.failure():
        raise RuntimeError(done.failure())
    return done.text.splitlines()


class Group:
    """Files that are measured together: one configuration, one batch."""

    def __init__(self, box, configuration, batch, files):
        self.configuration, self.batch, self.files = configuration, batch, files
        self.name = f"{configuration}-{batch}"
        dtype, layout = CONFIGURATIONS[configuration]
        self.options = ["--batch", str(batch), "--dtype", dtype, "--layout", layout, "--passes", box.options.passes]
        # How often each layer and pass of a file occurs, by its text.
        self.layers = {file: {str(problem): problem.count for problem in problem_text.read_all(listed(box, [file], self.options))}
                       for file in files}
        self.size = len(set().union(*self.layers.values()))


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
                          *group.options, "--seconds", box.options.measure], share=share)


def causal1d(box, share):
    return box.run("causal1d", [box.faltung, "bench", box.write("causal1d.txt", CAUSAL), "--device", "cuda", "--json", "--no-verify",
                                "--passes", "fwd,dgrad", "--seconds", box.options.measure], share=share)


def torch(box, name, problems, seconds, share=1.0):
    """PyTorch's side of these lines of `faltung problem`."""
    path = box.write(f"{name}.txt", "\n".join(problems))
    return box.run(name, [sys.executable, "-B", box.root / "bench" / "peers" / "torch.py", path, "--seconds", seconds], ours=False, share=share)


def of_one(matched, layers):
    """The pairs of one network, counted as it counts them."""
    return [(problem, ours | {"count": layers[str(problem)]}, theirs) for problem, ours, theirs in matched if str(problem) in layers]


def summary(matched, layers):
    mine = of_one(matched, layers)
    return {"all": compare.sums(mine) | {"of": len(layers)}, "passes": compare.by_pass(mine), "losses": compare.losses(mine),
            "host_us": compare.geomean(pair[1].get("host_us") for pair in mine),
            "torch_host_us": compare.geomean(pair[2].get("host_us") for pair in mine)}
