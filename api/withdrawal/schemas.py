"""What an artisan asks for when they withdraw."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictInt

from models.types import CURRENCY_DECIMALS, MAX_MINOR


class WithdrawalInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    currency: Annotated[str, Field(pattern=f"^({'|'.join(CURRENCY_DECIMALS)})$")]
    amount_minor: Annotated[StrictInt, Field(ge=1, le=MAX_MINOR)] | None = None
    """In minor units: USD 12.30 is 1230. Without it, all that is available."""
