import type { Member } from '@cloudbox/protocol/platform-replies'
import { at, type Api } from './api.ts'
import { failure } from './failure.ts'

const pageSize = 500

/** All members that fit, over as many pages as it takes. */
export async function listMembers(
  api: Pick<Api, 'get'>,
  organisation: string,
  search: string | undefined,
): Promise<Member[]> {
  const found: Member[] = []
  for (let after: string | undefined; ;) {
    const { members, next } = await api.get<{ members: Member[]; next: string | null }>(
      at`/organisations/${organisation}/members`,
      { search, limit: pageSize, after },
    )
    found.push(...members)
    if (next === null) return found
    after = next
  }
}

/** A member by address or id. @throws Failure `cli/not-one` */
export async function findMember(
  api: Pick<Api, 'get'>,
  organisation: string,
  wanted: string,
): Promise<Member> {
  const all = await listMembers(api, organisation, undefined)
  const found = all.find(({ id, email }) => id === wanted || email === wanted.toLowerCase())
  if (found !== undefined) return found
  throw failure('not-one', `${wanted} is no member of ${organisation}.`, '"cloudbox org members" lists them.')
}
