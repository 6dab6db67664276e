import type { Me, PlatformEnvironment, Project } from '@cloudbox/protocol/platform-replies'
import { ask } from './ask.ts'

export type MyOrganisation = Me['organisations'][number]

/** A project with the organisation it belongs to. */
interface MyProject extends Project {
  readonly organisation: string
}

/** What the operator has: organisations, projects and environments, as far as they were asked for. */
class Workspace {
  me = $state.raw<Me | undefined>()
  projects = $state.raw<readonly MyProject[] | undefined>()
  /** By the name of the project. */
  environments = $state.raw<Readonly<Record<string, readonly PlatformEnvironment[]>>>({})

  async load(): Promise<void> {
    const me = await ask<Me>('GET', '/me')
    const seen = me.organisations.filter(({ permissions }) => permissions.includes('organisation.read'))
    const lists = await Promise.all(
      seen.map(async ({ name }) => {
        const { projects } = await ask<{ projects: Project[] }>('GET', `/organisations/${name}/projects`)
        return projects.map(project => ({ ...project, organisation: name }))
      }),
    )
    this.me = me
    this.projects = lists.flat()
  }

  async loadEnvironments(project: string): Promise<readonly PlatformEnvironment[]> {
    const path = `/projects/${project}/environments`
    const { environments } = await ask<{ environments: PlatformEnvironment[] }>('GET', path)
    this.environments = { ...this.environments, [project]: environments }
    return environments
  }

  organisationOf(project: string): MyOrganisation | undefined {
    const name = this.projects?.find(one => one.name === project)?.organisation
    return this.me?.organisations.find(one => one.name === name)
  }

  forget(): void {
    this.me = undefined
    this.projects = undefined
    this.environments = {}
  }
}

export const workspace = new Workspace()
