import type { Database } from '../../../kernel/db.ts'
import { sql } from '../../../kernel/sql.ts'
import { parseSnapshot, type TransactionSnapshot } from '../../../kernel/stream/transaction-snapshot.ts'
import { Directory, type DirectoryRows } from './directory.ts'

/** Reads everything in one statement, so that all of it is of one moment, and which commits that moment has seen. */
export async function loadDirectory(
  db: Database,
  before: Directory,
): Promise<{ directory: Directory; snapshot: TransactionSnapshot }> {
  const [row] = await db.query<{ snapshot: string; rows: string }>(sql`
    select pg_current_snapshot()::text as snapshot, json_build_object(
      'organisations', (
        select coalesce(json_agg(json_build_object('id', id, 'name', name, 'title', coalesce(title, name),
          'settings', settings, 'createdAt', created_at) order by name), '[]')
        from cloudbox.platform_organisations),
      'projects', (
        select coalesce(json_agg(json_build_object('id', id, 'organisationId', organisation_id, 'name', name,
          'title', coalesce(title, name), 'isArchived', archived_at is not null, 'createdAt', created_at)
          order by name), '[]')
        from cloudbox.platform_projects where removed_at is null),
      'environments', (
        select coalesce(json_agg(json_build_object(
          'environment', json_build_object('id', e.id, 'project', p.name, 'name', e.name, 'schema', e.schema_name,
            'role', e.role_name, 'dev', e.is_dev, 'inert', e.is_inert, 'limits', e.limits),
          'projectId', p.id, 'organisationId', p.organisation_id, 'state', e.state,
          'isArchived', e.archived_at is not null, 'branchedFrom', e.branched_from, 'createdAt', e.created_at)
          order by p.name, e.name), '[]')
        from cloudbox.platform_environments e join cloudbox.platform_projects p on p.id = e.project_id
        where e.state <> 'removed'),
      'removed', (
        select coalesce(json_agg(r order by "removedAt" desc), '[]') from (
          select id, 'project' as kind, organisation_id as "organisationId", id as "projectId", name as project,
            null as environment, removed_at as "removedAt"
          from cloudbox.platform_projects where removed_at is not null
          union all
          select e.id, 'environment', p.organisation_id, p.id, p.name, e.name, e.removed_at
          from cloudbox.platform_environments e join cloudbox.platform_projects p on p.id = e.project_id
          where e.state = 'removed') r),
      'keys', (
        select coalesce(json_agg(json_build_object('id', id, 'environmentId', environment_id, 'kind', kind,
          'name', coalesce(name, kind), 'hash', encode(hash, 'hex'), 'scope', scope,
          'expiresAtMs', (extract(epoch from expires_at) * 1000)::bigint)), '[]')
        from cloudbox.platform_keys),
      'members', (
        select coalesce(json_agg(json_build_object('organisationId', m.organisation_id, 'userId', m.user_id,
          'role', m.role, 'joinedAt', m.joined_at, 'places', (
            select coalesce(json_agg(json_build_object('projectId', project_id, 'environmentId', environment_id,
              'role', role)), '[]')
            from cloudbox.platform_member_places
            where organisation_id = m.organisation_id and user_id = m.user_id))), '[]')
        from cloudbox.platform_members m),
      'roles', (
        select coalesce(json_agg(json_build_object('organisationId', organisation_id, 'name', name,
          'statements', statements)), '[]')
        from cloudbox.platform_roles)
    )::text as rows`)
  const directory = new Directory(JSON.parse(row!.rows) as DirectoryRows, before)
  return { directory, snapshot: parseSnapshot(row!.snapshot) }
}
