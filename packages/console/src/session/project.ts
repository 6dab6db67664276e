import type { Permission } from '@cloudbox/protocol/permissions'
import type { Project } from '@cloudbox/protocol/platform-replies'
import { createContext } from 'svelte'

/** The project a page is about, and what may be done in all of it. */
export interface CurrentProject extends Project {
  may(permission: Permission): boolean
}

export function currentProject(project: Project): CurrentProject {
  return { ...project, may: permission => project.permissions?.includes(permission) ?? true }
}

/** The project of the page a component is on. */
export const [useProject, provideProject] = createContext<() => CurrentProject>()
