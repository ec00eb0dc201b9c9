"""A sandbox payment rail: engine pure, server over aiohttp."""
