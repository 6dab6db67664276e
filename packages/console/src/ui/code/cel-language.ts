import { StreamLanguage } from '@codemirror/language'

const atoms = /^(?:true|false|null)\b/
const roots = /^(?:auth|doc|next|request|now|db)\b/
const functions = /^[A-Za-z_]\w*(?=\s*\()/
const properties = /^\.\s*[A-Za-z_]\w*\b(?!\s*\()/
const texts = /^[rR]?(?:"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?)/
const numbers = /^(?:0[xX][\da-fA-F]+|\d*\.?\d+(?:[eE][+-]?\d+)?)/
const operators = /^(?:&&|\|\||[=!<>]=|[-+*/%<>!?:]|in\b)/

/** Colours for CloudBox CEL, the language of policies; what it means is up to `@cloudbox/policy`. */
export const celLanguage = StreamLanguage.define({
  name: 'cel',
  token(stream) {
    if (stream.eatSpace()) return null
    if (stream.match('//')) {
      stream.skipToEnd()
      return 'comment'
    }
    if (stream.match(texts)) return 'string'
    if (stream.match(atoms)) return 'atom'
    if (stream.match(operators)) return 'operator'
    if (stream.match(functions)) return 'variableName.function'
    if (stream.match(roots)) return 'keyword'
    if (stream.match(properties)) return 'propertyName'
    if (stream.match(numbers)) return 'number'
    if (stream.match(/^[A-Za-z_]\w*/)) return 'variableName'
    stream.next()
    return null
  },
  languageData: { closeBrackets: { brackets: ['(', '[', "'", '"'] }, commentTokens: { line: '//' } },
})
