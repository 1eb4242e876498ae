"""Load and cost of the main requests, measured against a real server on PostgreSQL. `make bench` prints; JSON is kept beside."""
