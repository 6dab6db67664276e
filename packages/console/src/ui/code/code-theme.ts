import { HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import { EditorView } from '@codemirror/view'
import { tags } from '@lezer/highlight'

/** The editor in the colours of the console, which are dark where the console is. */
export const codeTheme = [
  EditorView.theme({
    '&': { color: 'var(--text)', backgroundColor: 'transparent', fontSize: '13px' },
    '&.cm-focused': { outline: 'none' },
    '.cm-content': { fontFamily: 'var(--font-mono)', padding: '8px 0', caretColor: 'var(--text)' },
    '.cm-line': { padding: '0 10px' },
    '.cm-scroller': { fontFamily: 'var(--font-mono)', lineHeight: '1.6' },
    '.cm-cursor': { borderLeftColor: 'var(--text)' },
    '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
      background: 'var(--accent-ground)',
    },
    '.cm-gutters': { backgroundColor: 'transparent', color: 'var(--quiet)', border: 'none' },
    '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'transparent' },
    '.cm-placeholder': { color: 'var(--quiet)' },
    '&.cm-focused .cm-matchingBracket': { backgroundColor: 'var(--accent-ground)', outline: 'none' },
    '.cm-tooltip': {
      backgroundColor: 'var(--surface)',
      color: 'var(--text)',
      border: '1px solid var(--line)',
      borderRadius: '8px',
      boxShadow: '0 8px 24px rgb(0 0 0 / 0.16)',
      overflow: 'hidden',
    },
    '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--font-mono)', maxHeight: '14em' },
    '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '3px 8px', lineHeight: '1.5' },
    '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': {
      backgroundColor: 'var(--accent-ground)',
      color: 'var(--accent)',
    },
    '.cm-completionDetail': { color: 'var(--quiet)', fontStyle: 'normal' },
    '.cm-completionInfo': { padding: '6px 10px', maxWidth: '22em', overflow: 'hidden' },
    '.cm-diagnostic': { padding: '6px 10px', fontFamily: 'var(--font-sans)', maxWidth: '34em' },
    '.cm-diagnostic-error': { borderLeft: '3px solid var(--red)' },
    '.cm-diagnostic-warning': { borderLeft: '3px solid var(--amber)' },
    '.cm-lintRange-error': {
      backgroundImage: 'none',
      textDecoration: 'underline wavy var(--red)',
      textUnderlineOffset: '3px',
    },
    '.cm-lintRange-warning': {
      backgroundImage: 'none',
      textDecoration: 'underline wavy var(--amber)',
      textUnderlineOffset: '3px',
    },
  }),
  syntaxHighlighting(
    HighlightStyle.define([
      { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: 'var(--accent)' },
      { tag: [tags.string, tags.special(tags.string), tags.regexp], color: 'var(--green)' },
      { tag: [tags.number, tags.bool, tags.atom, tags.null], color: 'var(--amber)' },
      { tag: [tags.comment], color: 'var(--quiet)', fontStyle: 'italic' },
      { tag: [tags.typeName, tags.function(tags.variableName), tags.tagName], color: 'var(--accent)' },
      { tag: [tags.invalid], color: 'var(--red)' },
    ]),
  ),
]
