"""Problems in their text form (docs/how-to/problem-text.md), for the programs that are measured beside Faltung."""
import dataclasses
import math
import pathlib
import re

PASSES = ("fwd", "dgrad", "wgrad")
SIZES = {"f32": 4, "f64": 8, "f16": 2, "bf16": 2, "cf32": 8, "cf64": 16, "i8": 1, "i32": 4, "i64": 8}
FIRST, LAST = ("ncw", "nchw", "ncdhw"), ("nwc", "nhwc", "ndhwc")
ACTIVATIONS = ("relu", "relu6", "sigmoid", "tanh", "silu", "gelu")
FLAGS = ("bias", "add", *ACTIVATIONS, "accumulate", "conjx", "conjw", "conjy", "notf32", "deterministic",
         "batch_invariant", "notransforms")  # in the order in which they are printed
SIZE = re.compile(r"([nckgifosdp])(-?\d+(?::-?\d+)?(?:x-?\d+(?::-?\d+)?)*)")


@dataclasses.dataclass(frozen=True)
class Problem:
    """Channels are totals over the groups; tuples have a number for each spatial axis; `layouts` and `dtypes` are of x, w, y."""
    direction: str  # fwd, dgrad or wgrad
    dtypes: tuple
    layouts: tuple
    batch: int
    channels: int
    filters: int
    groups: int
    image: tuple
    filter: tuple
    output: tuple
    stride: tuple
    dilation: tuple
    pad: tuple
    flags: tuple = ()
    count: int = 1

    @property
    def rank(self):
        return len(self.image)

    def key(self):
        """Equal for equal problems, apart from layouts: of a filter of 1x1 and the like, two names are right."""
        return str(dataclasses.replace(self, layouts=("",) * 3))

    def shape(self, role):
        """PyTorch's shape of x, w or y."""
        return {"x": (self.batch, self.channels, *self.image),
                "w": (self.filters, self.channels // self.groups, *self.filter),
                "y": (self.batch, self.filters, *self.output)}[role]

    def flops(self):
        work = 2 * self.batch * self.channels // self.groups * self.filters * math.prod(self.filter) * math.prod(self.output)
        return 4 * work if self.dtypes[0].startswith("c") else work

    def bytes(self):
        """Every operand read or written once."""
        return sum(SIZES[dtype] * math.prod(self.shape(role)) for role, dtype in zip("xwy", self.dtypes))

    def is_depthwise(self):
        return self.groups == self.channels > 1

    def changed(self, direction=None, batch=0, dtype="", layout=""):
        """What follows a result belongs to the pass that it was written for."""
        direction = direction or self.direction
        kept = self.flags if direction == self.direction else tuple(f for f in self.flags if f not in FOLLOWING)
        names = {"": None, "first": FIRST, "last": LAST}[layout]
        return dataclasses.replace(self, direction=direction, flags=kept, batch=batch or self.batch,
                                   dtypes=(dtype,) * 3 if dtype else self.dtypes,
                                   layouts=(names[self.rank - 1],) * 3 if names else self.layouts)

    def __str__(self):
        def all_axes(values):
            return "x".join(map(str, values))

        def short(values):
            return str(values[0]) if len(set(values)) == 1 else all_axes(values)

        def operands(values):
            return values[0] if len(set(values)) == 1 else ":".join(values)
        words = [self.direction, operands(self.dtypes), operands(self.layouts), f"n{self.batch}", f"c{self.channels}",
                 f"k{self.filters}", f"g{self.groups}", f"i{all_axes(self.image)}", f"f{all_axes(self.filter)}",
                 f"o{all_axes(self.output)}", f"s{short(self.stride)}", f"d{short(self.dilation)}", f"p{short(self.pad)}"]
        return " ".join(words + list(self.flags))


FOLLOWING = ("bias", "add", "accumulate", *ACTIVATIONS)


def _flag_place(flag):
    """Where a flag is printed; acc: stands before notf32, align: at the end."""
    if flag.startswith("acc:"):
        return FLAGS.index("notf32") - 0.5
    return len(FLAGS) if flag.startswith("align:") else FLAGS.index(flag)


def _is_layout(word):
    parts = word.split(":")
    return len(parts) in (1, 3) and all(p in FIRST + LAST or re.fullmatch(r"\[-?\d+(,-?\d+)*\]", p) for p in parts)


def parse(text):
    """Throws ValueError for what is no problem."""
    direction, dtypes, layouts, sizes, high, flags = "fwd", None, None, {}, None, []
    for word in text.split():
        size = SIZE.fullmatch(word)
        if word in PASSES:
            direction = word
        elif not sizes and dtypes is None and all(part in SIZES for part in word.split(":")):
            dtypes = word.split(":")
        elif _is_layout(word):
            layouts = word.split(":")
        elif size and size[1] not in sizes:
            pairs = [part.split(":") for part in size[2].split("x")]
            sizes[size[1]] = tuple(int(pair[0]) for pair in pairs)
            high = tuple(int(pair[-1]) for pair in pairs) if size[1] == "p" else high
        elif word in FLAGS or re.match("(acc|align):", word):
            flags.append(word)
        else:
            raise ValueError(f"problem text: '{word}' is not a word of a problem; in: {text}")
    if not {"i", "f"} <= set(sizes):
        raise ValueError(f"problem text: lacks i (input extents) or f (filter extents); in: {text}")
    rank = max(map(len, sizes.values()))
    for names in (FIRST, LAST):
        rank = next((names.index(name) + 1 for name in layouts or () if name in names), rank)

    def axes(letter, otherwise):
        values = sizes.get(letter, otherwise)
        return values * rank if len(values) == 1 else values
    image, extent = axes("i", None), axes("f", None)
    stride, dilation, pad = axes("s", (1,)), axes("d", (1,)), axes("p", (0,))
    high = pad if high is None else high * rank if len(high) == 1 else high
    fitting = tuple((i + low + up - d * (f - 1) - 1) // s + 1
                    for i, f, s, d, low, up in zip(image, extent, stride, dilation, pad, high))
    output = axes("o", fitting)
    stride = tuple(1 if o == 1 else s for o, s in zip(output, stride))  # says nothing there, as a dilation for one tap
    dilation = tuple(1 if f == 1 else d for f, d in zip(extent, dilation))
    groups = sizes.get("g", (1,))[0]

    def three(values, otherwise):
        return tuple(values or [otherwise]) * (1 if values and len(values) == 3 else 3)
    return Problem(direction, three(dtypes, "f32"), three(layouts, FIRST[rank - 1]), sizes.get("n", (1,))[0],
                   sizes.get("c", (groups,))[0], sizes.get("k", (groups,))[0], groups, image, extent,
                   output, stride, dilation, pad, tuple(sorted(flags, key=_flag_place)))


def parse_file(text):
    """A problem a line; `#` starts a comment, `*N` at the end says how often it occurs."""
    problems = []
    for number, line in enumerate(text.splitlines(), 1):
        line = line.split("#")[0].strip()
        if not line:
            continue
        words, _, count = line.partition("*")
        try:
            problems.append(dataclasses.replace(parse(words), count=int(count) if count else 1))
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from None
    return problems


def load(path):
    return parse_file(pathlib.Path(path).read_text())
