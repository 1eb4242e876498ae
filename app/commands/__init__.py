"""The commands of `poolhouse`, one file each: they read settings, open resources and run what is below.

`__main__` only names them and their options. May import: main and everything below it.
"""
