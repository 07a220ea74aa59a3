"""Everything that talks to Ollama: chat, models, pulling, preloading, and its errors by name."""
