// Made by "cloudbox types" from schema.ts: "npm run dev" writes it anew whenever that changes.

export interface Schema {
  todos: {
    Row: {
      id: string
      createdAt: string
      updatedAt: string
      title: string
      done: boolean
      owner: string
    }
    Insert: { id?: string; title: string; done?: boolean; owner?: string }
    Update: { title?: string; done?: boolean; owner?: string }
  }
}
