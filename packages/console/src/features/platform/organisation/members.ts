import type { MemberPlace } from '@cloudbox/protocol/platform-replies'

/** `owner` → `Owner`. */
export function capital(name: string): string {
  return name.slice(0, 1).toUpperCase() + name.slice(1)
}

/** `shop`, or `shop/production`. */
export function placeText({ project, environment }: Pick<MemberPlace, 'project' | 'environment'>): string {
  return environment === undefined ? project : `${project}/${environment}`
}

export function placeOf(text: string): Pick<MemberPlace, 'project' | 'environment'> {
  const [project = '', environment] = text.split('/')
  return environment === undefined ? { project } : { project, environment }
}
