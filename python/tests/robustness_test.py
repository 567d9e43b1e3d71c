"""Memory stays flat, threads and forks work, objects are freed, and no argument crashes."""

import gc
import os
import random
import resource
import sys
import threading
import time
import weakref

import numpy as np
import pytest
from definition import conv, whole_numbers

import faltung
from faltung import functional as F


def resident_bytes():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()


def test_ten_thousand_shapes_leave_memory_flat():
    def call(i):
        x = np.ones((1, 1, 10 + i), np.float32)
        y = F.conv1d(x, np.ones((1, 1, 3), np.float32))
        F.convolution_backward(y, x, np.ones((1, 1, 3), np.float32))

    for i in range(6000):  # the cache of plans fills up to its limit
        call(i)
    gc.collect()
    before = resident_bytes()
    for i in range(6000, 16000):
        call(i)
    gc.collect()
    assert resident_bytes() - before < 24 << 20


def test_errors_leave_memory_flat():
    x, w = np.ones((1, 1, 10), np.float32), np.ones((1, 1, 3), np.float32)

    def fail():
        for wrong in ({"stride": 0}, {"padding": "x"}, {"activation": "x"}, {"out": x}):
            with pytest.raises(ValueError):
                F.conv1d(x, w, **wrong)

    fail()
    references = [sys.getrefcount(v) for v in (x, w, None)]
    before = resident_bytes()
    for _ in range(2000):
        fail()
    assert [sys.getrefcount(v) for v in (x, w)] == references[:2]
    assert resident_bytes() - before < 8 << 20


class Freed(np.ndarray):
    """An array whose end can be seen."""


def test_operands_are_freed_and_results_live():
    x = whole_numbers(2, 3, 500).view(Freed)
    w = whole_numbers(4, 3, 3, seed=1).view(Freed)
    expected = conv(np.asarray(x), np.asarray(w))
    ends = [weakref.ref(x), weakref.ref(w)]
    y = F.conv1d(x, w)
    del x, w
    gc.collect()
    assert [end() for end in ends] == [None, None]
    assert np.array_equal(y, expected)


def test_results_own_their_memory():
    before = resident_bytes()
    for _ in range(200):
        F.conv1d(np.ones((1, 1, 1 << 20), np.float32), np.ones((1, 1, 3), np.float32))
        np.from_dlpack(F.conv1d(memoryview(np.ones((1, 1, 1 << 20), np.float32)), memoryview(np.ones((1, 1, 3), np.float32))))
    gc.collect()
    assert resident_bytes() - before < 64 << 20


def test_eight_threads():
    wrong, calls = [], [(whole_numbers(2, 3, 20 + i, seed=i), whole_numbers(4, 3, 3, seed=i + 9)) for i in range(8)]
    expected = [conv(x, w) for x, w in calls]

    def work(i):
        for turn in range(300):
            k = (i + turn) % 8
            if not np.array_equal(F.conv1d(*calls[k]), expected[k]):
                wrong.append(k)
            try:
                F.conv1d(calls[k][0], calls[k][1], stride=0)
                wrong.append("stride")
            except ValueError:
                pass

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert not wrong


def test_other_threads_run_meanwhile():
    x, w = np.ones((8, 64, 64, 64), np.float32), np.ones((64, 64, 5, 5), np.float32)
    stop, turns = threading.Event(), 0

    def count():
        nonlocal turns
        while not stop.is_set():
            turns += 1
            time.sleep(0)

    counter = threading.Thread(target=count)
    counter.start()
    began, before = time.perf_counter(), turns
    while time.perf_counter() - began < 0.2 or turns == before:
        before_call = turns
        F.conv2d(x, w, policy=faltung.Policy(threads=1))
        if turns - before_call > 10:  # with the lock held there would be none
            break
    else:
        before_call = turns
    stop.set()
    counter.join()
    assert turns > before_call


def test_a_fork_convolves():
    x, w = whole_numbers(2, 3, 64, 64), whole_numbers(8, 3, 3, 3, seed=1)
    expected = F.conv2d(x, w)
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if np.array_equal(F.conv2d(x, w), expected) else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert np.array_equal(F.conv2d(x, w), expected)


class Lies:
    """Says that it is an array, and is not."""

    def __init__(self, answer):
        self.answer = answer

    def __dlpack_device__(self):
        return (1, 0)

    def __dlpack__(self, **_):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize("answer", [None, 1, object(), RuntimeError("no"), BufferError("no"), TypeError("no")], ids=repr)
def test_objects_that_lie(answer):
    with pytest.raises(ValueError, match="^input cannot be read as an array"):
        F.conv1d(Lies(answer), np.ones((1, 1, 3), np.float32))


def test_a_capsule_of_dlpack_is_taken_once():
    class Once(Lies):
        pass

    capsule = np.ones((1, 1, 8), np.float32).__dlpack__()
    w = np.ones((1, 1, 3), np.float32)
    assert np.array_equal(np.asarray(F.conv1d(Once(capsule), w)), np.full((1, 1, 6), 3))
    with pytest.raises(ValueError, match="^input"):
        F.conv1d(Once(capsule), w)


ARRAYS = [np.ones(shape, dtype) for shape in [(1, 4, 8), (4, 4, 3), (4,), (), (0,), (1, 4, 8, 8), (0, 4, 8)] for dtype in ("f4", "f8", "?")]
OTHERS = [None, 0, 1, -1, 2, 10**30, 1.5, float("nan"), "same", "", "\ud800", b"same", [], [1], [1, 2], [(1, 2)], [[]], {}, object(), True]
NAMES = ["stride", "padding", "dilation", "groups", "output_padding", "padding_mode", "activation", "z", "alpha", "out", "policy", "numerics"]
NAMES += ["in_dims", "output_mask", "transposed", "stream", "window_strides", "lhs_dilation", "dimension_numbers", "batch_group_count"]
INPUT, WEIGHT, OUTPUT = np.ones((1, 4, 8), np.float32), np.ones((4, 4, 3), np.float32), np.ones((1, 4, 6), np.float32)
CALLS = [
    (F.conv1d, INPUT, WEIGHT),
    (F.conv_transpose1d, INPUT, WEIGHT),
    (F.convolution, INPUT, WEIGHT, None),
    (F.convolution_backward, OUTPUT, INPUT, WEIGHT),
    (F.convolution_double_backward, INPUT, WEIGHT, None, OUTPUT, INPUT, WEIGHT),
    (F.per_sample_gradients, OUTPUT, INPUT, WEIGHT),
    (F.conv_general, INPUT, WEIGHT, (1,), "SAME"),
    (faltung.problem, INPUT, WEIGHT),
    (faltung.compile(faltung.problem(INPUT, WEIGHT)).run, INPUT, WEIGHT),
]


def test_random_arguments_raise_or_return():
    choice = random.Random(1)
    done = 0
    for _ in range(20000):
        function, *arguments = choice.choice(CALLS)
        anything = [*OTHERS, choice.choice(ARRAYS)]
        if choice.random() < 0.5:
            arguments[choice.randrange(len(arguments))] = choice.choice(anything)
        given = {choice.choice(NAMES): choice.choice(anything) for _ in range(choice.randint(0, 2))}
        try:
            function(*arguments, **given)
            done += 1
        except (ValueError, TypeError, NotImplementedError, MemoryError):
            pass
    assert 1000 < done < 19000
