-- The de-escalation zones as tables, and dezone_verdict(lon, lat, day), for PostGIS.
--   psql -d DATABASE -f dezone.sql
-- Atlas {{ about.atlas }} {{ about.version }}, SHA-256 {{ about.sha256 }}; {{ about.software }}.
-- Written by `dezone sql postgis`: write it anew rather than change it.
\set ON_ERROR_STOP on
BEGIN;
SET LOCAL standard_conforming_strings = on;
SET LOCAL client_min_messages = warning;
SET LOCAL client_encoding = 'UTF8';
CREATE EXTENSION IF NOT EXISTS postgis;
DROP FUNCTION IF EXISTS dezone_verdict(double precision, double precision, date);
DROP TABLE IF EXISTS dezone_{{ tables | join(", dezone_") }};

CREATE TABLE dezone_about (key text PRIMARY KEY, value text NOT NULL);
CREATE TABLE dezone_names (kind text, id text, language text, name text NOT NULL, PRIMARY KEY (kind, id, language));
CREATE TABLE dezone_placeholders (
  name text, west double precision, south double precision, east double precision, north double precision);
CREATE TABLE dezone_extents (
  id text PRIMARY KEY, boundary text NOT NULL, zone text NOT NULL, days daterange NOT NULL,
  low geometry(Geometry, 4326), best geometry(Geometry, 4326), high geometry(Geometry, 4326),
  line geometry, confidence text, sources text[]);
COMMENT ON TABLE dezone_extents IS 'The ground of a zone under a boundary: low is surely inside, best the line itself, high possibly inside.';
COMMENT ON COLUMN dezone_extents.days IS 'From the first valid day (included) to the day on which the next extent begins (excluded).';
COMMENT ON COLUMN dezone_extents.line IS 'The best boundary in the plane in which the nearest zone is found: dezone_about, plane.';
CREATE TABLE dezone_grounds (
  rank int, boundary text, number int, zone text, days daterange, extent text REFERENCES dezone_extents,
  main boolean, drawn boolean);
COMMENT ON TABLE dezone_grounds IS 'Which extent counts on which days; all of those without days, where there is no date.';
CREATE TABLE dezone_phases (
  zone text, phase text, days daterange, legal text, actual text, what text, confidence text, sources text[]);
CREATE TABLE dezone_agreements (
  id text PRIMARY KEY, zones text[], signed date, days daterange, signatories text[], guarantors text[],
  mediators text[], round text, confidence text, sources text[]);
CREATE TABLE dezone_terms (
  zone text, days daterange, time text, phase text, in_force boolean, reasons text[],
  {{ of_terms | join(" text, ") }} text);
COMMENT ON TABLE dezone_terms IS 'What was in force for a zone on which days; without a zone: where the place is not known.';
CREATE TABLE dezone_settlements (
  id text PRIMARY KEY, name text, name_ar text, kind text, zone text, admin text[], size_m double precision,
  course INTEGER);
CREATE TABLE dezone_points (
  settlement text REFERENCES dezone_settlements, rank INTEGER, longitude double precision, latitude double precision, source text, size_m double precision, tier INTEGER,
  west double precision, east double precision, south double precision, north double precision);
COMMENT ON COLUMN dezone_points.tier IS 'Which of several settlements counts: of the lowest, the one with the smallest distance divided by size.';
CREATE TABLE dezone_holdings (
  settlement text REFERENCES dezone_settlements, side text, days daterange, came_by date, event text, confidence text,
  sources text[]);
COMMENT ON COLUMN dezone_holdings.days IS 'All days on which the side may have held the place: days of change are also the next holder''s.';

CREATE TABLE dezone_answers (
  id INTEGER PRIMARY KEY, {% for name in columns if name != "settlement" %}"{{ name }}" text{{ "" if loop.last else ", " }}{% endfor %});
CREATE TABLE dezone_courses (course INTEGER, days daterange, answer INTEGER);
COMMENT ON TABLE dezone_courses IS 'Which answer holds for a settlement on which days; without days, where there is no date.';

{% for statements in tables.values() %}{{ statements }}{% endfor %}

CREATE INDEX ON dezone_extents USING gist (high);
CREATE INDEX ON dezone_points (south, north);
CREATE INDEX ON dezone_courses (course);
ANALYZE dezone_points;
ANALYZE dezone_courses;
CREATE INDEX ON dezone_holdings (settlement);

CREATE FUNCTION dezone_verdict(lon double precision, lat double precision, day date)
RETURNS TABLE ({% for name in columns %}"{{ name }}" text{{ "" if loop.last else ", " }}{% endfor %})
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1 SET jit = off AS $dezone$
{% include "verdict.sql" %}
$dezone$;
COMMENT ON FUNCTION dezone_verdict IS
  'The verdict on an exact point (degrees, WGS 84) and a local day, each of which may be null: the columns of a table tagged by dezone.';
COMMIT;
