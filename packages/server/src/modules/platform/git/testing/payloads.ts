// What GitHub and GitLab send about a repository acme/shop, written from the fields that they document.

const zeros = '0'.repeat(40)

const githubRepository = {
  id: 186853002,
  node_id: 'MDEwOlJlcG9zaXRvcnkxODY4NTMwMDI=',
  name: 'shop',
  full_name: 'acme/shop',
  private: true,
  owner: { login: 'acme', id: 21031067, type: 'Organization' },
  html_url: 'https://github.com/acme/shop',
  fork: false,
  url: 'https://api.github.com/repos/acme/shop',
  created_at: '2025-05-15T15:19:25Z',
  updated_at: '2026-05-15T15:21:03Z',
  pushed_at: '2026-05-15T15:20:57Z',
  default_branch: 'main',
}
const githubSender = { login: 'ada', id: 21031068, type: 'User', site_admin: false }

export const githubPing = {
  zen: 'Non-blocking is better than blocking.',
  hook_id: 109948940,
  hook: { type: 'Repository', id: 109948940, active: true, events: ['push', 'delete', 'pull_request'] },
  repository: githubRepository,
  sender: githubSender,
}

export const githubPush = {
  ref: 'refs/heads/feature/Login-Page',
  before: zeros,
  after: '6113728f27ae82c7b1a177c8d03f9e96e0adf246',
  created: true,
  deleted: false,
  forced: false,
  base_ref: null,
  compare: 'https://github.com/acme/shop/compare/6113728f27ae',
  commits: [
    {
      id: '6113728f27ae82c7b1a177c8d03f9e96e0adf246',
      message: 'Begin the login page',
      timestamp: '2026-05-15T17:20:41+02:00',
      added: ['login.svelte'],
      removed: [],
      modified: [],
    },
  ],
  pusher: { name: 'ada', email: 'ada@example.com' },
  repository: githubRepository,
  sender: githubSender,
}

/** A push that deletes a branch; GitHub sends it beside {@link githubDelete}. */
export const githubPushDeleted = {
  ref: 'refs/heads/feature/Login-Page',
  before: '6113728f27ae82c7b1a177c8d03f9e96e0adf246',
  after: zeros,
  created: false,
  deleted: true,
  forced: false,
  base_ref: null,
  commits: [],
  head_commit: null,
  pusher: { name: 'ada', email: 'ada@example.com' },
  repository: githubRepository,
  sender: githubSender,
}

export const githubDelete = {
  ref: 'feature/Login-Page',
  ref_type: 'branch',
  pusher_type: 'user',
  repository: githubRepository,
  sender: githubSender,
}

const githubHead = {
  label: 'acme:feature/Login-Page',
  ref: 'feature/Login-Page',
  sha: 'ec26c3e57ca3a959ca5aad62de7213c562f8c821',
  repo: { id: 186853002, name: 'shop', full_name: 'acme/shop', fork: false },
}

export const githubPullRequestMerged = {
  action: 'closed',
  number: 2,
  pull_request: {
    id: 279147437,
    number: 2,
    state: 'closed',
    title: 'A page to log in on',
    created_at: '2026-05-15T15:20:33Z',
    updated_at: '2026-05-15T15:24:10Z',
    closed_at: '2026-05-15T15:24:10Z',
    merged_at: '2026-05-15T15:24:10Z',
    merged: true,
    merge_commit_sha: 'c4295bd74fb0f4fda03689c3df3f2803b658fd85',
    head: githubHead,
    base: { label: 'acme:main', ref: 'main', sha: 'f95f852bd8fca8fcc58a9a2d6c842781e32a215e' },
  },
  repository: githubRepository,
  sender: githubSender,
}

/** A pull request of somebody whose fork has a branch of the same name. */
export const githubPullRequestOfFork = {
  ...githubPullRequestMerged,
  number: 3,
  pull_request: {
    ...githubPullRequestMerged.pull_request,
    number: 3,
    merged: false,
    merged_at: null,
    head: {
      ...githubHead,
      label: 'mallory:feature/Login-Page',
      repo: { id: 999000111, name: 'shop', full_name: 'mallory/shop', fork: true },
    },
  },
}

const gitlabProject = {
  id: 15,
  name: 'shop',
  web_url: 'https://gitlab.example.com/acme/shop',
  namespace: 'acme',
  visibility_level: 0,
  path_with_namespace: 'acme/shop',
  default_branch: 'main',
}

export const gitlabPush = {
  object_kind: 'push',
  event_name: 'push',
  before: zeros,
  after: 'da1560886d4f094c3e6c9ef40349f7d38b5d27d7',
  ref: 'refs/heads/feature/cart',
  ref_protected: false,
  checkout_sha: 'da1560886d4f094c3e6c9ef40349f7d38b5d27d7',
  user_id: 4,
  user_username: 'ada',
  project_id: 15,
  project: gitlabProject,
  commits: [
    {
      id: 'da1560886d4f094c3e6c9ef40349f7d38b5d27d7',
      message: 'Begin the cart',
      timestamp: '2026-05-15T17:20:41+02:00',
      added: ['cart.svelte'],
      modified: [],
      removed: [],
    },
  ],
  total_commits_count: 1,
}

export const gitlabBranchDeleted = {
  ...gitlabPush,
  before: 'da1560886d4f094c3e6c9ef40349f7d38b5d27d7',
  after: zeros,
  checkout_sha: null,
  commits: [],
  total_commits_count: 0,
}

export const gitlabMergeRequestMerged = {
  object_kind: 'merge_request',
  event_type: 'merge_request',
  user: { id: 4, name: 'Ada', username: 'ada' },
  project: gitlabProject,
  object_attributes: {
    id: 99,
    iid: 1,
    target_branch: 'main',
    source_branch: 'feature/cart',
    source_project_id: 15,
    target_project_id: 15,
    title: 'A cart',
    created_at: '2026-05-15 15:20:33 UTC',
    updated_at: '2026-05-15 15:24:10 UTC',
    state: 'merged',
    action: 'merge',
    merge_commit_sha: 'c4295bd74fb0f4fda03689c3df3f2803b658fd85',
  },
}

export const gitlabMergeRequestOfFork = {
  ...gitlabMergeRequestMerged,
  object_attributes: {
    ...gitlabMergeRequestMerged.object_attributes,
    source_project_id: 77,
    state: 'closed',
    action: 'close',
  },
}
