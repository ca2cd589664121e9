"""A Vertex AI of one's own: what a deployment needs of Google's REST, over the very containers that the platform would run."""

from fivefold.testing.vertex.faults import Fault, Kind, Trouble
from fivefold.testing.vertex.replica import Probes
from fivefold.testing.vertex.server import VertexEmulator

__all__ = ["Fault", "Kind", "Probes", "Trouble", "VertexEmulator"]
