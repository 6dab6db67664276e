-- Made-up values in place of personal ones, for copies of environments. Each is computed from the real one and a key that
-- is not in the database: equal values stay equal, different ones stay different, and without the key nothing leads back.
-- Numbers, dates and short texts are permuted within all values of the same shape by a Feistel network whose rounds are
-- SHA-256 under the key; what has room for 64 bits or more of a hash (addresses, uuids, long texts) takes those instead.

-- Another number between two bounds. Walks on until it is back within them, as the network permutes a square.
create function cb.fake_between(value bigint, lowest bigint, highest bigint, key bytea) returns bigint
  language plpgsql immutable strict parallel safe
as $$
declare
  size constant bigint := highest - lowest + 1;
  side constant bigint := ceil(sqrt(size::float8))::bigint + 1;
  seed constant bytea := key || int8send(lowest) || int8send(highest);
  place bigint := value - lowest;
  l bigint;
  r bigint;
  swap bigint;
begin
  if size < 2 then return value; end if;
  loop
    l := place / side;
    r := place % side;
    for round in 1..8 loop
      swap := r;
      r := (l + ('x' || encode(substr(sha256(seed || int8send(r) || int4send(round)), 1, 7), 'hex'))::bit(56)::bigint) % side;
      l := swap;
    end loop;
    place := l * side + r;
    exit when place < size;
  end loop;
  return lowest + place;
end
$$;

-- So many random hexadecimal digits that belong to a value.
create function cb.fake_hex(value text, length int, key bytea) returns text
  language plpgsql immutable strict parallel safe
as $$
declare
  hex text := encode(sha256(key || convert_to(value, 'UTF8')), 'hex');
begin
  while length(hex) < length loop
    hex := hex || encode(sha256(key || convert_to(hex, 'UTF8')), 'hex');
  end loop;
  return left(hex, length);
end
$$;

-- A number with as many digits before and after the point, between the bounds of its field (null: none).
create function cb.fake_number(value numeric, lowest numeric, highest numeric, key bytea) returns numeric
  language plpgsql immutable parallel safe
as $$
declare
  short constant numeric := trim_scale(value);
  places constant int := scale(short);
  whole numeric;
  magnitude numeric;
  digits int;
  lo numeric;
  hi numeric;
  made bigint;
begin
  if value is null or value in ('NaN', 'Infinity', '-Infinity') then return value; end if;
  whole := (short * ('1e' || places)::numeric)::numeric;
  magnitude := abs(trunc(whole));
  digits := length(magnitude::text);
  if digits > 18 then
    -- Too many digits for two of them to meet.
    declare
      hex constant text := translate(cb.fake_hex(value::text, digits, key), 'abcdef', '012345');
    begin
      magnitude := (translate(left(hex, 1), '0', '7') || substr(hex, 2, digits - 2) || translate(right(hex, 1), '0', '3'))::numeric;
      return greatest(lowest, least(highest, sign(value) * magnitude / ('1e' || places)::numeric));
    end;
  end if;
  lo := case digits when 1 then 0 else ('1e' || digits - 1)::numeric end;
  hi := ('1e' || digits)::numeric - 1;
  if value < 0 then
    made := lo;
    lo := -hi;
    hi := -greatest(made, 1);
  end if;
  if value >= lowest then lo := greatest(lo, ceil(lowest * ('1e' || places)::numeric)); end if;
  if value <= highest then hi := least(hi, floor(highest * ('1e' || places)::numeric)); end if;
  made := whole::bigint;
  -- A last digit of zero would be one place less.
  loop
    made := cb.fake_between(made, lo::bigint, hi::bigint, key);
    exit when places = 0 or made % 10 <> 0;
  end loop;
  return (made || 'e-' || places)::numeric;
end
$$;

-- A day of the same 365.
create function cb.fake_date(value date, key bytea) returns date
  language plpgsql immutable strict parallel safe
as $$
declare
  days int;
  first int;
