{% import "dezone.export:style.xml" as style %}
<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<qgis version="3.22.0" styleCategories="AllStyleCategories" labelsEnabled="{{ 1 if look.label else 0 }}" simplifyDrawingHints="1" simplifyAlgorithm="0" simplifyDrawingTol="1" simplifyLocal="1" simplifyMaxScale="1" hasScaleBasedVisibilityFlag="0">
{{ style.body(layer, look) }}
<layerGeometryType>{{ geometry }}</layerGeometryType>
</qgis>
