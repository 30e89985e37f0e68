"""Pages: folium maps, the site, pages of text."""
