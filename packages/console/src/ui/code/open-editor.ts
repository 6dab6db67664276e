import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
  type CompletionSource,
} from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { bracketMatching, indentOnInput } from '@codemirror/language'
import { setDiagnostics } from '@codemirror/lint'
import { Compartment, EditorState, type Extension } from '@codemirror/state'
import { EditorView, keymap, lineNumbers, placeholder } from '@codemirror/view'
import { codeTheme } from './code-theme.ts'

export type CodeLanguage = 'cel' | 'json' | 'sql' | 'javascript' | 'text'

/** Something wrong with the text; places count UTF-16 units, `to` is exclusive. */
export interface CodeMistake {
  readonly from: number
  readonly to: number
  readonly message: string
  readonly hint?: string | undefined
  readonly severity?: 'error' | 'warning'
}

/** Tables with their columns, for completion in SQL. */
export type CodeTables = Readonly<Record<string, readonly string[]>>

export interface CodeOptions {
  readonly language: CodeLanguage
  readonly label: string
  readonly text: string
  readonly hint: string
  readonly isReadOnly: boolean
  readonly hasLineNumbers: boolean
  /** Tab indents; Escape and then Tab leaves. Without it Tab leaves at once. */
  readonly tabIndents: boolean
  readonly tables: CodeTables
  readonly complete: CompletionSource | undefined
  changed(text: string): void
  /** Ctrl or ⌘ with Enter. */
  submit(): boolean
}

export interface OpenEditor {
  setText(text: string): void
  setMistakes(mistakes: readonly CodeMistake[]): void
  setReadOnly(isReadOnly: boolean): void
  focus(): void
  close(): void
}

/** Opens an editor; its language is loaded when it is first needed. */
export async function openEditor(parent: HTMLElement, options: CodeOptions): Promise<OpenEditor> {
  const language = await languageOf(options)
  const reading = new Compartment()
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: options.text,
      extensions: [
        keymap.of([{ key: 'Mod-Enter', run: () => options.submit() }]),
        language,
        options.hasLineNumbers ? lineNumbers() : [],
        history(),
        indentOnInput(),
        bracketMatching(),
        closeBrackets(),
        autocompletion(options.complete === undefined ? {} : { override: [options.complete] }),
        placeholder(options.hint),
        EditorView.lineWrapping,
        codeTheme,
        keymap.of([
          ...closeBracketsKeymap,
          ...completionKeymap,
          ...historyKeymap,
          ...defaultKeymap,
          ...(options.tabIndents ? [indentWithTab] : []),
        ]),
        EditorView.contentAttributes.of({
          'aria-label': options.label,
          ...(options.tabIndents && { 'aria-description': 'Press Escape, then Tab to leave the editor.' }),
        }),
        reading.of(readingOf(options.isReadOnly)),
        EditorView.updateListener.of(update => {
          if (update.docChanged) options.changed(update.state.doc.toString())
        }),
      ],
    }),
  })

  return {
    setText(text) {
      const { doc } = view.state
      if (doc.toString() !== text) view.dispatch({ changes: { from: 0, to: doc.length, insert: text } })
    },
    setMistakes(mistakes) {
      const { length } = view.state.doc
      const diagnostics = mistakes.map(({ from, to, message, hint, severity = 'error' }) => {
        const start = Math.min(from, length)
        const end = Math.min(Math.max(to, start), length)
        const text = hint === undefined ? message : `${message} – ${hint}`
        return { from: start, to: end, severity, message: text }
      })
      view.dispatch(setDiagnostics(view.state, diagnostics))
    },
    setReadOnly: isReadOnly => view.dispatch({ effects: reading.reconfigure(readingOf(isReadOnly)) }),
    focus: () => view.focus(),
    close: () => view.destroy(),
  }
}

/** What is only read can still be reached and copied by keyboard. */
function readingOf(isReadOnly: boolean): Extension {
  return isReadOnly
    ? [EditorState.readOnly.of(true), EditorView.contentAttributes.of({ 'aria-readonly': 'true' })]
    : []
}

async function languageOf({ language, tables }: CodeOptions): Promise<Extension> {
  switch (language) {
    case 'cel':
      return (await import('./cel-language.ts')).celLanguage
    case 'json':
      return (await import('@codemirror/lang-json')).json()
    case 'javascript':
      return (await import('@codemirror/lang-javascript')).javascript({ typescript: true, jsx: true })
    case 'sql': {
      const { PostgreSQL, sql } = await import('@codemirror/lang-sql')
      const schema = Object.fromEntries(Object.entries(tables).map(([name, columns]) => [name, [...columns]]))
      return sql({ dialect: PostgreSQL, schema })
    }
    case 'text':
      return []
  }
}