begin
  if not isfinite(value) then return value; end if;
  days := value - date '2000-01-01';
  first := floor(days / 365.0)::int * 365;
  return date '2000-01-01' + cb.fake_between(days, first, first + 364, key)::int;
end
$$;

-- A moment of the same 365 days, as exact as the real one: a whole second stays a whole second.
create function cb.fake_timestamp(value timestamptz, key bytea) returns timestamptz
  language plpgsql immutable strict parallel safe
as $$
declare
  epoch constant timestamptz := timestamptz '2000-01-01 00:00:00+00';
  micros bigint;
  unit bigint;
  span bigint;
  first bigint;
begin
  if not isfinite(value) then return value; end if;
  micros := (extract(epoch from value - epoch) * 1000000)::bigint;
  unit := case when micros % 1000000 = 0 then 1000000 when micros % 1000 = 0 then 1000 else 1 end;
  span := 31536000000000 / unit;
  micros := micros / unit;
  first := floor(micros / span::numeric)::bigint * span;
  return epoch + cb.fake_between(micros, first, first + span - 1, key) * unit * interval '1 microsecond';
end
$$;

-- A uuid of the same version.
create function cb.fake_uuid(value uuid, key bytea) returns uuid
  language plpgsql immutable strict parallel safe
as $$
declare
  hex constant text := encode(sha256(key || uuid_send(value)), 'hex');
  plain constant text := replace(value::text, '-', '');
begin
  return (left(hex, 12) || substr(plain, 13, 1) || substr(hex, 13, 3) || substr(plain, 17, 1) || substr(hex, 16, 15))::uuid;
end
$$;

-- An address at a domain that is nobody's (RFC 2606).
create function cb.fake_email(value text, shortest int, longest int, key bytea) returns text
  language plpgsql immutable parallel safe
as $$
begin
  if value is null then return null; end if;
  return 'u' || cb.fake_hex(value, greatest(least(16, longest - 13), shortest - 13, 1), key) || '@example.com';
end
$$;

create function cb.fake_url(value text, shortest int, longest int, key bytea) returns text
  language plpgsql immutable parallel safe
as $$
declare
  start constant text := coalesce(substring(value from '^[A-Za-z][A-Za-z0-9+.-]*://'), 'https://') || 'example.com/';
begin
  if value is null then return null; end if;
  return start || cb.fake_hex(value, greatest(least(16, longest - length(start)), shortest - length(start), 1), key);
end
$$;

-- Country and everything that is no digit stay; a number without country keeps its leading zeros.
create function cb.fake_phone(value text, key bytea) returns text
  language plpgsql immutable strict parallel safe
as $$
declare
  start constant text := coalesce(
    substring(value from '^\+(?:[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3})'),
    substring(value from '^0+'), '');
  rest constant text := substr(value, length(start) + 1);
  digits constant text := regexp_replace(rest, '[^0-9]', '', 'g');
  made text := '';
  taken int := 0;
begin
  if length(digits) between 1 and 18 then
    made := lpad(cb.fake_between(digits::bigint, 0, ('1' || repeat('0', length(digits)))::bigint - 1, key)::text, length(digits), '0');
  else
    made := translate(cb.fake_hex(value, length(digits), key), 'abcdef', '012345');
  end if;
  if digits = rest then return start || made; end if;
  return start || (
    select coalesce(string_agg(case when sign ~ '[0-9]' then substr(made, place, 1) else sign end, '' order by i), '')
    from (
      select sign, i, count(*) filter (where sign ~ '[0-9]') over (order by i)::int as place
      from string_to_table(rest, null) with ordinality signs (sign, i)
    ) placed);
end
$$;

-- The first of the characters that may stand for this one, and how many there are: digits for digits, small letters for
-- small letters; of other scripts one out of the same 128. 1 for a sign that stays: blanks, punctuation, symbols.
create function cb.fake_letters(code int, out first int, out size int)
  language plpgsql immutable strict parallel safe
