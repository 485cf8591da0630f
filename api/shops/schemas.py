"""What an artisan tells us of the shop that they want to open, and what an administrator sees and decides."""

from datetime import datetime
from typing import Annotated, Literal, get_args

import pycountry
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from api.catalogue.schemas import View
from api.text import Line, Prose
from models.repositories.shops import Application
from models.rules.tax.assess import REGIONS
from models.types import CURRENCY_DECIMALS

ShopStatus = Literal["pending", "approved", "refused", "suspended"]
STATUSES: tuple[str, ...] = get_args(ShopStatus)


def _known_country(code: str) -> str:
    if pycountry.countries.get(alpha_2=code) is None:
        raise ValueError("is not a country we know; use the two letters of ISO 3166, such as US")
    return code


def _known_currency(code: str) -> str:
    if code not in CURRENCY_DECIMALS:
        raise ValueError(f"choose one of {', '.join(CURRENCY_DECIMALS)}")
    return code


class ShopDescription(BaseModel):
    """Everything but the story stands on the shop's page once it is open; parcels start from its town."""

    model_config = ConfigDict(extra="forbid")

    shop_name: Annotated[Line, Field(min_length=2, max_length=120)]
    craft: Annotated[str, Field(min_length=1, max_length=40)]
    """A category's slug."""
    story: Annotated[Prose, Field(min_length=40, max_length=4000)]
    city: Annotated[Line, Field(min_length=1, max_length=120)]
    region: Annotated[Line, Field(max_length=60)] = ""
    """Two letters of the state or province in the US and Canada."""
    postal_code: Annotated[Line, Field(min_length=1, max_length=20)]
    country: Annotated[
        str,
        StringConstraints(strip_whitespace=True, to_upper=True, pattern="^[A-Za-z]{2}$"),
        AfterValidator(_known_country),
    ]
    currency: Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True), AfterValidator(_known_currency)]
    """That all prices of the shop are in. It stays."""

    @model_validator(mode="after")
    def _region_decides_the_tax(self) -> "ShopDescription":
        regions = REGIONS.get(self.country)
        if regions is not None:
            self.region = self.region.upper()
            if self.region not in regions:
                raise ValueError(f"region: choose one of {', '.join(sorted(regions))}")
        return self


class OwnShopView(View):
    """An application as its artisan sees it."""

    id: str
    slug: str
    status: ShopStatus
    shop_name: str
    craft: str
    story: str
    city: str
    region: str
    postal_code: str
    country: str
    currency: str
    applied_at: datetime | None
    decided_at: datetime | None
    reason: str
    """Of a refusal."""

    @classmethod
    def of(cls, shop: Application) -> "OwnShopView":
        return cls(
            id=shop.id,
            slug=shop.slug,
            status=shop.status,  # type: ignore[arg-type]  # the table's check constraint
            shop_name=shop.name,
            craft=shop.craft or "",
            story=shop.story,
            city=shop.city,
            region=shop.region,
            postal_code=shop.postal_code,
            country=shop.country,
            currency=shop.currency,
            applied_at=shop.applied_at,
            decided_at=shop.decided_at,
            reason=shop.reason if shop.approved is False else "",
        )


class ShopApplicationView(OwnShopView):
    """The same as an administrator sees it."""

    owner_id: str
    owner_name: str
    craft_name: str
    listings: int
    """That the artisan has prepared already."""

    @classmethod
    def of(cls, shop: Application) -> "ShopApplicationView":
        return cls(
            **{**OwnShopView.of(shop).model_dump(), "reason": shop.reason},
            owner_id=shop.owner_id,
            owner_name=shop.owner_name,
            craft_name=shop.craft_name,
            listings=shop.listings,
        )


class ShopDecisionInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    approve: bool
    reason: Annotated[Prose, Field(min_length=3, max_length=1000)]
    """Kept with the decision; of a refusal the artisan is told."""
