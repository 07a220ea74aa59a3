"""Names of language models as Ollama understands them."""


def full_model_name(model: str) -> str:
    """Return a model's name with its tag; a name without one means the tag latest."""
    # A colon before the last slash belongs to the registry's port.
    return model if ":" in model.rsplit("/", 1)[-1] else f"{model}:latest"


def is_same_model(listed: str, wanted: str) -> bool:
    """Tell whether a name that a server lists is the wanted one."""
    return listed in {wanted, full_model_name(wanted)}
