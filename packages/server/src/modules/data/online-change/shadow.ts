import type { CollectionDefinition, FieldDefinition } from '@cloudbox/protocol/collection'
import type { Tx } from '../../../kernel/db.ts'
import { extraColumn } from '../collection.ts'
import { fieldChecks } from '../collections/field-checks.ts'
import { columnType } from '../collections/field-ddl.ts'
import { sqlTypeOf } from '../collections/field-types.ts'
import { partName } from '../collections/names.ts'
import { quote, quoteText } from '../collections/quote.ts'
import type { Target } from '../collections/to-ddl.ts'
import type { CompiledTransform } from '../transforms/compile-cel.ts'

/** Setting of a session that writes for a change: `7 touch` computes a value anew, `7 give` brings one. */
export const modeSetting = 'cloudbox.change'

/** Names of what a change adds to a table. A dot stands in no name of a field. */
export function shadowNames(field: string, change: string) {
  return {
    /** The values to be. */
    next: partName(field, 'next'),
    /** Whether a document is done: see {@link marks}. */
    mark: partName(field, 'change'),
    /** The values that were, between contract and the trash. */
    before: partName(field, 'before'),
    /** Sorts behind other triggers, so that what they do to a row has been done. */
    trigger: `~data_change_${change}`,
    function: `data_change_${change}`,
  }
}

/** What stands in the column of marks; NULL: to be done. */
export const marks = { done: 1, failed: 2 } as const

/** A change of a field as its trigger sees it. */
export interface Shadow {
  readonly change: string
  readonly definition: CollectionDefinition
  readonly field: string
  readonly after: FieldDefinition
  /** How a value becomes another; absent where a program outside of the database says it. */
  readonly compiled?: CompiledTransform | undefined
}

/** Adds the columns of a change and the trigger that fills them for whoever writes. Short: nothing is read or written. */
export async function expand(tx: Tx, target: Omit<Target, 'trigramSchema'>, shadow: Shadow): Promise<void> {
  const { schema } = target
  const table = quote(schema, shadow.definition.name)
  const names = shadowNames(shadow.field, shadow.change)
  await tx.script(`
    alter table ${table} add column ${quote(names.next)} ${columnType(shadow.after, target)},
      add column ${quote(names.mark)} smallint;
    create function ${quote(schema, names.function)}() returns trigger language plpgsql security definer
      set search_path = pg_catalog, pg_temp as ${quoteText(triggerBody(schema, shadow))};
    revoke all on function ${quote(schema, names.function)}() from public;
    create trigger ${quote(names.trigger)} before insert or update on ${table}
      for each row execute function ${quote(schema, names.function)}()`)
}

/** Takes away what {@link expand} added. */
export async function collapse(
  tx: Tx,
  schema: string,
  collection: string,
  names: ReturnType<typeof shadowNames>,
): Promise<void> {
  await tx.script(`
    drop trigger if exists ${quote(names.trigger)} on ${quote(schema, collection)};
    drop function if exists ${quote(schema, names.function)}();
    alter table ${quote(schema, collection)}
      ${[names.next, names.mark, names.before].map(column => `drop column if exists ${quote(column)}`).join(', ')}`)
}

function triggerBody(schema: string, shadow: Shadow): string {
  const { change, field, after, compiled } = shadow
  const names = shadowNames(field, change)
  const [next, mark] = [names.next, names.mark].map(column => `new.${quote(column)}`)
  const quarantine = quote(schema, 'data_change_quarantine')
  const release = `if tg_op = 'UPDATE' and old.${quote(names.mark)} = ${marks.failed} then
      delete from ${quarantine} where change = ${change} and document = new.id;
    end if;`
  return `
  declare
    mode text := current_setting('${modeSetting}', true);
    result ${sqlTypeOf(after)};
    meant boolean := true;
    failure text;
  begin
    if tg_op = 'UPDATE' and mode in ('${change} touch', '${change} give', '${change} fail') then
      -- The document means the same: it has not been updated.
      new.updated_at := old.updated_at;
    else
      mode := '';
    end if;
    if mode = '${change} fail' then
      return new;
    elsif mode = '${change} give' then
      result := ${next};
    elsif tg_op = 'UPDATE' and mode = '' and old.${quote(names.mark)} is not null
      and ${unchanged(shadow)} then
      ${next} := old.${quote(names.next)};
      ${mark} := old.${quote(names.mark)};
      return new;
    ${compiled === undefined ? elseAgain(schema, shadow, release) : elseCompute(shadow, compiled)}
    end if;
    if failure is null then
      ${refuseResult(schema, after)}
    end if;
    if failure is null then
      ${next} := result;
      ${mark} := ${marks.done};
      ${release}
    else
      ${next} := null;
      ${mark} := ${marks.failed};
      insert into ${quarantine} values (${change}, new.id, left(new.${quote(field)}::text, 1000), failure)
        on conflict (change, document) do update set value = excluded.value, message = excluded.message;
    end if;
    return new;
  end`
}

/** A program has to look at the document again. */
function elseAgain(schema: string, { change, field }: Shadow, release: string): string {
  const names = shadowNames(field, change)
  return `else
      new.${quote(names.next)} := null;
      new.${quote(names.mark)} := null;
      insert into ${quote(schema, 'data_change_todo')} values (${change}, new.id) on conflict do nothing;
      ${release}
      return new;`
}

function elseCompute({ field }: Shadow, { value, isMeant }: CompiledTransform): string {
  return `else
      begin
        select (${value}), ${isMeant === undefined ? 'true' : `coalesce(${isMeant}, false)`} into result, meant
          from (select new.*) data_change_row;
        if result is null and not meant and new.${quote(field)} is not null then
          failure := 'the transform has no value for it';
        end if;
      exception when others then
        failure := sqlerrm;
      end;`
}

/** What a value is read from has stayed the same, so that a value somebody gave stays, too. */
function unchanged({ definition, field, compiled }: Shadow): string {
  const { fields, flexible } = definition
  const stored = Object.entries(fields).flatMap(([name, { computed }]) =>
    computed === undefined ? [name] : [],
  )
  const all = ['id', 'created_at', ...stored, ...(flexible ? [extraColumn] : [])]
  const read = compiled === undefined ? all : [...new Set([field, ...compiled.reads])]
  return read
    .map(column => {
      // A point equals nothing, not even itself.
      const cast = fields[column]?.type === 'geopoint' ? '::text' : ''
      return `old.${quote(column)}${cast} is not distinct from new.${quote(column)}${cast}`
    })
    .join(' and ')
}

/** Finds what the new definition would refuse in a value. */
function refuseResult(schema: string, after: FieldDefinition): string {
  const checks = fieldChecks('value', after).map(
    ({ kind, condition }) =>
      `when (select not (${condition}) from (select result as "value") data_change_value) then 'does not pass ${kind}'`,
  )
  if (after.required) checks.push(`when result is null then 'a value is required'`)
  if (after.type === 'relation')
    checks.push(
      `when result is not null and not exists (select from ${quote(schema, after.to!)} other where other.id = result) then 'there is no such document in ${after.to}'`,
    )
  return checks.length === 0 ? 'null;' : `failure := case ${checks.join('\n        ')} end;`
}
