"""The failures drill: what goes wrong at venues, links, disks and copies; each is judged."""
