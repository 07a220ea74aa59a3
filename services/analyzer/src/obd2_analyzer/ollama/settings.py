"""Settings of the language model's side of the analyzer."""

from typing import Self

from pydantic import Field, model_validator

from obd2_common.settings import CommonSettings

PROMPT_TOKENS = 1100
"""What the prompt needs to hold any evidence at all."""


class OllamaSettings(CommonSettings):
    """How Ollama is asked; where it is and which model stands in the common settings."""

    ollama_pull: bool = Field(default=False, description="Pull the model when the server lacks it.")
    ollama_num_ctx: int = Field(
        default=4096,
        ge=2048,
        le=131_072,
        description="Context in tokens; another value than the loaded one makes the server load the model again.",
    )
    ollama_num_predict: int = Field(default=900, ge=200, le=8192, description="Tokens a reply may take at most.")
    ollama_keep_alive: str = Field(
        default="30m",
        pattern=r"^-?\d+(ms|s|m|h)?$",
        description="How long the model stays loaded; below 0 is for ever.",
    )
    ollama_connect_timeout_seconds: float = Field(default=5.0, gt=0, description="Reaching the server, listing models.")
    ollama_load_timeout_seconds: float = Field(
        default=600.0, gt=0, description="Loading the model, before it is asked."
    )

    @model_validator(mode="after")
    def _prompt_has_room(self) -> Self:
        if self.ollama_num_predict > self.ollama_num_ctx - PROMPT_TOKENS:
            raise ValueError(f"OLLAMA_NUM_PREDICT leaves the prompt less than {PROMPT_TOKENS} tokens of OLLAMA_NUM_CTX")
        return self

    @property
    def keep_alive(self) -> str | int:
        """Return how the server takes it: seconds as a number, since a text needs a unit."""
        duration = self.ollama_keep_alive
        return int(duration) if duration.lstrip("-").isdigit() else duration
