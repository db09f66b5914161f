"""Texts → vectors: the bundled offline model, any OpenAI-compatible server, or none."""

from bot.adapters.embedders.offline import OfflineEmbedder, installed
from bot.adapters.embedders.server import ServerEmbedder

__all__ = ["OfflineEmbedder", "ServerEmbedder", "installed"]
