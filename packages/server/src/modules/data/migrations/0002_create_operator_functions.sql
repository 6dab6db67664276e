-- What operators of writes call. Their failures look like those of a field's own CHECK, so that they are told alike.

-- A sum of whole numbers that JSON can carry.
create function cb.exact_sum(a bigint, b bigint, field text) returns bigint
  language plpgsql immutable strict set search_path = pg_catalog, pg_temp
as $$
begin
  -- Both are bigint, so that only numeric is sure to hold the sum.
  if abs(a::numeric + b) > 9007199254740991 then
    raise check_violation using message = 'not exact', constraint = field || '.exact';
  end if;
  return a + b;
end
$$;

-- A list that did not grow beyond what one request could have sent.
create function cb.within_elements(list anyarray, field text) returns anyarray
  language plpgsql immutable strict set search_path = pg_catalog, pg_temp
as $$
begin
  if cardinality(list) > 10000 then
    raise check_violation using message = 'too long', constraint = field || '.elements';
  end if;
  return list;
end
$$;
