"""The jobs that write mail, over Arrow data in memory: no archive, no files, no run directory.

jobs    one call each, as `verify_batch` is for `verify`
work    the engines behind them: what is written, and its proof
"""
