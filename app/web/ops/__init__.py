"""Door for operators' machines: liveness, readiness, metrics, and the request line of the log.

Liveness and readiness answer on the main listener with one word; what is behind them, and the metrics, only on the
metrics listener. May import: flows, core, db, kit and the edge, never another door.
"""
