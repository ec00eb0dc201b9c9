"""Open a data folder of the centre without its server, quickly: no aiohttp, no uvloop."""
