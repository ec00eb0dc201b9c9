"""Open a data folder of a node without the daemon, quickly: no aiohttp, no uvloop."""
