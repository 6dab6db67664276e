const PURE = 'IMMUTABLE PARALLEL SAFE LANGUAGE sql RETURN'

/**
 * The functions that compiled expressions call, as one idempotent script for schema `cb`. All are total: they give
 * NULL where Postgres itself would raise or would differ from JavaScript. The functions of the session, `cb.uid()`,
 * `cb.role()` and `cb.claims()`, are not among them: they belong to whoever signs the session.
 */
export const helperSql = `
CREATE SCHEMA IF NOT EXISTS cb;

CREATE OR REPLACE FUNCTION cb.json_item(j jsonb, i int) RETURNS jsonb ${PURE}
  -- A scalar would return itself for index 0.
  CASE WHEN jsonb_typeof(j) = 'array' THEN j -> i END;
CREATE OR REPLACE FUNCTION cb.json_number(j jsonb) RETURNS float8 ${PURE}
  CASE WHEN jsonb_typeof(j) = 'number' THEN
    CASE WHEN j::numeric = 0 OR abs(j::numeric) BETWEEN 1e-300 AND 1e300 THEN j::numeric::float8 END END;
CREATE OR REPLACE FUNCTION cb.json_text(j jsonb) RETURNS text ${PURE}
  CASE WHEN jsonb_typeof(j) = 'string' THEN j #>> '{}' END;
CREATE OR REPLACE FUNCTION cb.json_bool(j jsonb) RETURNS bool ${PURE}
  CASE WHEN jsonb_typeof(j) = 'boolean' THEN j::bool END;
CREATE OR REPLACE FUNCTION cb.json_equals(j jsonb, v text) RETURNS bool ${PURE}
  CASE WHEN v IS NULL THEN NULL ELSE
    CASE jsonb_typeof(j) WHEN 'string' THEN (j #>> '{}') = v WHEN 'null' THEN NULL
      WHEN 'number' THEN false WHEN 'boolean' THEN false WHEN 'object' THEN false WHEN 'array' THEN false END END;
CREATE OR REPLACE FUNCTION cb.json_equals(j jsonb, v float8) RETURNS bool ${PURE}
  CASE WHEN v IS NULL THEN NULL ELSE
    CASE jsonb_typeof(j) WHEN 'number' THEN cb.json_number(j) = v WHEN 'null' THEN NULL
      WHEN 'string' THEN false WHEN 'boolean' THEN false WHEN 'object' THEN false WHEN 'array' THEN false END END;
CREATE OR REPLACE FUNCTION cb.json_equals(j jsonb, v bool) RETURNS bool ${PURE}
  CASE WHEN v IS NULL THEN NULL ELSE
    CASE jsonb_typeof(j) WHEN 'boolean' THEN j::bool = v WHEN 'null' THEN NULL
      WHEN 'string' THEN false WHEN 'number' THEN false WHEN 'object' THEN false WHEN 'array' THEN false END END;
CREATE OR REPLACE FUNCTION cb.json_size(j jsonb) RETURNS int ${PURE}
  CASE jsonb_typeof(j) WHEN 'array' THEN jsonb_array_length(j) WHEN 'string' THEN char_length(j #>> '{}')
    WHEN 'object' THEN (SELECT count(*)::int FROM jsonb_object_keys(j)) END;

CREATE OR REPLACE FUNCTION cb.double_tame(x float8) RETURNS bool ${PURE}
  x = 0 OR abs(x) BETWEEN 1e-150 AND 1e150;
CREATE OR REPLACE FUNCTION cb.double_add(a float8, b float8) RETURNS float8 ${PURE}
  CASE WHEN cb.double_tame(a) AND cb.double_tame(b) THEN a + b END;
CREATE OR REPLACE FUNCTION cb.double_subtract(a float8, b float8) RETURNS float8 ${PURE}
  CASE WHEN cb.double_tame(a) AND cb.double_tame(b) THEN a - b END;
CREATE OR REPLACE FUNCTION cb.double_multiply(a float8, b float8) RETURNS float8 ${PURE}
  CASE WHEN cb.double_tame(a) AND cb.double_tame(b) THEN a * b END;
CREATE OR REPLACE FUNCTION cb.double_divide(a float8, b float8) RETURNS float8 ${PURE}
  CASE WHEN cb.double_tame(a) AND cb.double_tame(b) AND b <> 0 THEN a / b END;

CREATE OR REPLACE FUNCTION cb.int_double(x numeric) RETURNS float8 ${PURE}
  CASE WHEN abs(x) < 1e308 THEN x::float8 WHEN x > 0 THEN 'Infinity'::float8 WHEN x < 0 THEN '-Infinity'::float8 END;
CREATE OR REPLACE FUNCTION cb.int_fit(x numeric) RETURNS int8 ${PURE}
  CASE WHEN x BETWEEN -9223372036854775808 AND 9223372036854775807 THEN x::int8 END;

CREATE OR REPLACE FUNCTION cb.double_int(x float8) RETURNS int8 ${PURE}
  CASE WHEN abs(x) < 9.2e18 THEN trunc(x)::int8 END;
CREATE OR REPLACE FUNCTION cb.text_int(s text) RETURNS int8 ${PURE}
  CASE WHEN s ~ '^[+-]?[0-9]{1,30}$' THEN cb.int_fit(s::numeric) END;
CREATE OR REPLACE FUNCTION cb.text_double(s text) RETURNS float8 ${PURE}
  CASE WHEN s ~ '^[+-]?[0-9]{1,20}([.][0-9]{1,20})?([eE][+-]?[0-9]{1,2})?$' THEN s::float8 END;
CREATE OR REPLACE FUNCTION cb.text_bool(s text) RETURNS bool ${PURE}
  CASE WHEN s = 'true' THEN true WHEN s = 'false' THEN false END;

CREATE OR REPLACE FUNCTION cb.time_plain(t timestamptz) RETURNS bool ${PURE}
  t >= '0001-01-01 00:00:00+00'::timestamptz AND t <= '9999-12-31 23:59:59.999999+00'::timestamptz;
CREATE OR REPLACE FUNCTION cb.time_add(t timestamptz, us numeric) RETURNS timestamptz ${PURE}
  CASE WHEN cb.time_plain(t) AND abs(us) <= 400000000000000000 THEN
    CASE WHEN extract(epoch from t) * 1000000 + us BETWEEN -62135596800000000 AND 253402300799999999 THEN
      -- In hours: days and months of an interval depend on the time zone.
      t + trunc(us / 3600000000)::int * interval '1 hour' + mod(us, 3600000000)::float8 * interval '1 microsecond' END END;
CREATE OR REPLACE FUNCTION cb.time_between(a timestamptz, b timestamptz) RETURNS int8 ${PURE}
  CASE WHEN cb.time_plain(a) AND cb.time_plain(b) THEN
    ((extract(epoch from a) - extract(epoch from b)) * 1000000)::int8 END;
CREATE OR REPLACE FUNCTION cb.time_part(f text, t timestamptz, first int) RETURNS int ${PURE}
  CASE WHEN cb.time_plain(t) THEN floor(date_part(f, t AT TIME ZONE 'UTC'))::int - first END;
CREATE OR REPLACE FUNCTION cb.time_date(t timestamptz) RETURNS date ${PURE}
  CASE WHEN cb.time_plain(t) THEN (t AT TIME ZONE 'UTC')::date END;

CREATE OR REPLACE FUNCTION cb.to_uuid(s text) RETURNS uuid ${PURE}
  CASE WHEN s ~ '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$' THEN s::uuid END;
CREATE OR REPLACE FUNCTION cb.ends_with(s text, p text) RETURNS bool ${PURE}
  right(s, char_length(p)) = p;
`