as $$
begin
  case
    when code between 97 and 122 then first := 97; size := 26;
    when code between 48 and 57 then first := 48; size := 10;
    when code between 65 and 90 then first := 65; size := 26;
    when code < 192 then first := code; size := 1;
    when code <= 214 then first := 192; size := 23;
    when code between 216 and 222 then first := 216; size := 7;
    when code between 223 and 246 then first := 223; size := 24;
    when code between 248 and 255 then first := 248; size := 8;
    when code between 913 and 929 then first := 913; size := 17;
    when code between 931 and 937 then first := 931; size := 7;
    when code between 945 and 961 then first := 945; size := 17;
    when code between 963 and 969 then first := 963; size := 7;
    when code between 1040 and 1071 then first := 1040; size := 32;
    when code between 1072 and 1103 then first := 1072; size := 32;
    when code between 12353 and 12435 then first := 12353; size := 83;
    when code between 12449 and 12534 then first := 12449; size := 86;
    when code in (215, 247) or code between 768 and 879 or code between 8192 and 12351 or code >= 126976
      then first := code; size := 1;
    else first := code - code % 128; size := 128;
  end case;
end
$$;

-- Letters and digits become others of their kind, all else stays. Up to 48 of them are permuted, half against half.
create function cb.fake_text(value text, key bytea) returns text
  language plpgsql immutable strict parallel safe
as $$
declare
  codes int[] := '{}';
  spots int[] := '{}';
  firsts int[] := '{}';
  sizes int[] := '{}';
  shape text := '';
  one record;
  sign text;
  spread bytea;
  other bytea;
  seed bytea;
  place int := 0;
  count int := 0;
begin
  foreach sign in array string_to_array(value, null) loop
    place := place + 1;
    codes[place] := ascii(sign);
    one := cb.fake_letters(codes[place]);
    if one.size > 1 then
      count := count + 1;
      spots[count] := place;
      firsts[count] := one.first;
      sizes[count] := one.size;
      codes[place] := codes[place] - one.first;
      shape := shape || '.' || one.first;
    else
      shape := shape || sign;
    end if;
  end loop;
  if count > 48 then
    seed := sha256(key || convert_to(value, 'UTF8'));
    for i in 1..count loop
      if i % 32 = 1 then spread := sha256(seed || int4send(i)); end if;
      place := spots[i];
      codes[place] := (codes[place] + get_byte(spread, (i - 1) % 32)) % sizes[i];
    end loop;
  elsif count > 0 then
    seed := sha256(key || convert_to(shape, 'UTF8'));
    for round in 1..8 loop
      -- Places of one parity move by what stands on those of the other.
      other := seed || int4send(round);
      for i in 1..count loop
        if i % 2 <> round % 2 then other := other || int2send(codes[spots[i]]::smallint); end if;
      end loop;
      spread := sha256(other);
      for i in 1..count loop
        if i % 2 = round % 2 then
          place := spots[i];
          codes[place] := (codes[place] + get_byte(spread, i / 2 % 32)) % sizes[i];
        end if;
      end loop;
    end loop;
  end if;
  for i in 1..count loop
    codes[spots[i]] := codes[spots[i]] + firsts[i];
  end loop;
  return (select coalesce(string_agg(chr(code), '' order by i), '') from unnest(codes) with ordinality made (code, i));
end
$$;

-- The name of nobody in particular; where it does not fit the length of its field, letters of the same shape.
create function cb.fake_name(value text, shortest int, longest int, key bytea) returns text
  language plpgsql immutable parallel safe
