// Made by "cloudbox types" from the structure of the environment; changes are overwritten.

export interface Todos {
  id: string
  createdAt: string
  updatedAt: string
  title: string
  done: boolean
  owner: string
}

export interface NewTodos {
  id?: string
  title: string
  done?: boolean
  owner?: string
}

export interface TodosChange {
  title?: string
  done?: boolean
  owner?: string
}

export interface Users {
  id: string
  createdAt: string
  updatedAt: string
  name: string | null
  avatarUrl: string | null
  metadata: unknown
  locale: string | null
  email: string | null
  emailVerified: boolean
  phone: string | null
  phoneVerified: boolean
  role: string | null
  roles: string[]
  claims: unknown
  isAnonymous: boolean
  bannedUntil: string | null
  lastSignInAt: string | null
}

/** Users are made by accounts. */
export type NewUsers = Record<string, never>

export interface UsersChange {
  name?: string | null
  avatarUrl?: string | null
  metadata?: unknown
  locale?: string | null
}

/** For createClient<Schema>(…). */
export interface Schema {
  todos: { Row: Todos; Insert: NewTodos; Update: TodosChange }
  users: { Row: Users; Insert: NewUsers; Update: UsersChange }
}
