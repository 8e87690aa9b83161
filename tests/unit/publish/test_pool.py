"""Work in forked processes: results, deaths, order, never more than asked for, nothing left behind."""

import os
import signal
import subprocess
import sys
import time

import pytest

from analysis.errors import InputError, KilledError
from analysis.publish import pool

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forking is used on Linux only")


def collect(work, count, workers=2):
    found = {}
    pool.run(work, count, workers, lambda task, result, seconds: found.update({task: result}))
    return found


def test_every_task_is_done_once_and_large_results_come_whole():
    found = collect(lambda task: {"task": task, "text": "x" * 200_000}, 7)
    assert found == {task: {"task": task, "text": "x" * 200_000} for task in range(7)}


def test_a_task_that_dies_does_not_touch_the_others():
    def work(task):
        if task == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        if task == 2:
            os._exit(0)
        if task == 3:
            raise ValueError("no")
        return {"task": task}

    found = collect(work, 5)
    assert [found[i].get("task") for i in range(5)] == [0, None, None, None, 4]
    assert "SIGKILL" in found[1]["died"] and "no result" in found[2]["died"]
    assert found[3]["died"] == "ValueError: no"


def test_never_more_processes_than_asked_for(tmp_path):
    def work(task):
        mark = tmp_path / str(task)
        mark.touch()
        time.sleep(0.05)
        alive = len(list(tmp_path.iterdir()))
        mark.unlink()
        return {"alive": alive}

    assert max(one["alive"] for one in collect(work, 8, workers=3).values()) <= 3


def test_nothing_of_a_task_stays_in_this_process():
    state = {"n": 0}

    def work(task):
        state["n"] += 1
        return {"n": state["n"]}

    assert {one["n"] for one in collect(work, 4).values()} == {1}
    assert state["n"] == 0


def test_workers_are_at_most_the_cores_of_this_process():
    assert pool.workers(None) == len(os.sched_getaffinity(0))
    assert pool.workers(1) == 1
    assert pool.workers(10_000) == pool.workers(None)


def test_a_call_returns_tells_and_raises_as_if_it_were_here():
    told = []
    assert pool.call(lambda tell: [tell("one"), tell("two"), os.getpid()][2], told.append) != os.getpid()
    assert told == ["one", "two"]

    def refuse(tell):
        raise InputError("no sheet", "put one there")

    with pytest.raises(InputError, match="no sheet") as caught:
        pool.call(refuse, told.append)
    assert caught.value.hint == "put one there"


def test_work_that_is_spread_out_comes_back_in_order_whatever_the_processes():
    def work(task):
        time.sleep(0.02 * (3 - task))  # the first is done last
        return task, os.getpid()

    found = pool.spread(work, 3, 2)
    assert [task for task, _ in found] == [0, 1, 2]
    assert len({process for _, process in found} | {os.getpid()}) == 4
    assert {process for _, process in pool.spread(work, 3, 1)} == {os.getpid()}


def test_what_spread_out_work_raises_is_raised_here_the_first_tasks_first():
    def work(task):
        if task == 1:
            time.sleep(0.05)
            raise InputError("no sheet", "put one there")
        if task == 2:
            raise ValueError("later")

    with pytest.raises(InputError, match="no sheet") as caught:
        pool.spread(work, 3, 3)
    assert caught.value.hint == "put one there" and "in work" in caught.value.__notes__[0]
    with pytest.raises(KilledError, match="SIGKILL"):
        pool.spread(lambda task: os.kill(os.getpid(), signal.SIGKILL), 2, 2)


def test_a_call_whose_process_is_killed_says_so():
    with pytest.raises(KilledError, match=r"killed \(SIGKILL\)"):
        pool.call(lambda tell: os.kill(os.getpid(), signal.SIGKILL), print)


CHILDREN = """
import os, signal, sys, time
from analysis.publish import pool
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job would start with it ignored
def work(task):
    os.write(1, b"%d\\n" % os.getpid())
    time.sleep(60)
pool.run(work, 4, 2, lambda *_: None)
"""


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_ctrl_c_and_kill_end_the_children_too(sent):
    parent = subprocess.Popen(
        [sys.executable, "-c", CHILDREN], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    children = [int(parent.stdout.readline()) for _ in range(2)]
    parent.send_signal(sent)
    parent.wait(20)
    for _ in range(100):
        if not any(
            os.path.exists(f"/proc/{child}") and "State:\tZ" not in _status(child) for child in children
        ):
            return
        time.sleep(0.05)
    raise AssertionError("a child outlived its parent")


def _status(child):
    try:
        with open(f"/proc/{child}/status") as file:
            return file.read()
    except OSError:
        return "State:\tZ"
