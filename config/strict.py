"""The model that every part of a YAML file is made of."""

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """A part of a file: nothing unknown, nothing changed later."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
