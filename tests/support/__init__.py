"""What the tests stand on: real servers, and people who use them."""
