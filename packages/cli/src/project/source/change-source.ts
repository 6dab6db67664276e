import { isDeepStrictEqual } from 'node:util'
import type * as ast from '@babel/types'
import { indexName } from '@cloudbox/protocol/canonical'
import type { IndexDefinition } from '@cloudbox/protocol/collection'
import {
  indentAt,
  itemOf,
  splice,
  withItem,
  withoutItem,
  type Container,
  type Indented,
} from './list-edit.ts'
import { literalOf } from './literal-of.ts'
import {
  constantsOf,
  follow,
  keyOf,
  parseSource,
  propertyOf,
  type Placed,
  type Source,
} from './parse-source.ts'
import { collectionDoc, fieldDoc } from './print-schema.ts'
import type { SchemaChange } from './schema-changes.ts'
import { keyText, quoted, render, valueDoc, type Doc, type Style } from './style.ts'

/** What a text cannot say by being edited: somebody has to. */
export class ByHand extends Error {
  /** Where in the text. */
  readonly position: number

  constructor(position: number, message: string) {
    super(message)
    this.position = position
  }
}

type Change<Kind extends SchemaChange['do']> = Extract<SchemaChange, { do: Kind }>

/**
 * The text with one difference less; everything else stays as it is, to the byte.
 * @throws ByHand where what has to change is computed by code
 */
export function changeSource(text: string, change: SchemaChange, style: Style): string {
  let now = text
  // Lists change element by element, each on a text that is read anew.
  for (let i = 0; i < 2000; i++) {
    const source = parseSource(now)
    if (source?.root === undefined) throw new ByHand(0, 'there is no defineSchema({ … }) that can be read')
    const next = new Edit(source, source.root, style).apply(change)
    if (next === undefined || next === now) return now
    now = next
    if (change.do !== 'order-fields' && change.do !== 'set-option') return now
  }
  return now
}

class Edit {
  readonly #source: Source
  readonly #root: Placed<ast.ObjectExpression>
  readonly #style: Style

  constructor(source: Source, root: Placed<ast.ObjectExpression>, style: Style) {
    this.#source = source
    this.#root = root
    this.#style = style
  }

