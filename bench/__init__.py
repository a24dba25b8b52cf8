"""How fast is Loa here? Measured by hand with `make bench`; every figure stands beside an honest baseline of the same run."""
