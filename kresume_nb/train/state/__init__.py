"""All that a training remembers besides its variables, as plain values, and put back where it was.

`encoding.py` turns Python values into JSON and arrays; `all_callbacks.py`, `model_extras.py`, `data_object.py` and
`rng.py` say whose values those are; `in_place.py` and `identity.py` keep shared objects shared.
"""
