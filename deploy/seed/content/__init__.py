"""The words and numbers of the seeded shops: one module for each shop, plain data.

Owns what a shop and its listings say. Pictures are drawn in `deploy/seed/pictures` from each listing's motif; nothing
here knows of the database.
"""

from deploy.seed.content import (
    alder_and_peg,
    barro_y_humo,
    cobre_lento,
    cold_lake_forge,
    indigo_shed,
    kiln_street_glass,
    loom_hill,
    marbled_hare,
    rushlight_baskets,
    saltmarsh_pottery,
    slow_tide_press,
    small_hours_silver,
    taller_calendula,
    tannery_lane,
    third_ridge_woodshop,
)
from deploy.seed.content.categories import CATEGORIES
from deploy.seed.content.model import Category, Listing, Motif, Picture, Shop

_MODULES = (
    saltmarsh_pottery,
    third_ridge_woodshop,
    indigo_shed,
    kiln_street_glass,
    small_hours_silver,
    tannery_lane,
    cobre_lento,
    slow_tide_press,
    loom_hill,
    rushlight_baskets,
    barro_y_humo,
    marbled_hare,
    cold_lake_forge,
    taller_calendula,
    alder_and_peg,
)

SHOPS: tuple[Shop, ...] = tuple(module.SHOP for module in _MODULES)
LISTINGS: tuple[Listing, ...] = tuple(listing for module in _MODULES for listing in module.LISTINGS)

__all__ = ["CATEGORIES", "LISTINGS", "SHOPS", "Category", "Listing", "Motif", "Picture", "Shop"]