  /** Answers undefined when nothing is left to do. */
  apply(change: SchemaChange): string | undefined {
    switch (change.do) {
      case 'add-collection': {
        const { name: _name, ...definition } = change.after
        return this.#add(this.#root, Infinity, change.collection, collectionDoc(definition, this.#style))
      }
      case 'drop-collection':
        return this.#drop(this.#root, change.collection, change.collection)
      case 'rename-collection':
        return this.#rename(this.#root, change.collection, change.to, change.collection)
      case 'add-field':
        return this.#addField(change)
      case 'drop-field':
        return this.#drop(this.#fields(change), change.field, `${change.collection}.${change.field}`)
      case 'rename-field':
        return this.#rename(
          this.#fields(change),
          change.field,
          change.to,
          `${change.collection}.${change.field}`,
        )
      case 'set-type': {
        const { node } = this.#field(change)
        return this.#replace(node, fieldDoc(change.after, this.#style))
      }
      case 'set-option':
        return this.#setOption(change)
      case 'order-fields':
        return this.#orderFields(change)
      case 'set-flexible': {
        const collection = this.#collection(change.collection)
        if (change.after) return this.#set(collection, 'flexible', true, 1)
        return this.#drop(collection, 'flexible', `flexible of ${change.collection}`)
      }
      case 'add-index':
        return this.#addIndex(change)
      case 'set-index': {
        const found = this.#indexNode(change)
        if (found === undefined) throw this.#indexByHand(change)
        return this.#replace(found.node, valueDoc(change.after, this.#style))
      }
      case 'drop-index':
        return this.#dropIndex(change)
      case 'set-policy':
        return this.#setPolicy(change)
    }
  }

  /** An expression that may be edited where it stands: not through a constant that something else uses too. */
  #editable(node: ast.Node, what: string): Placed {
    const shared = constantsOf(this.#source, node).find(name => this.#source.uses(name) > 1)
    const found = follow(this.#source.constants, node)
    if (shared === undefined && found !== undefined) return found
    throw new ByHand(
      node.start!,
      shared === undefined
        ? `${what} is computed by code`
        : `${what} is ${shared}, which is used elsewhere too`,
    )
  }

  #object(node: ast.Node, what: string): Placed<ast.ObjectExpression> {
    const found = this.#editable(node, what)
    if (found.type === 'ObjectExpression') return found as Placed<ast.ObjectExpression>
    throw new ByHand(node.start!, `${what} is computed by code`)
  }

  #collection(name: string): Placed<ast.ObjectExpression> {
    const property = propertyOf(this.#root, name)
    if (property === undefined)
      throw new ByHand(this.#root.start, `the collection ${name} is computed by code`)
    return this.#object(property.value, `the collection ${name}`)
  }

  #fields({ collection }: { readonly collection: string }): Placed<ast.ObjectExpression> {
    const object = this.#collection(collection)
    const property = propertyOf(object, 'fields')
    const what = `what fields ${collection} has`
    if (property === undefined) throw new ByHand(object.start, `${what} is computed by code`)
    return this.#object(property.value, what)
  }

  /** The call that makes a field. */
  #field({ collection, field }: { readonly collection: string; readonly field: string }) {
    const fields = this.#fields({ collection })
    const what = `the field ${collection}.${field}`
    const property = propertyOf(fields, field)
    if (property === undefined) throw new ByHand(fields.start, `${what} is computed by code`)
    const node = this.#editable(property.value, what)
    const isCall =
      node.type === 'CallExpression' &&
      node.callee.type === 'MemberExpression' &&
      node.callee.object.type === 'Identifier' &&
      node.callee.object.name === 't'
    if (!isCall) throw new ByHand(property.start, `${what} is computed by code`)
    return { node: node as Placed<ast.CallExpression>, what }
  }

  #addField({ collection, field, after, behind }: Change<'add-field'>): string {
    const fields = this.#fields({ collection })
    const holds = (property: ast.Node): boolean => {
      if (property.type !== 'SpreadElement') return keyOf(property) === behind
      const spread = follow(this.#source.constants, property.argument)
      return spread?.type === 'ObjectExpression' && spread.properties.some(one => keyOf(one) === behind)
    }
    const position = behind === undefined ? 0 : fields.properties.findLastIndex(holds) + 1
    return this.#add(
      fields,
      behind !== undefined && position === 0 ? Infinity : position,
      field,
      fieldDoc(after, this.#style),
    )
  }

  #setOption(change: Change<'set-option'>): string | undefined {
    const { type, option, after } = change
    const { node, what } = this.#field(change)
    const isFirst = (type === 'select' && option === 'options') || (type === 'relation' && option === 'to')
    const args = argumentsOf(this.#source.text, node)
    if (isFirst) return this.#setValue(args.items[0]!, after, `${option} of ${what}`)
    const place = type === 'select' || type === 'relation' ? 1 : 0
    const given = args.items[place]
    if (given === undefined) {
      if (after === undefined) return undefined
      const doc = valueDoc({ [option]: after }, this.#style)
      return withItem(this.#source.text, args, place, { ...this.#item(doc), isInline: true })
    }
    const options = this.#object(given, `what options ${what} has`)
    if (after === undefined) {
      const isLast = options.properties.length === 1 && keyOf(options.properties[0]!) === option
      if (propertyOf(options, option) === undefined) {
        if (options.properties.some(one => one.type === 'SpreadElement'))
          throw new ByHand(options.start, `${option} of ${what} is computed by code`)
        return undefined
      }
      return isLast && given === options
        ? withoutItem(this.#source.text, args, place)
        : this.#drop(options, option, `${option} of ${what}`)
    }
    return this.#set(options, option, after)
  }

  /** Gives a property a literal value, or adds it. */
  #set(
    object: Placed<ast.ObjectExpression>,
    name: string,
    value: unknown,
    position = Infinity,
  ): string | undefined {
    const property = propertyOf(object, name)
    if (property === undefined) return this.#add(object, position, name, valueDoc(value, this.#style))
    return this.#setValue(property.value as Placed, value, name)
  }

  /** Replaces a literal; of a list only the elements that differ. */
  #setValue(node: Placed, value: unknown, what: string): string | undefined {
    const found = this.#editable(node, what)
    const literal = literalOf(found)
    if (literal === undefined) throw new ByHand(node.start, `${what} is computed by code`)
    if (isDeepStrictEqual(literal.value, value)) return undefined
    if (found.type === 'ArrayExpression' && Array.isArray(value) && Array.isArray(literal.value)) {
      const list = listOf(found as Placed<ast.ArrayExpression>)
      const has = (values: readonly unknown[], one: unknown) =>
        values.some(other => isDeepStrictEqual(other, one))
      const old = literal.value as readonly unknown[]
      const gone = old.findIndex(one => !has(value, one))
      if (gone !== -1) return withoutItem(this.#source.text, list, gone)
      const place = value.findIndex(one => !has(old, one))
      if (place !== -1)
        return withItem(this.#source.text, list, Math.min(place, old.length), {
          ...this.#item(valueDoc(value[place], this.#style)),
          isInline: true,
        })
    }
    const { text } = this.#source
    if (found.type !== 'StringLiteral' || typeof value !== 'string')
      return this.#replace(found, valueDoc(value, this.#style))
    const quote = text[found.start] === '"' ? '"' : "'"
    return splice(text, found.start, found.end, quoted(value, { quote }))
  }

  #orderFields({ collection, after }: Change<'order-fields'>): string | undefined {
    const fields = this.#fields({ collection })
    const names = fields.properties.map(keyOf)
    const wanted = after.filter(name => names.includes(name))
    if (names.includes(undefined) || wanted.length < after.length || names.length !== after.length)
      throw new ByHand(fields.start, `the order of the fields of ${collection} is computed by code`)
    const place = wanted.findIndex((name, i) => names[i] !== name)
    if (place === -1) return undefined
    const from = names.indexOf(wanted[place])
    const { text } = this.#source
    const moved = itemOf(text, propertiesOf(fields), from)
    const without = parseSource(withoutItem(text, propertiesOf(fields), from))
    if (without?.root === undefined) throw new ByHand(fields.start, 'it cannot be read')
    const rest = new Edit(without, without.root, this.#style).#fields({ collection })
    return withItem(without.text, propertiesOf(rest), place, { ...moved, step: this.#style.step })
  }

  #addIndex({ collection, after }: Change<'add-index'>): string {
    const object = this.#collection(collection)
    const property = propertyOf(object, 'indexes')
    if (property === undefined) {
      const behind = object.properties.findLastIndex(one => ['fields', 'flexible'].includes(keyOf(one) ?? ''))
      return this.#add(object, behind + 1, 'indexes', valueDoc([after], this.#style))
    }
    const list = this.#list(property, `indexes of ${collection}`)
    return withItem(this.#source.text, listOf(list), list.elements.length, {
      ...this.#item(valueDoc(after, this.#style)),
      isInline: true,
    })
  }

  #list(property: ast.ObjectProperty, what: string): Placed<ast.ArrayExpression> {
    const list = this.#editable(property.value, what)
    if (list.type === 'ArrayExpression') return list as Placed<ast.ArrayExpression>
    throw new ByHand(property.start!, `${what} are computed by code`)
  }

  /** Where an index stands; undefined where it is not among `indexes`. */
  #indexNode({ collection, before }: { readonly collection: string; readonly before: IndexDefinition }) {
    const property = propertyOf(this.#collection(collection), 'indexes')
    if (property === undefined) return undefined
    const list = this.#list(property, `indexes of ${collection}`)
    const position = list.elements.findIndex(element => {
      const literal = element && literalOf(element)
      return literal && indexName(literal.value as IndexDefinition) === indexName(before)
    })
    if (position === -1) return undefined
    return { list, position, node: list.elements[position] as Placed }
  }

  #dropIndex(change: Change<'drop-index'>): string {
    const { collection, before } = change
    const object = this.#collection(collection)
    const found = this.#indexNode(change)
    if (found !== undefined)
      return found.list.elements.length === 1
        ? this.#drop(object, 'indexes', `indexes of ${collection}`)
        : withoutItem(this.#source.text, listOf(found.list), found.position)
    const search = propertyOf(object, 'search')
    const list = search && this.#list(search, `search of ${collection}`)
    const position =
      list?.elements.findIndex(element => element && literalOf(element)?.value === before.fields[0]) ?? -1
    if (list === undefined || position === -1 || before.kind !== 'trigram') throw this.#indexByHand(change)
    return list.elements.length === 1
      ? this.#drop(object, 'search', `search of ${collection}`)
      : withoutItem(this.#source.text, listOf(list), position)
  }

  #indexByHand({
    collection,
    before,
  }: {
    readonly collection: string
    readonly before: IndexDefinition
  }): ByHand {
    const object = this.#collection(collection)
    const place = propertyOf(object, 'indexes') ?? propertyOf(object, 'tenant') ?? object
    return new ByHand(place.start, `the index ${indexName(before)} of ${collection} is computed by code`)
  }

  #setPolicy({ collection, operation, before, after }: Change<'set-policy'>): string | undefined {
    const object = this.#collection(collection)
    const tenant = propertyOf(object, 'tenant')
    const property = propertyOf(object, 'policies')
    const what = `the policy for ${operation} of ${collection}`
    if (tenant !== undefined && before === undefined)
      throw new ByHand(tenant.start, `${what} would get the condition of the tenant as well`)
    if (property === undefined) {
      if (after === undefined) throw new ByHand(object.start, `${what} is computed by code`)
      return this.#add(object, Infinity, 'policies', valueDoc({ [operation]: after }, this.#style))
    }
    const policies = this.#object(property.value, `what policies ${collection} has`)
    const own = propertyOf(policies, operation)
    if (after === undefined) {
      const isLast = policies.properties.length === 1 && own !== undefined
      return isLast
        ? this.#drop(object, 'policies', `policies of ${collection}`)
        : this.#drop(policies, operation, what)
    }
    if (own === undefined) {
      if (before !== undefined) throw new ByHand(policies.start, `${what} is computed by code`)
      const order = ['list', 'get', 'create', 'update', 'delete']
      const behind = policies.properties.findLastIndex(
        one => order.indexOf(keyOf(one) ?? '') < order.indexOf(operation),
      )
      return this.#add(policies, behind + 1, operation, quoted(after, this.#style))
    }
    const literal = literalOf(this.#editable(own.value, what))
    if (typeof literal?.value !== 'string') throw new ByHand(own.start, `${what} is computed by code`)
    return this.#setValue(own.value as Placed, this.#ownPart(literal.value, before, after, own, what), what)
  }

  /** The policy without the condition that `tenant` adds. */
  #ownPart(written: string, before: string | undefined, after: string, own: Placed, what: string): string {
    if (before === undefined || before === written) return after
    const head = `(${written})`
    const added = before.startsWith(head) ? before.slice(head.length) : undefined
    if (added !== undefined && after.startsWith('(') && after.endsWith(`)${added}`))
      return after.slice(1, -added.length - 1)
    throw new ByHand(own.start, `${what} is no longer what tenant makes of it`)
  }

  #add(object: Placed<ast.ObjectExpression>, position: number, name: string, doc: Doc): string {
    const container = propertiesOf(object)
    const item = this.#item({ before: `${keyText(name, this.#style)}: `, doc, after: '' })
    const isInline =
      typeof doc === 'string' && !this.#source.text.slice(container.start, container.end).includes('\n')
    const isAlone = isInline && container.items.length === 0
    return withItem(this.#source.text, container, Math.min(position, container.items.length), {
      ...item,
      ...(isAlone ? { text: indent => ` ${item.text(indent)} ` } : {}),
      isInline,
    })
  }

  #drop(object: Placed<ast.ObjectExpression>, name: string, what: string): string {
    const position = object.properties.findLastIndex(one => keyOf(one) === name)
    if (position === -1) throw new ByHand(object.start, `${what} is computed by code`)
    return withoutItem(this.#source.text, propertiesOf(object), position)
  }

  #rename(object: Placed<ast.ObjectExpression>, name: string, to: string, what: string): string {
    const property = propertyOf(object, name)
    if (property === undefined) throw new ByHand(object.start, `${what} is computed by code`)
    const { text } = this.#source
    const key = keyText(to, this.#style)
    if (property.shorthand) return splice(text, property.start, property.start, `${key}: `)
    return splice(text, property.key.start!, property.key.end!, key)
  }

  #replace(node: Placed, doc: Doc): string {
    const { text } = this.#source
    const put = render(doc, this.#style, indentAt(text, node.start), columnOf(text, node.start))
    return splice(text, node.start, node.end, put)
  }

  #item(doc: Doc): Indented {
    const { step } = this.#style
    return { text: indent => render(doc, this.#style, indent), step }
  }
}

function propertiesOf(object: Placed<ast.ObjectExpression>): Container {
  return { start: object.start + 1, end: object.end - 1, items: object.properties as Placed[] }
}

function listOf(list: Placed<ast.ArrayExpression>): Container {
  return { start: list.start + 1, end: list.end - 1, items: list.elements as Placed[] }
}

function argumentsOf(text: string, call: Placed<ast.CallExpression>): Container {
  const behind = call.typeArguments?.end ?? call.callee.end!
  return { start: text.indexOf('(', behind) + 1, end: call.end - 1, items: call.arguments as Placed[] }
}

function columnOf(text: string, position: number): number {
  return position - text.lastIndexOf('\n', position - 1) - 1
}
