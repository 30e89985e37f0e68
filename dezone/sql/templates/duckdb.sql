-- The de-escalation zones as tables, and dezone_verdict(lon, lat, day), for DuckDB.
--   INSTALL spatial;  (once)
--   duckdb DATABASE < dezone.sql
-- Atlas {{ about.atlas }} {{ about.version }}, SHA-256 {{ about.sha256 }}; {{ about.software }}.
-- Written by `dezone sql duckdb`: write it anew rather than change it.
LOAD spatial;
BEGIN TRANSACTION;
DROP MACRO IF EXISTS dezone_verdict;
{% for name in tables %}
DROP TABLE IF EXISTS dezone_{{ name }};
{% endfor %}

CREATE TABLE dezone_about (key VARCHAR, value VARCHAR NOT NULL);
CREATE TABLE dezone_names (kind VARCHAR, id VARCHAR, language VARCHAR, name VARCHAR NOT NULL);
CREATE TABLE dezone_placeholders (
  name VARCHAR, west DOUBLE, south DOUBLE, east DOUBLE, north DOUBLE);
CREATE TABLE dezone_extents (
  id VARCHAR, boundary VARCHAR, zone VARCHAR, days STRUCT("begin" DATE, "until" DATE), low GEOMETRY, best GEOMETRY,
  high GEOMETRY, line GEOMETRY, confidence VARCHAR, sources VARCHAR[]);
COMMENT ON TABLE dezone_extents IS 'The ground of a zone under a boundary: low is surely inside, best the line itself, high possibly inside.';
COMMENT ON COLUMN dezone_extents.days IS 'From the first valid day (included) to the day on which the next extent begins (excluded).';
COMMENT ON COLUMN dezone_extents.line IS 'The best boundary in the plane in which the nearest zone is found: dezone_about, plane.';
CREATE TABLE dezone_grounds (
  rank INTEGER, boundary VARCHAR, number INTEGER, zone VARCHAR, days STRUCT("begin" DATE, "until" DATE), extent VARCHAR,
  main BOOLEAN, drawn BOOLEAN);
COMMENT ON TABLE dezone_grounds IS 'Which extent counts on which days; all of those without days, where there is no date.';
CREATE TABLE dezone_phases (
  zone VARCHAR, phase VARCHAR, days STRUCT("begin" DATE, "until" DATE), legal VARCHAR, actual VARCHAR, what VARCHAR,
  confidence VARCHAR, sources VARCHAR[]);
CREATE TABLE dezone_agreements (
  id VARCHAR, zones VARCHAR[], signed DATE, days STRUCT("begin" DATE, "until" DATE), signatories VARCHAR[],
  guarantors VARCHAR[], mediators VARCHAR[], round VARCHAR, confidence VARCHAR, sources VARCHAR[]);
CREATE TABLE dezone_terms (
  zone VARCHAR, days STRUCT("begin" DATE, "until" DATE), "time" VARCHAR, phase VARCHAR, in_force BOOLEAN,
  reasons VARCHAR[], {{ of_terms | join(" VARCHAR, ") }} VARCHAR);
COMMENT ON TABLE dezone_terms IS 'What was in force for a zone on which days; without a zone: where the place is not known.';
CREATE TABLE dezone_settlements (
  id VARCHAR, name VARCHAR, name_ar VARCHAR, kind VARCHAR, zone VARCHAR, admin VARCHAR[], size_m DOUBLE,
  course INTEGER);
CREATE TABLE dezone_points (
  settlement VARCHAR, rank INTEGER, longitude DOUBLE, latitude DOUBLE, source VARCHAR, size_m DOUBLE, tier INTEGER,
  west DOUBLE, east DOUBLE, south DOUBLE, north DOUBLE);
COMMENT ON COLUMN dezone_points.tier IS 'Which of several settlements counts: of the lowest, the one with the smallest distance divided by size.';
CREATE TABLE dezone_holdings (
  settlement VARCHAR, side VARCHAR, days STRUCT("begin" DATE, "until" DATE), came_by DATE, event VARCHAR,
  confidence VARCHAR, sources VARCHAR[]);
COMMENT ON COLUMN dezone_holdings.days IS 'All days on which the side may have held the place: days of change are also the next holder''s.';

CREATE TABLE dezone_answers (
  id INTEGER PRIMARY KEY, {% for name in columns if name != "settlement" %}"{{ name }}" VARCHAR{{ "" if loop.last else ", " }}{% endfor %});
CREATE TABLE dezone_courses (course INTEGER, days STRUCT("begin" DATE, "until" DATE), answer INTEGER);
COMMENT ON TABLE dezone_courses IS 'Which answer holds for a settlement on which days; without days, where there is no date.';

{% for statements in tables.values() %}{{ statements }}{% endfor %}

CREATE MACRO dezone_verdict(lon, lat, day) AS (
SELECT { {% for name in columns %}'{{ name }}': "{{ name }}"{{ "" if loop.last else ", " }}{% endfor %} }
FROM (
{% include "verdict.sql" %}
));
COMMIT;
