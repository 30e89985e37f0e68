WITH asked AS (
  SELECT
    {{ point("lon", "lat") }} AS point,
    lon IS NULL AND lat IS NULL AS missing,
    NOT coalesce(lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90, lon IS NULL AND lat IS NULL) AS unreadable,
    coalesce(lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90, FALSE) AND NOT EXISTS (
      SELECT 1 FROM dezone_placeholders p
      WHERE lon BETWEEN p.west AND p.east AND lat BETWEEN p.south AND p.north) AS located,
    coalesce(lon < {{ about.west }} OR lon > {{ about.east }} OR lat < {{ about.south }} OR lat > {{ about.north }},
      FALSE) AS abroad,
    CASE WHEN day <= current_date THEN day END AS valid_day,
    coalesce(day > current_date, FALSE) AS future
), covered AS (
  SELECT
    g.rank, g.boundary, g.number, g.zone, g.extent, g.main, g.drawn,
    a.located AND ST_Covers(e.low, a.point) AS low,
    a.located AND ST_Covers(e.best, a.point) AND g.main AS best,
    a.located AND ST_Covers(e.high, a.point) AS high
  FROM asked a
  JOIN dezone_grounds g ON CASE WHEN a.valid_day IS NULL THEN g.days IS NULL ELSE {{ holds("g.days", "a.valid_day") }} END
  JOIN dezone_extents e ON e.id = g.extent
), grounds AS (
  SELECT
    rank, boundary, number, zone, bool_and(low) AS low, bool_or(best) AS best, bool_or(high) AS high,
    bool_or(high AND NOT low) AS band, count(*) > 1 AS changed, bool_or(drawn) AS drawn
  FROM covered GROUP BY rank, boundary, number, zone
), leaders AS (
  SELECT
    rank, boundary, zone, high, band, changed, drawn,
    CASE WHEN low THEN 'inside' WHEN high THEN 'straddles' ELSE 'outside' END AS space,
    row_number() OVER (PARTITION BY boundary ORDER BY best DESC, high DESC, number) AS place
  FROM grounds
), conformal AS {{ once }} (
  SELECT point, radians(lon - {{ plane.longitude }}) AS along,
    2 * atan(tan(pi() / 4 + radians(lat) / 2) *
      power((1 - {{ plane.e }} * sin(radians(lat))) / (1 + {{ plane.e }} * sin(radians(lat))), {{ plane.e / 2 }})) - pi() / 2 AS chi
  FROM asked
  WHERE located AND NOT EXISTS (SELECT 1 FROM leaders l WHERE l.boundary = '{{ about.boundary }}' AND l.high)
), placed AS {{ once }} (
  SELECT point, chi, along, {{ plane.scale }} /
    (1 + {{ plane.sin }} * sin(chi) + {{ plane.cos }} * cos(chi) * cos(along)) AS scale
  FROM conformal
), feet AS {{ once }} (
  SELECT p.point, c.zone, c.number, ST_ClosestPoint(e.line, ST_Point(p.scale * cos(p.chi) * sin(p.along),
    p.scale * ({{ plane.cos }} * sin(p.chi) - {{ plane.sin }} * cos(p.chi) * cos(p.along)))) AS foot
  FROM placed p
  CROSS JOIN covered c
  JOIN dezone_extents e ON e.id = c.extent
  WHERE c.boundary = '{{ about.boundary }}' AND c.main
), turned AS {{ once }} (
  SELECT point, zone, number, ST_X(foot) AS x, ST_Y(foot) AS y, sqrt(power(ST_X(foot), 2) + power(ST_Y(foot), 2)) AS rho,
    2 * atan(sqrt(power(ST_X(foot), 2) + power(ST_Y(foot), 2)) / {{ plane.scale }}) AS angle
  FROM feet
), back AS {{ once }} (
  SELECT point, zone, number,
    asin(cos(angle) * {{ plane.sin }} + y * sin(angle) * {{ plane.cos }} / rho) AS chi,
    atan2(x * sin(angle), rho * {{ plane.cos }} * cos(angle) - y * {{ plane.sin }} * sin(angle)) AS along
  FROM turned
), nearest AS (
  SELECT zone, row_number() OVER (ORDER BY {{ metres("point", plane.longitude ~ " + degrees(along)",
    "degrees(chi" ~ plane.series ~ ")") }}, number) AS place
  FROM back
), chosen AS (
  SELECT
    a.*, l.band, l.changed,
    CASE WHEN NOT a.located THEN NULL WHEN l.high THEN l.zone ELSE n.zone END AS zone,
    CASE WHEN a.located THEN l.space ELSE 'unknown' END AS space
  FROM asked a
  LEFT JOIN leaders l ON l.boundary = '{{ about.boundary }}' AND l.place = 1
  LEFT JOIN nearest n ON n.place = 1
), compared AS (
  SELECT
    string_agg(l.boundary || '=' || CASE WHEN c.located THEN l.space ELSE 'unknown' END, ';' ORDER BY l.rank) AS boundaries,
    bool_or(c.located AND l.space <> c.space) AS disagree
  FROM chosen c
  JOIN leaders l ON l.place = 1
  JOIN (SELECT boundary, bool_or(drawn) AS drawn FROM grounds GROUP BY boundary) d ON d.boundary = l.boundary
  WHERE l.boundary = '{{ about.boundary }}' OR d.drawn AND (NOT c.located OR NOT l.high OR l.drawn)
), terms AS (
  SELECT t.*, t.zone IS NOT DISTINCT FROM c.zone AS mine,
    NOT (c.located AND NOT coalesce(g.high, FALSE)) AS within
  FROM chosen c
  JOIN dezone_terms t ON {{ holds("t.days", "c.valid_day") }}
  LEFT JOIN grounds g ON g.boundary = '{{ about.boundary }}' AND g.zone = t.zone
), decided AS (
  SELECT
    c.*, m.boundaries, m.disagree, t.phase, t.reasons AS of_days, t.{{ of_terms | join(", t.") }},
    coalesce(t.time, 'unknown') AS at_time,
    CASE
      WHEN c.valid_day IS NULL THEN c.located AND NOT EXISTS (
        SELECT 1 FROM grounds g WHERE g.boundary = '{{ about.boundary }}' AND g.high)
      ELSE NOT EXISTS (SELECT 1 FROM terms o WHERE o.zone IS NOT NULL AND o.in_force AND o.within)
    END AS elsewhere
  FROM chosen c CROSS JOIN compared m LEFT JOIN terms t ON t.mine
), told AS (
  SELECT
    *,
    space IN ('inside', 'straddles') AND at_time IN ('in_force', 'partly') AS concerned,
    located AND NOT (elsewhere AND at_time IN ('not_yet', 'ended')) AS by_line
  FROM decided
), spoken AS (
  SELECT
    *,
    CASE
      WHEN unreadable OR future THEN 'undetermined'
      WHEN elsewhere THEN 'outside'
      WHEN NOT located OR valid_day IS NULL THEN 'undetermined'
      WHEN space = 'inside' AND at_time = 'in_force' THEN 'inside'
      ELSE 'uncertain'
    END AS said,
    concat_ws(';',
      CASE WHEN missing THEN 'no-location' END,
      CASE WHEN unreadable THEN 'unreadable-location' END,
      CASE WHEN NOT located AND NOT missing AND NOT unreadable THEN 'placeholder-location' END,
      CASE WHEN abroad AND NOT unreadable THEN 'outside-country' END,
      CASE WHEN by_line AND space = 'straddles' AND band THEN 'near-boundary' END,
      CASE WHEN by_line AND disagree THEN 'boundaries-disagree' END,
      CASE WHEN by_line AND space = 'straddles' AND changed THEN 'spans-extents' END,
      CASE WHEN valid_day IS NULL AND NOT future THEN 'no-date' END,
      CASE WHEN future THEN 'future-date' END,
      CASE WHEN concerned THEN nullif(array_to_string(of_days, ';'), '') END) AS why
  FROM told
), settlement AS (
  SELECT p.settlement, row_number() OVER (ORDER BY p.tier, p.metres / p.size_m, p.size_m, p.rank) AS place
  FROM (
    SELECT s.*, sqrt(power(radians(s.latitude - lat) * {{ near.radius * (1 - near.e2) }} / power(s.w, 1.5), 2) +
      power(radians(s.longitude - lon) * {{ near.radius }} / sqrt(s.w) * cos(radians((lat + s.latitude) / 2)), 2)) AS metres
    FROM (
      SELECT q.*, 1 - {{ near.e2 }} * power(sin(radians((lat + q.latitude) / 2)), 2) AS w
      FROM asked a JOIN dezone_points q ON a.located AND lon BETWEEN q.west AND q.east AND lat BETWEEN q.south AND q.north
    ) s
  ) p
  WHERE p.metres <= p.size_m
), answered AS (
  SELECT s.settlement, t.*
  FROM asked a
  JOIN settlement s ON s.place = 1
  JOIN dezone_settlements p ON p.id = s.settlement
  JOIN dezone_courses d ON d.course = p.course AND CASE WHEN a.valid_day IS NULL THEN d.days IS NULL ELSE {{ holds("d.days", "a.valid_day") }} END
  JOIN dezone_answers t ON t.id = d.answer
)
SELECT
  {% for name in columns %}
  CASE WHEN t.id IS NOT NULL THEN {% if name == "verdict" %}CASE WHEN s.future THEN 'undetermined' ELSE t.verdict END{% elif name == "reasons" %}CASE WHEN s.future THEN replace(t.reasons, 'no-date', 'future-date') ELSE t.reasons END{% else %}t."{{ name }}"{% endif %}

    ELSE {% if name == "verdict" %}s.said{% elif name == "reasons" %}s.why{% elif name == "time" %}s.at_time{% elif name in of_terms %}CASE WHEN s.concerned THEN s."{{ name }}" ELSE {{ "NULL" if name in nullable else "''" }} END{% elif name in of_points %}s."{{ name }}"{% else %}{{ "NULL" if name in nullable else "''" }}{% endif %} END AS "{{ name }}"{{ "" if loop.last else "," }}
  {% endfor %}
FROM spoken s LEFT JOIN answered t ON TRUE
