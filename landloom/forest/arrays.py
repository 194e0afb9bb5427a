"""A fitted forest as plain numpy arrays: what a model file stores, and safe to open from a stranger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier

NO_CHILD = -1


@dataclass(frozen=True, eq=False)
class ForestArrays:
    """All trees of a classification forest, one after another, in scikit-learn's own node order.

    N is the number of nodes of all trees, L of their leaves, T of trees, K of classes. Every instance is valid:
    the constructor raises ValueError for arrays with which a traversal could loop or read outside.

    Attributes:
        first_node: int64 (T + 1,). Tree t owns the nodes ``first_node[t]:first_node[t + 1]``, its root first.
        left: int32 (N,). Left children, counted from the tree's own root; -1 in leaves.
        right: int32 (N,). Right children, likewise.
        feature: int32 (N,). What an inner node looks at; means nothing in leaves.
        threshold: float64 (N,). Values up to and including it go left.
        missing_left: bool (N,). Whether NaN goes left.
        weight: float32 (N,). Training weight of each node: tells the busy ones, has no influence on results.
        leaf_value: float64 (L, K). Class fractions of the leaves, in the order of their nodes. They may miss a sum
            of one by rounding and must not be renormalised, or ties would fall otherwise than in scikit-learn.
        classes: (K,). Class labels, numbers or strings.
        n_features: how many features a pixel has.
    """

    first_node: np.ndarray
    left: np.ndarray
    right: np.ndarray
    feature: np.ndarray
    threshold: np.ndarray
    missing_left: np.ndarray
    weight: np.ndarray
    leaf_value: np.ndarray
    classes: np.ndarray
    n_features: int

    def __post_init__(self) -> None:
        for name, (dtype, ndim) in _LAYOUT.items():
            object.__setattr__(self, name, _array(name, getattr(self, name), dtype, ndim))
        object.__setattr__(self, "classes", np.asarray(self.classes))
        object.__setattr__(self, "n_features", int(_array("n_features", self.n_features, np.int64, 0)))
        _check_classes(self.classes)
        _check_trees(self)
        _check_nodes(self)

    @property
    def n_trees(self) -> int:
        """T."""
        return len(self.first_node) - 1

    @property
    def is_leaf(self) -> np.ndarray:
        """Which nodes are leaves: bool (N,)."""
        return self.left == NO_CHILD

    @property
    def root(self) -> np.ndarray:
        """The root of the tree that each node belongs to: int64 (N,)."""
        return np.repeat(self.first_node[:-1], np.diff(self.first_node))

    def levels(self) -> Iterator[np.ndarray]:
        """The nodes of all trees level by level from the roots down, siblings side by side, trees in order."""
        root, leaf = self.root, self.is_leaf
        level = self.first_node[:-1]
        while len(level):
            yield level
            inner = level[~leaf[level]]
            level = np.stack([root[inner] + self.left[inner], root[inner] + self.right[inner]], axis=1).ravel()

    @classmethod
    def from_sklearn(cls, model: RandomForestClassifier | ExtraTreesClassifier) -> ForestArrays:
        """Take the trees out of a fitted forest; ValueError if it has several outputs or labels of another kind."""
        if model.n_outputs_ != 1:
            raise ValueError(f"The forest must have one output. Got {model.n_outputs_} instead.")
        trees = [estimator.tree_ for estimator in model.estimators_]

        def joined(name: str) -> np.ndarray:
            return np.concatenate([getattr(tree, name) for tree in trees])

        return cls(
            first_node=np.cumsum([0, *(tree.node_count for tree in trees)]),
            left=joined("children_left"),
            right=joined("children_right"),
            feature=joined("feature"),
            threshold=joined("threshold"),
            missing_left=joined("missing_go_to_left").astype(bool),
            weight=joined("weighted_n_node_samples"),
            leaf_value=np.concatenate([tree.value[tree.children_left == NO_CHILD, 0] for tree in trees]),
            classes=model.classes_,
            n_features=model.n_features_in_,
        )

    def to_sklearn(self) -> RandomForestClassifier:
        """Rebuild a RandomForestClassifier whose `predict` and `predict_proba` equal the original's to the bit.

        It is for prediction only: what only training knows (parameters, impurities, out-of-bag) is not in it.
        """
        from sklearn.ensemble import RandomForestClassifier
        from sklearn.tree import DecisionTreeClassifier

        def fitted(estimator: Any, classes: np.ndarray) -> Any:
            estimator.classes_, estimator.n_classes_ = classes, len(classes)
            estimator.n_features_in_, estimator.n_outputs_ = self.n_features, 1
            return estimator

        model = fitted(RandomForestClassifier(self.n_trees), self.classes)
        model.estimator_ = DecisionTreeClassifier()
        model.estimators_ = []
        for tree in self._sklearn_trees():
            # Inside a forest the trees number the classes, whatever their labels.
            estimator = fitted(DecisionTreeClassifier(), np.arange(len(self.classes), dtype=np.float64))
            estimator.tree_ = tree
            model.estimators_.append(estimator)
        return model

    def _sklearn_trees(self) -> Iterator[Any]:
        """scikit-learn's own tree objects, filled the way it fills them itself when it is unpickled."""
        from sklearn.tree._tree import NODE_DTYPE, Tree

        nodes = np.zeros(len(self.left), NODE_DTYPE)
        for name, values in {
            "left_child": self.left,
            "right_child": self.right,
            "feature": self.feature,
            "threshold": self.threshold,
            "missing_go_to_left": self.missing_left,
            "n_node_samples": np.rint(self.weight),
            "weighted_n_node_samples": self.weight,
        }.items():
            nodes[name] = values
        value = np.zeros((len(self.left), 1, len(self.classes)))
        value[self.is_leaf, 0] = self.leaf_value
        depth = np.empty(len(self.left), np.int64)
        for number, level in enumerate(self.levels()):
            depth[level] = number
        for start, stop in zip(self.first_node[:-1], self.first_node[1:], strict=True):
            tree = Tree(self.n_features, np.array([len(self.classes)], np.intp), 1)
            tree.__setstate__(
                {
                    "max_depth": int(depth[start:stop].max()),
                    "node_count": int(stop - start),
                    "nodes": nodes[start:stop],
                    "values": value[start:stop],
                }
            )
            yield tree

    def as_dict(self) -> dict[str, np.ndarray]:
        """The arrays by name, none of them of objects: for ``np.savez``."""
        return {field.name: np.asarray(getattr(self, field.name)) for field in fields(self)}

    @classmethod
    def from_dict(cls, arrays: Mapping[str, np.ndarray]) -> ForestArrays:
        """The inverse of `as_dict`, also from an open npz file; ValueError if anything is missing or wrong."""
        names = [field.name for field in fields(cls)]
        missing = [name for name in names if name not in arrays]
        if missing:
            raise ValueError(f"A forest must have the arrays {', '.join(names)}. Missing: {', '.join(missing)}.")
        found: dict[str, Any] = {name: arrays[name] for name in names}
        return cls(**found)


