import type { CollectionDefinition } from '@cloudbox/protocol/collection'

interface MapNode {
  readonly name: string
  readonly x: number
  readonly y: number
  readonly heightPx: number
  /** Its relations, each a line of the box. */
  readonly relations: readonly { readonly field: string; readonly to: string }[]
}

interface MapEdge {
  readonly from: string
  readonly field: string
  readonly to: string
  /** Of an SVG. */
  readonly path: string
}

export interface RelationMap {
  readonly nodes: readonly MapNode[]
  readonly edges: readonly MapEdge[]
  readonly widthPx: number
  readonly heightPx: number
}

export const boxPx = 190
export const headPx = 30
export const linePx = 22
const gapX = 90
const gapY = 24
const edgePx = 16

/** Collections in columns: what others point to stands right of them, so that most lines run one way. */
export function relationMap(collections: readonly CollectionDefinition[]): RelationMap {
  const known = new Set(collections.map(({ name }) => name))
  const boxes = collections.map(({ name, fields }) => ({
    name,
    relations: Object.entries(fields).flatMap(([field, { type, to }]) =>
      type === 'relation' && to !== undefined && known.has(to) ? [{ field, to }] : [],
    ),
  }))
  const depths = depthsOf(boxes)
  const columns: number[] = []
  const nodes = boxes.map(({ name, relations }): MapNode => {
    const depth = depths.get(name)!
    const heightPx = headPx + relations.length * linePx + (relations.length > 0 ? 6 : 0)
    const y = columns[depth] ?? edgePx
    columns[depth] = y + heightPx + gapY
    return { name, relations, heightPx, x: edgePx + depth * (boxPx + gapX), y }
  })
  const at = new Map(nodes.map(node => [node.name, node]))
  const edges = nodes.flatMap(node =>
    node.relations.map(({ field, to }, i): MapEdge => {
      const y = node.y + headPx + i * linePx + linePx / 2
      return { from: node.name, field, to, path: pathOf(node, at.get(to)!, y) }
    }),
  )
  return {
    nodes,
    edges,
    widthPx: Math.max(0, ...nodes.map(({ x }) => x)) + boxPx + edgePx,
    heightPx: Math.max(0, ...columns.filter(Boolean)) + edgePx,
  }
}

type Box = Pick<MapNode, 'name' | 'relations'>

/** How far right: one column behind whatever points to it; in a circle the first stays where it is. */
function depthsOf(boxes: readonly Box[]): ReadonlyMap<string, number> {
  const depths = new Map(boxes.map(({ name }) => [name, 0]))
  for (let round = 0; round < boxes.length; round++) {
    let isSettled = true
    for (const { name, relations } of boxes)
      for (const { to } of relations) {
        const wanted = depths.get(name)! + 1
        if (to === name || depths.get(to)! >= wanted || wanted >= boxes.length || leadsTo(boxes, to, name))
          continue
        depths.set(to, wanted)
        isSettled = false
      }
    if (isSettled) break
  }
  return depths
}

function leadsTo(boxes: readonly Box[], from: string, to: string): boolean {
  const seen = new Set<string>()
  const next = [from]
  for (let name = next.pop(); name !== undefined; name = next.pop()) {
    if (name === to) return true
    if (seen.has(name)) continue
    seen.add(name)
    next.push(...(boxes.find(box => box.name === name)?.relations ?? []).map(relation => relation.to))
  }
  return false
}

function pathOf(from: MapNode, to: MapNode, y: number): string {
  const startX = from.x + boxPx
  const endY = to.y + headPx / 2
  if (to.x > from.x) {
    const bend = Math.max(40, (to.x - startX) / 2)
    return `M ${startX} ${y} C ${startX + bend} ${y}, ${to.x - bend} ${endY}, ${to.x} ${endY}`
  }
  // Back, or to itself: around the right side.
  const endX = to.x + boxPx
  const bend = Math.max(startX, endX) + 50
  return `M ${startX} ${y} C ${bend} ${y}, ${bend} ${endY}, ${endX} ${endY}`
}
