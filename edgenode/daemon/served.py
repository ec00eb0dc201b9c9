"""The running node as the control port sees it: what it tells, and what may be asked of it."""

from edgenode.daemon.acting import Acting
from edgenode.daemon.pushing import Pushes
from edgenode.daemon.reading import Parts, Reading


class ServedNode(Reading, Acting):
    """Implements `NodeFacade`: both halves over one recorder."""

    def __init__(self, parts: Parts) -> None:
        Reading.__init__(self, parts)
        running, heard = parts.running, parts.heard
        pushes = Pushes(heard.signals, running.wall) if heard else None
        Acting.__init__(self, parts.recorder, running.market, pushes)
