"""Raw facts and the build that writes geodata/data from them; not in the wheel."""
