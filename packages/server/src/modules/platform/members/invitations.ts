import { createHash, randomBytes } from 'node:crypto'
import { platformProblems } from '@cloudbox/protocol/platform'
import type { Queryable, Tx } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { sql } from '../../../kernel/sql.ts'
import type { Made } from '../change.ts'
import type { Organisation } from '../directory/directory.ts'

/** How long a link is good. */
export const inviteSeconds = 7 * 86_400

export interface Invitation {
  readonly id: string
  readonly email: string
  readonly role: string
  readonly invitedBy: string
  readonly createdAt: string
  readonly sentAt: string
  readonly expiresAt: string
}

const columns = `id, email, role, invited_by as "invitedBy", to_json(created_at) #>> '{}' as "createdAt",
  to_json(sent_at) #>> '{}' as "sentAt", to_json(expires_at) #>> '{}' as "expiresAt"`

type Row = Invitation & Record<string, unknown>

/** Those nobody has accepted, expired ones too; the newest first. */
export async function listInvitations(db: Queryable, { id }: Organisation): Promise<Invitation[]> {
  return db.query<Row>({
    text: `select ${columns} from cloudbox.platform_invitations where organisation_id = $1 order by created_at desc, id`,
    values: [id],
  })
}

/** Invites an address, or once more with a new role; an older link of it is of no use any more. */
export async function invite(
  tx: Tx,
  { id: organisationId }: Organisation,
  { email, role, by }: { email: string; role: string; by: string },
): Promise<Made<Invitation> & { token: string }> {
  const token = randomBytes(24).toString('base64url')
  const [row] = await tx.query<Row>({
    text: `insert into cloudbox.platform_invitations (organisation_id, email, role, hash, invited_by, expires_at)
      values ($1, $2, $3, $4, $5, now() + make_interval(secs => $6))
      on conflict (organisation_id, email) do update set role = excluded.role, hash = excluded.hash,
        invited_by = excluded.invited_by, sent_at = now(), expires_at = excluded.expires_at
      returning ${columns}`,
    values: [organisationId, email, role, hashToken(token), by, inviteSeconds],
  })
  const entry = { action: 'member.invited', subject: email, after: { role } }
  return { answer: row!, entries: [entry], token }
}

/** Takes an invitation back. One that is gone already is no mistake. */
export async function revokeInvitation(
  tx: Tx,
  { id }: Organisation,
  invitationId: string,
): Promise<Made<null>> {
  const rows = await tx.query<{ email: string; role: string }>(sql`
    delete from cloudbox.platform_invitations where organisation_id = ${id} and id::text = ${invitationId}
    returning email, role`)
  return {
    answer: null,
    entries: rows.map(({ email, role }) => ({
      action: 'invitation.revoked',
      subject: email,
      before: { role },
    })),
  }
}

export interface OpenInvitation {
  readonly id: string
  readonly organisationId: string
  readonly email: string
  readonly role: string
}

/** The invitation a link leads to. @throws Problem `platform/link-invalid` */
export async function openInvitation(db: Queryable, token: string): Promise<OpenInvitation> {
  const [row] = await db.query<OpenInvitation & Record<string, unknown>>(sql`
    select id, organisation_id as "organisationId", email, role from cloudbox.platform_invitations
    where hash = ${hashToken(token)} and expires_at > now()`)
  if (row !== undefined) return row
  throw new Problem(platformProblems['link-invalid'], 'The invitation was used, taken back, or has expired.')
}

/** Uses an invitation up; a second time there is none. @throws Problem `platform/link-invalid` */
export async function takeInvitation(tx: Tx, invitationId: string): Promise<void> {
  const taken = await tx.query(sql`
    delete from cloudbox.platform_invitations where id = ${invitationId} and expires_at > now() returning id`)
  if (taken.length === 0)
    throw new Problem(platformProblems['link-invalid'], 'The invitation was used by somebody else just now.')
}

function hashToken(token: string): Buffer {
  return createHash('sha256').update(`invitation ${token}`).digest()
}
