import { platformProblems } from '@cloudbox/protocol/platform'
import type { Environment } from '../../../kernel/caller.ts'
import type { Queryable, Tx } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { sql } from '../../../kernel/sql.ts'
import type { Vault } from '../../../kernel/vault.ts'
import type { Made } from '../change.ts'
import { placeName } from '../directory/directory.ts'

/** A value of the configuration of an environment. Of a secret there is only that it is set. */
export interface ShownVariable {
  readonly name: string
  readonly isSecret: boolean
  readonly value: string | null
  readonly updatedAt: string
}

/** As environment variables are written. */
const variableName = /^[A-Z][A-Z0-9_]{0,63}$/

export async function listVariables(db: Queryable, { id }: Environment): Promise<ShownVariable[]> {
  return db.query<ShownVariable & Record<string, unknown>>(sql`
    select name, sealed is not null as "isSecret", value, to_json(updated_at) #>> '{}' as "updatedAt"
    from cloudbox.platform_variables where environment_id = ${id} order by name`)
}

/** All values in clear, secrets too: for what runs inside the environment, never for an answer. */
export async function readVariables(
  db: Queryable,
  vault: Vault,
  { id }: Pick<Environment, 'id'>,
): Promise<Record<string, string>> {
  const rows = await db.query<{ name: string; value: string | null; sealed: string | null }>(sql`
    select name, value, encode(sealed, 'hex') as sealed from cloudbox.platform_variables where environment_id = ${id}`)
  return Object.fromEntries(
    rows.map(({ name, value, sealed }) => [
      name,
      sealed === null ? value! : unsealVariable(vault, id, name, Buffer.from(sealed, 'hex')),
    ]),
  )
}

/** Sets a value or a secret. @throws Problem `platform/invalid-name` */
export async function setVariable(
  tx: Tx,
  vault: Vault,
  environment: Environment,
  { name, value, isSecret }: { name: string; value: string; isSecret: boolean },
): Promise<Made<null>> {
  if (!variableName.test(name))
    throw new Problem(platformProblems['invalid-name'], `"${name}" cannot be the name of a variable.`, {
      hint: 'Use capital letters, digits and underscores, at most 64: STRIPE_KEY.',
    })
  const [before] = await tx.query<{ value: string | null; isSecret: boolean }>(sql`
    select value, sealed is not null as "isSecret" from cloudbox.platform_variables
    where environment_id = ${environment.id} and name = ${name} for update`)
  const sealed = isSecret ? sealVariable(vault, environment.id, name, value) : null
  await tx.query(sql`
    insert into cloudbox.platform_variables (environment_id, name, value, sealed)
    values (${environment.id}, ${name}, ${isSecret ? null : value}, ${sealed})
    on conflict (environment_id, name)
    do update set value = excluded.value, sealed = excluded.sealed, updated_at = now()`)
  const entry = {
    action: isSecret ? 'secret.set' : 'variable.set',
    place: placeName(environment.project, environment.name),
    subject: name,
    ...(before === undefined ? {} : { before: shown(before.isSecret, before.value) }),
    after: shown(isSecret, value),
  }
  return { answer: null, entries: [entry] }
}

/** Removes a value or a secret. One that is gone already is no mistake. */
export async function removeVariable(tx: Tx, environment: Environment, name: string): Promise<Made<null>> {
  const rows = await tx.query<{ value: string | null; isSecret: boolean }>(sql`
    delete from cloudbox.platform_variables where environment_id = ${environment.id} and name = ${name}
    returning value, sealed is not null as "isSecret"`)
  return {
    answer: null,
    entries: rows.map(({ value, isSecret }) => ({
      action: isSecret ? 'secret.removed' : 'variable.removed',
      place: placeName(environment.project, environment.name),
      subject: name,
      before: shown(isSecret, value),
    })),
  }
}

export function sealVariable(vault: Vault, environmentId: string, name: string, value: string): Buffer {
  return vault.seal(environmentId, label(name), value)
}

export function unsealVariable(vault: Vault, environmentId: string, name: string, sealed: Buffer): string {
  return vault.open(environmentId, label(name), sealed).toString()
}

function shown(isSecret: boolean, value: string | null) {
  return { value: isSecret ? '•••' : value }
}

function label(name: string): string {
  return `platform-variable ${name}`
}
