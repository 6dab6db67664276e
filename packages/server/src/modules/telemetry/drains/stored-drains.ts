import { randomBytes, randomUUID } from 'node:crypto'
import {
  telemetryProblems,
  type Drain,
  type DrainChange,
  type WantedDrain,
} from '@cloudbox/protocol/telemetry'
import type { Environment } from '../../../kernel/caller.ts'
import type { Queryable, Tx } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { sql } from '../../../kernel/sql.ts'
import type { Vault } from '../../../kernel/vault.ts'
import type { Static } from 'typebox'
import { describe, type Destination } from './destination.ts'

/** A drain as it is kept. */
export interface StoredDrain extends Omit<Drain, 'state'> {
  readonly environmentId: string
  readonly sealed: Buffer
}

const mostDrains = 5

/** Drains of an environment, or all there are; the oldest first. */
export async function readDrains(db: Queryable, environmentId?: string): Promise<StoredDrain[]> {
  const rows = await db.query<{ drain: string; sealed: string }>(sql`
    select json_build_object('id', id, 'environmentId', environment_id, 'name', name, 'kind', kind,
        'requests', requests, 'target', target, 'createdAt', created_at) as drain,
      encode(sealed, 'hex') as sealed
    from cloudbox.telemetry_drains
    where ${environmentId === undefined ? sql`true` : sql`environment_id = ${environmentId}`}
    order by created_at, id`)
  return rows.map(({ drain, sealed }) => ({
    ...(JSON.parse(drain) as Omit<StoredDrain, 'sealed'>),
    sealed: Buffer.from(sealed, 'hex'),
  }))
}

/** @throws Problem when there is none of this id */
export async function findDrain(db: Queryable, environmentId: string, id: string): Promise<StoredDrain> {
  const found = (await readDrains(db, environmentId)).find(drain => drain.id === id)
  if (found === undefined)
    throw new Problem(telemetryProblems['unknown-drain'], `This environment has no drain ${id}.`)
  return found
}

/** What it takes to send there. */
export function openDrain(vault: Vault, { environmentId, id, sealed }: StoredDrain): Destination {
  return JSON.parse(vault.open(environmentId, labelOf(id), sealed).toString()) as Destination
}

/** Keeps a new one; `secret` signs what a webhook gets. */
export async function addDrain(
  tx: Tx,
  vault: Vault,
  environment: Environment,
  wanted: WantedDrain,
): Promise<{ readonly id: string; readonly target: string; readonly secret: string | undefined }> {
  checkAddress(wanted)
  // Two at once: the second sees what the first has made.
  await tx.query(sql`select from cloudbox.platform_environments where id = ${environment.id} for update`)
  if ((await readDrains(tx, environment.id)).length >= mostDrains)
    throw new Problem(
      telemetryProblems['too-many-drains'],
      `${environment.project}/${environment.name} has ${mostDrains} drains.`,
    )
  const id = randomUUID()
  const secret = wanted.kind === 'webhook' ? `cb_drain_${randomBytes(24).toString('base64url')}` : undefined
  const destination = destinationOf(wanted, secret)
  const sealed = vault.seal(environment.id, labelOf(id), JSON.stringify(destination))
  const target = describe(destination)
  await tx.query(sql`
    insert into cloudbox.telemetry_drains (id, environment_id, name, kind, requests, target, sealed)
    values (${id}, ${environment.id}, ${wanted.name}, ${wanted.kind}, ${wanted.requests}, ${target}, ${sealed})`)
  return { id, target, secret }
}

export async function changeDrain(
  tx: Tx,
  { id }: StoredDrain,
  { name, requests }: Static<typeof DrainChange>,
): Promise<void> {
  await tx.query(sql`
    update cloudbox.telemetry_drains set
      name = coalesce(${name ?? null}, name), requests = coalesce(${requests ?? null}, requests)
    where id = ${id}`)
}

export async function removeDrain(tx: Tx, { id }: StoredDrain): Promise<void> {
  await tx.query(sql`delete from cloudbox.telemetry_drains where id = ${id}`)
}

/** @throws Problem for what begins like an address and is none, or holds a password, which would be shown with it */
function checkAddress(wanted: WantedDrain): void {
  const [at, address] =
    wanted.kind === 'webhook' ? (['/url', wanted.url] as const) : (['/endpoint', wanted.endpoint] as const)
  const url = URL.parse(address)
  if (url !== null && url.username === '' && url.password === '') return
  // Its text may be a secret.
  const message = url === null ? 'this is no address' : 'a name or password has no place in an address'
  throw new Problem(telemetryProblems['no-address'], `${at}: ${message}.`, { errors: [{ at, message }] })
}

function destinationOf(wanted: WantedDrain, secret: string | undefined): Destination {
  const { name: _name, requests: _requests, ...rest } = wanted
  return rest.kind === 'webhook' ? { ...rest, secret: secret! } : rest
}

function labelOf(id: string): string {
  return `telemetry-drain ${id}`
}
