"""The convolution as a primitive of JAX: bilinear, and so are its transposes, which are the same primitive in another pass.

That gives derivatives of every order, backward and forward, and their mixtures; a custom_vjp would give the first one backward.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
from jax import lax
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir, xla
from jax.sharding import NamedSharding, PartitionSpec

from faltung import _native
from faltung.jax.folding import fold, folded, places, unfold
from faltung.jax.problem import Convolution

TARGET = "faltung_convolution"
convolution_p = Primitive(TARGET)
lower_for_cpu = jax.ffi.ffi_lowering(TARGET)


def varying_axes(array: Any) -> frozenset[Any]:
    """The axes of a mesh over which an array differs, within shard_map()."""
    varying: frozenset[Any] = jax.typeof(array).mat.varying
    return varying


def bind(conv: Convolution, first: Any, second: Any) -> Any:
    """Within shard_map() an operand that is the same on all devices becomes one that differs as the other does."""
    both = varying_axes(first) | varying_axes(second)
    if both:
        first, second = (lax.pcast(a, tuple(both - varying_axes(a)), to="varying") for a in (first, second))
    return convolution_p.bind(first, second, conv=conv)


def result_of(first: Any, second: Any, *, conv: Convolution) -> Any:
    """Whole on every device, as the operands are: XLA gathers what is sharded outside shard_map()."""
    whole = NamedSharding(first.sharding.mesh, PartitionSpec())
    return first.update(shape=conv.shape(conv.written), weak_type=False, sharding=whole)


def transpose(cotangent: Any, first: Any, second: Any, *, conv: Convolution, by: int) -> Any:
    """The cotangent of the operand read first or second (`by` 0 or 1)."""
    role, other = conv.read[by], conv.read[1 - by]
    arrays = {conv.written: cotangent, other: first if by else second}
    turned = conv.writing(role)
    return bind(turned, *(arrays[r] for r in turned.read))


def batch(arrays: Any, axes: Any, *, conv: Convolution) -> tuple[Any, int]:
    mapped = frozenset([conv.written, *(role for role, axis in zip(conv.read, axes) if axis is not None)])
    count = next(array.shape[axis] for array, axis in zip(arrays, axes) if axis is not None)
    where = {role: (conv.orders[role][axis], parts) for role, (axis, parts) in places(conv, mapped).items()}
    operands = [a if axis is None else fold(a, axis, *where[role]) for role, a, axis in zip(conv.read, arrays, axes)]
    result = bind(folded(conv, mapped, count), *operands)
    axis, parts = where[conv.written]
    return unfold(result, axis, count, parts), 0


def lower(context: Any, first: Any, second: Any, *, conv: Convolution) -> Any:
    text = conv.text()
    _native.compile(text)  # so that an error comes now, and the plan is there when it is needed
    return lower_for_cpu(context, first, second, problem=text)


def refuse(context: Any, first: Any, second: Any, *, conv: Convolution) -> Any:
    platforms = " and ".join(context.module_context.platforms)
    raise NotImplementedError(
        f"faltung.jax runs on the CPU, and this is compiled for {platforms}: take jax.lax's function, or faltung.functional outside jit"
    )


jax.ffi.register_ffi_target(TARGET, _native.xla_convolution(), platform="cpu")
convolution_p.def_impl(partial(xla.apply_primitive, convolution_p))
convolution_p.def_abstract_eval(result_of)
ad.defbilinear(convolution_p, partial(transpose, by=0), partial(transpose, by=1))
batching.primitive_batchers[convolution_p] = batch
mlir.register_lowering(convolution_p, refuse)
mlir.register_lowering(convolution_p, lower, platform="cpu")
