"""`make fuzz`: the properties of the suite, tried for so many minutes with new examples."""
