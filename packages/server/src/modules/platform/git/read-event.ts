import { Type, type Static, type TSchema } from 'typebox'
import { Check } from 'typebox/value'
import type { GitHost } from '@cloudbox/protocol/platform-replies'
import type { DeliveryHeaders } from './delivery-headers.ts'

/** What is to be done about a branch: it is there, or it is not needed any more. */
export interface BranchChange {
  readonly kind: 'make' | 'remove'
  readonly branch: string
}

/** What a delivery tells. */
export interface GitEvent {
  /** As the host calls it: `push`, `pull_request closed`. */
  readonly name: string
  /** As `acme/shop`. */
  readonly repository?: string | undefined
  readonly defaultBranch?: string | undefined
  /** Or why there is nothing to do. */
  readonly change: BranchChange | string
}

/** Reads what a host sent; what nobody waits for is an event with a reason, never an error. */
export function readEvent(host: GitHost, headers: DeliveryHeaders, payload: unknown): GitEvent {
  const event = readers[host](headers, payload)
  if (typeof event.change === 'string' || isBranchName(event.change.branch)) return event
  return { ...event, change: 'this is not the name of a branch' }
}

const readers = { github: readGithub, gitlab: readGitlab, generic: readGeneric }

const GithubRepository = Type.Object({
  id: Type.Integer(),
  full_name: Type.String(),
  default_branch: Type.Optional(Type.String()),
})
const GithubPush = Type.Object({
  ref: Type.String(),
  deleted: Type.Boolean(),
  repository: GithubRepository,
})
const GithubDelete = Type.Object({
  ref: Type.String(),
  ref_type: Type.String(),
  repository: GithubRepository,
})
const GithubPullRequest = Type.Object({
  action: Type.String(),
  pull_request: Type.Object({
    head: Type.Object({
      ref: Type.String(),
      // null: a fork that is gone.
      repo: Type.Union([Type.Object({ id: Type.Integer() }), Type.Null()]),
    }),
  }),
  repository: GithubRepository,
})

/** @see https://docs.github.com/en/webhooks/webhook-events-and-payloads */
function readGithub(headers: DeliveryHeaders, payload: unknown): GitEvent {
  const name = nameOf(headers['x-github-event'])
  const whose = ({ repository }: { repository: Static<typeof GithubRepository> }) => ({
    repository: repository.full_name,
    defaultBranch: repository.default_branch,
  })
  switch (name) {
    case 'push': {
      if (!fits(GithubPush, payload)) return unreadable(name)
      return { name, ...whose(payload), change: ofRef(payload.ref, payload.deleted ? 'remove' : 'make') }
    }
    case 'delete': {
      if (!fits(GithubDelete, payload)) return unreadable(name)
      const change =
        payload.ref_type === 'branch' ? ({ kind: 'remove', branch: payload.ref } as const) : noBranch
      return { name, ...whose(payload), change }
    }
    case 'pull_request': {
      if (!fits(GithubPullRequest, payload)) return unreadable(name)
      if (payload.action !== 'closed') return { name, ...whose(payload), change: notAsked }
      const { ref, repo } = payload.pull_request.head
      const change = repo?.id === payload.repository.id ? ({ kind: 'remove', branch: ref } as const) : ofFork
      return { name: `${name} closed`, ...whose(payload), change }
    }
    default:
      return { name, change: notAsked }
  }
}

const GitlabProject = Type.Object({
  path_with_namespace: Type.String(),
  default_branch: Type.Optional(Type.Union([Type.String(), Type.Null()])),
})
const GitlabPush = Type.Object({ ref: Type.String(), after: Type.String(), project: GitlabProject })
const GitlabMergeRequest = Type.Object({
  project: GitlabProject,
  object_attributes: Type.Object({
    action: Type.Optional(Type.String()),
    source_branch: Type.String(),
    source_project_id: Type.Union([Type.Integer(), Type.Null()]),
    target_project_id: Type.Integer(),
  }),
})

/** @see https://docs.gitlab.com/user/project/integrations/webhook_events/ */
function readGitlab(headers: DeliveryHeaders, payload: unknown): GitEvent {
  const name = nameOf(headers['x-gitlab-event'])
  const whose = ({ project }: { project: Static<typeof GitlabProject> }) => ({
    repository: project.path_with_namespace,
    defaultBranch: project.default_branch ?? undefined,
  })
  switch (name) {
    case 'Push Hook': {
      if (!fits(GitlabPush, payload)) return unreadable(name)
      // The commit after a branch was deleted is all zeros, as many as its hashes have digits.
      const kind = /^0+$/.test(payload.after) ? 'remove' : 'make'
      return { name, ...whose(payload), change: ofRef(payload.ref, kind) }
    }
    case 'Merge Request Hook': {
      if (!fits(GitlabMergeRequest, payload)) return unreadable(name)
      const { action, source_branch, source_project_id, target_project_id } = payload.object_attributes
      if (action !== 'merge' && action !== 'close') return { name, ...whose(payload), change: notAsked }
      const change =
        source_project_id === target_project_id
          ? ({ kind: 'remove', branch: source_branch } as const)
          : ofFork
      return { name: `${name} ${action}`, ...whose(payload), change }
    }
    default:
      return { name, change: notAsked }
  }
}

const Generic = Type.Object({
  event: Type.Enum(['push', 'merged', 'closed', 'deleted']),
  branch: Type.String(),
  repository: Type.Optional(Type.String()),
  defaultBranch: Type.Optional(Type.String()),
})

function readGeneric(_headers: DeliveryHeaders, payload: unknown): GitEvent {
  if (!fits(Generic, payload)) return unreadable('unknown')
  const { event: name, branch, repository, defaultBranch } = payload
  const kind = name === 'push' ? 'make' : 'remove'
  return { name, repository, defaultBranch, change: { kind, branch } }
}

const notAsked = 'nothing is done about this event'
const noBranch = 'this is not about a branch'
const ofFork = 'the branch is in a fork'

function unreadable(name: string): GitEvent {
  return { name, change: 'the payload is not as it is documented' }
}

function fits<S extends TSchema>(schema: S, payload: unknown): payload is Static<S> {
  return Check(schema, payload)
}

function ofRef(ref: string, kind: BranchChange['kind']): BranchChange | string {
  const heads = 'refs/heads/'
  return ref.startsWith(heads) ? { kind, branch: ref.slice(heads.length) } : noBranch
}

/** Git takes neither blanks nor control characters there. */
function isBranchName(branch: string): boolean {
  return /^[^\p{Cc}\s]{1,255}$/u.test(branch)
}

function nameOf(header: string | string[] | undefined): string {
  return typeof header === 'string' ? header.slice(0, 60) : 'unknown'
}
