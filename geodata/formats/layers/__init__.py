"""Map layers: GeoPackage, Shapefile, FlatGeobuf and KML, each read and written in one module."""
