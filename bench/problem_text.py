"""Problems in full, as `faltung problem` prints them, for the programs that are measured beside Faltung."""
import dataclasses
import math
import re

PASSES = ("fwd", "dgrad", "wgrad")
SIZES = {"f32": 4, "f64": 8, "f16": 2, "bf16": 2, "cf32": 8, "cf64": 16, "i8": 1, "i32": 4, "i64": 8}
FULL = re.compile(r"(?P<direction>\w+) (?P<dtypes>[\w:]+) (?P<layouts>\S+) n(?P<batch>\d+) c(?P<channels>\d+) k(?P<filters>\d+)"
                  r" g(?P<groups>\d+) i(?P<image>\S+) f(?P<filter>\S+) o(?P<output>\S+) s(?P<stride>\S+) d(?P<dilation>\S+)"
                  r" p(?P<pad>\S+)(?P<flags>[^*]*?)(?: \*(?P<count>\d+))?")


@dataclasses.dataclass(frozen=True)
class Problem:
    """Channels are totals over the groups; tuples have a number for each spatial axis; `layouts` and `dtypes` are of x, w, y."""
    text: str
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
    flags: tuple
    count: int

    def __str__(self):
        return self.text

    @property
    def rank(self):
        return len(self.image)

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


def read(line):
    """A problem in full, as Faltung prints it; `*N` at the end says how often it occurs. ValueError for any other line."""
    match = FULL.fullmatch(line.strip())
    if not match:
        raise ValueError(f"this is not a problem as `faltung problem` prints it: {line}")
    words = match.groupdict()
    rank = words["image"].count("x") + 1

    def axes(letter):
        values = tuple(map(int, words[letter].split("x")))
        return values * rank if len(values) == 1 else values

    def operands(name):
        values = tuple(words[name].split(":"))
        return values * 3 if len(values) == 1 else values
    return Problem(line.split("*")[0].strip(), words["direction"], operands("dtypes"), operands("layouts"),
                   *(int(words[name]) for name in ("batch", "channels", "filters", "groups")),
                   *map(axes, ("image", "filter", "output", "stride", "dilation", "pad")),
                   tuple(words["flags"].split()), int(words["count"] or 1))


def read_all(lines):
    """The problems of a list; `#` starts a comment."""
    return [read(line.split("#")[0]) for line in lines if line.split("#")[0].strip()]
