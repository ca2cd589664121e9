"""The built-in families keep the rules of their seam."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from fivefold.testing.families import FamilySuite
from fivefold.training.families.catboost import CatBoost
from fivefold.training.families.dummy import Dummy
from fivefold.training.families.extra_trees import ExtraTrees
from fivefold.training.families.lightgbm import LightGBM
from fivefold.training.families.linear import Linear
from fivefold.training.families.mlp import MLP
from fivefold.training.families.xgboost import XGBoost

if TYPE_CHECKING:
    from fivefold.core.protocols import Family


class TestDummy(FamilySuite):
    learns: ClassVar[bool] = False

    def make(self) -> Family:
        return Dummy()


class TestLinear(FamilySuite):
    def make(self) -> Family:
        return Linear()


class TestLightGBM(FamilySuite):
    def make(self) -> Family:
        return LightGBM()


class TestCatBoost(FamilySuite):
    def make(self) -> Family:
        return CatBoost()


class TestExtraTrees(FamilySuite):
    def make(self) -> Family:
        return ExtraTrees()


class TestXGBoost(FamilySuite):
    def make(self) -> Family:
        return XGBoost()


class TestMLP(FamilySuite):
    def make(self) -> Family:
        return MLP()