as $$
declare
  given constant text[] := '{Ada,Aino,Alma,Amir,Ana,Anders,Anton,Aya,Bela,Bruno,Carla,Chen,Clara,Daan,Dalia,Diego,Dora,Edda,Elif,Elsa,Emil,Enzo,Erik,Esra,Fatma,Felix,Femke,Finn,Freya,Greta,Hana,Hugo,Ida,Ines,Iris,Ivan,Jana,Jonas,Juan,Jun,Kaito,Karin,Kofi,Lea,Leila,Lena,Liam,Linus,Lotte,Luca,Maja,Malik,Marek,Mateo,Mei,Mila,Mina,Nadia,Nils,Nora,Oskar,Otto,Paula,Petra,Quinn,Rafael,Rania,Rosa,Ruth,Sami,Sana,Sofia,Sven,Tarek,Tessa,Tomas,Uma,Vera,Viktor,Wei,Yara,Yusuf,Zoe,Zora}';
  family constant text[] := '{Abe,Adler,Almeida,Alvarez,Andersen,Aydin,Bakker,Baros,Bauer,Becker,Berg,Blanc,Bondar,Brandt,Carter,Castro,Conti,Costa,Dahl,Demir,Dubois,Duran,Eriksen,Evans,Farah,Fischer,Fontana,Garcia,Gomez,Haas,Hansen,Hayashi,Horvat,Ito,Jansen,Kaya,Keller,Kim,Klein,Kovac,Kumar,Lang,Larsen,Lehmann,Lindqvist,Lopez,Maier,Marino,Martin,Mehta,Meyer,Moreau,Mori,Morris,Nagy,Nakamura,Nguyen,Novak,Okafor,Olsen,Patel,Peeters,Perez,Petrov,Popescu,Reyes,Ricci,Rossi,Sato,Schmid,Silva,Singh,Smit,Sokolov,Suzuki,Tanaka,Torres,Vargas,Virtanen,Visser,Vogel,Wagner,Weber,Wolf,Yilmaz,Zhang}';
  number bigint;
  made text;
begin
  if value is null then return null; end if;
  number := ('x' || cb.fake_hex(value, 12, key))::bit(48)::bigint;
  made := given[1 + number % cardinality(given)];
  if value ~ '\S\s+\S' then
    made := made || ' ' || family[1 + number / cardinality(given) % cardinality(family)];
  end if;
  if length(made) < shortest or length(made) > longest then return cb.fake_text(value, key); end if;
  return made;
end
$$;

-- Half a degree in some direction, at most.
create function cb.fake_point(value point, key bytea) returns point
  language plpgsql immutable strict parallel safe
as $$
declare
  hash constant bytea := sha256(key || convert_to(value::text, 'UTF8'));
begin
  return point(
    greatest(-180, least(180, value[0] + (get_byte(hash, 0) * 256 + get_byte(hash, 1)) / 65535.0 - 0.5)),
    greatest(-90, least(90, value[1] + (get_byte(hash, 2) * 256 + get_byte(hash, 3)) / 65535.0 - 0.5)));
end
$$;

-- Texts and numbers at any depth; names, true, false and null stay.
create function cb.fake_json(value jsonb, key bytea) returns jsonb
  language plpgsql immutable strict parallel safe
as $$
declare
  words text;
begin
  case jsonb_typeof(value)
    when 'object' then
      return (select coalesce(jsonb_object_agg(name, cb.fake_json(inside, key)), '{}') from jsonb_each(value) parts (name, inside));
    when 'array' then
      return (select coalesce(jsonb_agg(cb.fake_json(inside, key) order by i), '[]')
        from jsonb_array_elements(value) with ordinality parts (inside, i));
    when 'number' then return to_jsonb(cb.fake_number(value::numeric, null, null, key));
    when 'string' then
      words := value #>> '{}';
      return to_jsonb(case
        when words ~ '^[^@\s]+@[^@\s]+\.[^@\s]+$' then cb.fake_email(words, null, null, key)
        when words ~ '^[A-Za-z][A-Za-z0-9+.-]*://[^\s]+$' then cb.fake_url(words, null, null, key)
        when words ~ '^\+[0-9][0-9 ()/.-]{5,}$' then cb.fake_phone(words, key)
        else cb.fake_text(words, key) end);
    else return value;
  end case;
end
$$;
