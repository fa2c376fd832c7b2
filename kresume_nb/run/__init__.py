"""The run folder: the contract between the side that trains and the side that shows.

Standard library and NumPy only; see README.md for the layout on disk.
"""
