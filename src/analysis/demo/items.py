"""Items of two papers: an item blueprint (双向细目表) and item marks that sum to the paper's mark.

h_pi = a_i θ_p + √(1 − a_i²) ε_pi + topic_j(i);   the item's share of marks = a step function of h
"""

from dataclasses import dataclass

import numpy as np

from analysis.demo.pupils import Floats, Ints


@dataclass(frozen=True)
class Item:
    """One item: label, kind, full mark, knowledge point, ability, score rate the setters expect."""

    label: str
    kind: str
    full: int
    topic: str
    ability: str
    expected: float


def _paper(text: str) -> tuple[Item, ...]:
    rows = (line.split() for line in text.strip().splitlines())
    return tuple(Item(a, b, int(c), d, e, float(f)) for a, b, c, d, e, f in rows)


BLUEPRINTS = {
    "math": _paper("""
        1 选择题 3 数与式 识记 0.95
        2 选择题 3 数与式 理解 0.90
        3 选择题 3 图形的变换 理解 0.88
        4 选择题 3 数与式 运用 0.85
        5 选择题 3 统计与概率 理解 0.82
        6 选择题 3 方程与不等式 理解 0.80
        7 选择题 3 三角形 运用 0.72
        8 选择题 3 一次函数 运用 0.65
        9 选择题 3 图形的变换 综合 0.50
        10 选择题 3 二次函数 综合 0.42
        11 填空题 3 数与式 理解 0.86
        12 填空题 3 方程与不等式 运用 0.75
        13 填空题 3 统计与概率 运用 0.72
        14 填空题 3 圆 运用 0.50
        15 填空题 3 三角形 综合 0.30
        16(1) 解答题 5 数与式 运用 0.82
        16(2) 解答题 5 方程与不等式 运用 0.76
        17(1) 解答题 4 统计与概率 理解 0.84
        17(2) 解答题 5 统计与概率 运用 0.68
        18(1) 解答题 4 一次函数 理解 0.76
        18(2) 解答题 5 一次函数 运用 0.60
        19 解答题 9 三角形 运用 0.55
        20(1) 解答题 4 圆 理解 0.62
        20(2) 解答题 5 圆 综合 0.40
        21(1) 解答题 5 方程与不等式 运用 0.64
        21(2) 解答题 4 一次函数 综合 0.48
        22(1) 解答题 4 二次函数 理解 0.60
        22(2) 解答题 6 二次函数 综合 0.36
        23(1) 解答题 4 三角形 理解 0.52
        23(2) 解答题 6 图形的变换 综合 0.22"""),
    "physics": _paper("""
        1 填空题 2 声与光 识记 0.90
        2 填空题 2 物态变化 识记 0.85
        3 填空题 2 力与运动 理解 0.76
        4 填空题 3 电路与电功率 理解 0.68
        5 填空题 3 压强与浮力 运用 0.55
        6 选择题 2 声与光 识记 0.90
        7 选择题 2 物态变化 理解 0.84
        8 选择题 2 力与运动 理解 0.78
        9 选择题 2 电与磁 理解 0.72
        10 选择题 2 压强与浮力 理解 0.66
        11 选择题 2 电路与电功率 运用 0.60
        12 选择题 3 简单机械与功 运用 0.55
        13 选择题 3 电路与电功率 综合 0.42
        14 作图题 2 声与光 运用 0.80
        15 作图题 2 力与运动 运用 0.72
        16(1) 实验题 2 声与光 理解 0.74
        16(2) 实验题 3 声与光 运用 0.62
        17(1) 实验题 3 压强与浮力 理解 0.66
        17(2) 实验题 3 压强与浮力 综合 0.48
        18(1) 实验题 3 电路与电功率 理解 0.62
        18(2) 实验题 4 电路与电功率 综合 0.45
        19(1) 计算题 4 压强与浮力 运用 0.60
        19(2) 计算题 4 简单机械与功 综合 0.46
        20(1) 计算题 5 电路与电功率 运用 0.56
        20(2) 计算题 5 电路与电功率 综合 0.34"""),
}
WEAK_TOPIC = ("math", "圆", -0.6)
"""What the school planted as `weak_topic` cannot do: subject, knowledge point, sd of the item's h."""


def _topics(
    rng: np.random.Generator, items: tuple[Item, ...], schools: int, weak: Ints, subject: str
) -> Floats:
    """Strengths of schools by knowledge point, schools × items, without effect on the paper's mark."""
    names = sorted({item.topic for item in items})
    strength = 0.08 * rng.standard_normal((schools, len(names)))
    if subject == WEAK_TOPIC[0]:
        strength[weak, names.index(WEAK_TOPIC[1])] = WEAK_TOPIC[2]
    by_item = strength[:, [names.index(item.topic) for item in items]]
    full = np.array([item.full for item in items], dtype=float)
    return np.asarray(by_item - (by_item @ full / full.sum())[:, None])


def _levels(items: tuple[Item, ...]) -> Floats:
    """h that an item asks for, so that its mean score rate is near the expected one."""
    rate = np.array([item.expected for item in items])
    return np.asarray(-1.55 * np.log(rate / (1 - rate)) / 1.7)


def marks(
    rng: np.random.Generator, subject: str, level: Floats, school: Ints, schools: int, weak: Ints
) -> Floats:
    """Item marks, pupils × items; `level` n is θ of the subject, `weak` the schools with the weak topic.

    Choice items are right or wrong (with a fifth guessed); the others give part marks.
    """
    items = BLUEPRINTS[subject]
    a = np.clip(0.62 + 0.07 * rng.standard_normal(len(items)), 0.45, 0.78)
    h = a * (level / level.std())[:, None] + np.sqrt(1 - a * a) * rng.standard_normal(
        (len(level), len(items))
    )
    h += np.where(school >= 0, 1.0, 0.0)[:, None] * _topics(rng, items, schools, weak, subject)[school]
    above = h - _levels(items) * a
    full = np.array([item.full for item in items], dtype=float)
    choice = np.array([item.kind == "选择题" for item in items])
    guessed = rng.random(h.shape) < 0.2
    right = np.where((above > 0) | guessed, full, 0.0)
    part = np.clip(np.round(full * (0.5 + 0.62 * above)), 0, full)
    return np.asarray(np.where(choice, right, part))
