"""The library: what somebody may read, found, filtered, sorted and shown page by page, and what is done to several."""