_LAYOUT: dict[str, tuple[type, int]] = {
    "first_node": (np.int64, 1),
    "left": (np.int32, 1),
    "right": (np.int32, 1),
    "feature": (np.int32, 1),
    "threshold": (np.float64, 1),
    "missing_left": (np.bool_, 1),
    "weight": (np.float32, 1),
    "leaf_value": (np.float64, 2),
}


def _array(name: str, given: Any, dtype: type, ndim: int) -> np.ndarray:
    """`given` as a contiguous array of `dtype`; floats may be rounded by that, integers must fit."""
    array, wanted = np.asarray(given), np.dtype(dtype)
    kinds = "iu" if wanted.kind == "i" else wanted.kind
    if array.ndim != ndim or array.dtype.kind not in kinds:
        raise ValueError(
            f"'{name}' of a forest must be {wanted} in {ndim} dimensions. Got {array.dtype} in {array.ndim} instead."
        )
    with np.errstate(over="ignore"):
        converted = np.asarray(array, wanted, order="C")
    _refuse(wanted.kind == "i" and (converted != array).any(), f"'{name}' must fit into {wanted}")
    return converted


def _refuse(wrong: Any, rule: str) -> None:
    if wrong:
        raise ValueError(f"The forest's arrays are damaged: {rule}.")


def _check_classes(classes: np.ndarray) -> None:
    _refuse(classes.ndim != 1 or classes.dtype.kind not in "biufU", "'classes' must be a list of numbers or strings")
    _refuse(len(classes) == 0 or len(np.unique(classes)) != len(classes), "'classes' must name each class once")


def _check_trees(forest: ForestArrays) -> None:
    """Each tree must be one: every node but the root has just one parent, and that comes before it."""
    first, n_nodes = forest.first_node, len(forest.left)
    for name in ("right", "feature", "threshold", "missing_left", "weight"):
        _refuse(len(getattr(forest, name)) != n_nodes, f"'{name}' must be as long as 'left'")
    _refuse(
        len(first) < 2 or first[0] != 0 or first[-1] != n_nodes or (np.diff(first) < 1).any(),
        "'first_node' must rise from 0 to the number of nodes",
    )
    leaf, root = forest.is_leaf, forest.root
    _refuse((leaf != (forest.right == NO_CHILD)).any(), "a node must have two children or none")
    inner = np.flatnonzero(~leaf)
    stop = np.repeat(first[1:], np.diff(first))[inner]
    children = [root[inner] + side[inner] for side in (forest.left, forest.right)]
    for child in children:
        _refuse(((child <= inner) | (child >= stop)).any(), "children must come after their parent in the same tree")
    parents = np.bincount(np.concatenate(children), minlength=n_nodes)
    parents[first[:-1]] += 1
    _refuse((parents != 1).any(), "each node but a root must have one parent")


def _check_nodes(forest: ForestArrays) -> None:
    leaf, value = forest.is_leaf, forest.leaf_value
    feature, weight = forest.feature[~leaf], forest.weight
    _refuse(forest.n_features < 1, "'n_features' must be at least 1")
    _refuse(((feature < 0) | (feature >= forest.n_features)).any(), "'feature' must be below 'n_features'")
    # Infinite thresholds are scikit-learn's way to split what is NaN from what is not.
    _refuse(np.isnan(forest.threshold[~leaf]).any(), "'threshold' must not be NaN")
    _refuse(not (np.isfinite(weight) & (weight >= 0)).all(), "'weight' must be finite and not negative")
    _refuse(value.shape != (leaf.sum(), len(forest.classes)), "'leaf_value' must have a row a leaf, a column a class")
    _refuse(not ((value >= 0) & (value <= 1 + 1e-6)).all(), "'leaf_value' must hold fractions")
