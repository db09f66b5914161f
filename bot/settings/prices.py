"""``config/models.yaml``: what models cost."""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.domain.budget import DEAR, Price, Prices
from bot.errors import Misconfigured

HINT = "write `models:`, then `  my-model: {input: 0.75, output: 4.5}`: US dollars per million tokens"


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid")
    input: float = Field(ge=0, allow_inf_nan=False)
    output: float = Field(ge=0, allow_inf_nan=False)

    def price(self) -> Price:
        return Price(tokens_in=self.input, tokens_out=self.output)


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid")
    models: dict[str, _Row] = {}
    other: _Row = _Row(input=DEAR.tokens_in, output=DEAR.tokens_out)


def read_prices(path: Path) -> Prices:
    """The price table of this file.

    Raises:
        Misconfigured: it cannot be read, or says something that is no price: what, where, what is right.
    """
    try:
        body = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise Misconfigured("cannot read the prices of models", hint=HINT, file=path) from error
    try:
        table = _Table.model_validate({key: one for key, one in (body or {}).items() if one is not None})
    except (ValidationError, AttributeError) as error:
        said, where = "this is no table", ""
        if isinstance(error, ValidationError):
            first = error.errors()[0]
            said, where = first["msg"], ".".join(str(one) for one in first["loc"])
        raise Misconfigured(f"{where or 'models.yaml'} is not right: {said}", hint=HINT, file=path) from None
    models = {name: row.price() for name, row in table.models.items()}
    return Prices(models=models, other=table.other.price())
