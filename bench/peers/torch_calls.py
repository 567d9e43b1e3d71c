"""A problem as the call that a user of PyTorch would write. Nothing here imports PyTorch: it is handed in, with the
device as its default."""
import math

DTYPES = {"f32": "float32", "f64": "float64", "f16": "float16", "bf16": "bfloat16", "cf32": "complex64", "cf64": "complex128"}
PATTERN = (-2, 0, 2, -1, 1)  # what `faltung bench` fills its operands with: data decide how much power a GPU draws


def strides(problem):
    """Where there is one output only, the stride says nothing and the problem's is 1; PyTorch needs one that leaves one output."""
    spans = (i + 2 * p - d * (f - 1) for i, p, d, f in zip(problem.image, problem.pad, problem.dilation, problem.filter))
    return tuple(max(s, span) if o == 1 else s for s, o, span in zip(problem.stride, problem.output, spans))


def output_padding(problem):
    """Of the transposed convolution whose input is y and whose output is x."""
    return tuple(i - ((o - 1) * s - 2 * p + d * (f - 1) + 1) for i, o, s, p, d, f in
                 zip(problem.image, problem.output, strides(problem), problem.pad, problem.dilation, problem.filter))


def _is_symmetric(problem):
    """PyTorch pads both sides alike: its output must be as large as the problem's."""
    return all((i + 2 * p - d * (f - 1) - 1) // s + 1 == o for i, o, s, p, d, f in
               zip(problem.image, problem.output, strides(problem), problem.pad, problem.dilation, problem.filter))


def _is_transposed(problem):
    """A data gradient with something after it is a transposed convolution; without, it is what autograd calls."""
    return problem.direction == "dgrad" and bool(problem.flags)


def layout(problem):
    """The one layout of all operands, or None. With one channel or one place an operand has either, and is printed as contiguous."""
    told = {name for role, name in zip("xwy", problem.layouts) if min(problem.shape(role)[1], math.prod(problem.shape(role)[2:])) > 1}
    return None if len(told) > 1 else next(iter(told), problem.layouts[0])


def refusal(problem):
    """Why PyTorch cannot be asked for it, or ''."""
    if len(set(problem.dtypes)) > 1 or problem.dtypes[0] not in DTYPES:
        return f"no convolution of {':'.join(dict.fromkeys(problem.dtypes))}"
    if not layout(problem) or any(name.startswith("[") for name in problem.layouts):
        return "only contiguous and channels-last tensors are made here"
    if min(problem.pad) < 0 or not _is_symmetric(problem):
        return "the padding is not the same on both sides"
    for flag in problem.flags:
        if flag not in ("bias", "add", "relu", "relu6", "sigmoid", "tanh", "silu", "gelu", "notf32", "deterministic"):
            return f"there is no '{flag}'"
    return ""


def note(problem):
    """What PyTorch is given that is not quite what Faltung is given."""
    if layout(problem) == "nwc":
        return "contiguous: PyTorch would copy channels-last 1-d tensors first"
    return ""


def tensor(torch, problem, role):
    """Small integers, in the problem's layout."""
    shape = problem.shape(role)
    dtype = getattr(torch, DTYPES[problem.dtypes["xwy".index(role)]])
    count = math.prod(shape)
    values = torch.tensor(PATTERN).to(dtype).repeat(-(-count // len(PATTERN)))[:count]
    if problem.rank == 1 or layout(problem) in ("nchw", "ncdhw"):
        return values.reshape(shape)
    last = torch.channels_last if problem.rank == 2 else torch.channels_last_3d
    return values.reshape(shape).contiguous(memory_format=last)


def _after(torch, problem, written):
    """The functions that run after the convolution; PyTorch has one for each."""
    steps = []
    if "add" in problem.flags:
        z = tensor(torch, problem, written)
        steps.append(lambda result: result.add_(z))
    for flag in problem.flags:
        if hasattr(torch.nn.functional, flag) and flag not in ("bias", "add"):
            steps.append(getattr(torch.nn.functional, flag))
    return steps


def _settings(torch, problem):
    torch.backends.cudnn.allow_tf32 = "notf32" not in problem.flags
    torch.backends.cudnn.deterministic = "deterministic" in problem.flags


def _forward(torch, p, operands, bias):
    convolve = getattr(torch.nn.functional, f"conv{p.rank}d")
    return lambda: convolve(operands["x"], operands["w"], bias, strides(p), p.pad, p.dilation, p.groups)


def _transposed(torch, p, operands, bias):
    convolve = getattr(torch.nn.functional, f"conv_transpose{p.rank}d")
    return lambda: convolve(operands["y"], operands["w"], bias, strides(p), p.pad, output_padding(p), p.groups, p.dilation)


def _gradient(torch, p, operands):
    """What autograd calls, asked for one gradient only."""
    backward, nothing = torch.ops.aten.convolution_backward.default, [0] * p.rank
    mask, place = ([True, False, False], 0) if p.direction == "dgrad" else ([False, True, False], 1)
    return lambda: backward(operands["y"], operands["x"], operands["w"], None, strides(p), p.pad, p.dilation, False, nothing,
                            p.groups, mask)[place]


def call(torch, problem):
    """A function without arguments that runs the problem on tensors of its own and returns the result."""
    _settings(torch, problem)
    operands = {role: tensor(torch, problem, role) for role in "xwy"}
    written = {"fwd": "y", "dgrad": "x", "wgrad": "w"}[problem.direction]
    bias = None
    if "bias" in problem.flags:
        bias = torch.ones(problem.shape(written)[1]).to(operands[written].dtype)
    if problem.direction == "fwd":
        convolution = _forward(torch, problem, operands, bias)
    elif _is_transposed(problem):
        convolution = _transposed(torch, problem, operands, bias)
    else:
        convolution = _gradient(torch, problem, operands)
    after = _after(torch, problem, written)
    if not after:
        return convolution

    def whole():
        result = convolution()
        for step in after:
            result = step(result)
        return result
    return whole
