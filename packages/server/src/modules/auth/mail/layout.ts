import { escapeHtml } from './render.ts'
import type { MailText, MailWords } from './texts/mail-text.ts'

const font = `-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif`
const mono = `ui-monospace, 'SF Mono', Menlo, Consolas, monospace`

/** Programs that know dark mode change these colours; all others show the ones inline. */
const darkStyle = `
      :root { color-scheme: light dark; supported-color-schemes: light dark; }
      @media (prefers-color-scheme: dark) {
        .ground { background: #0f1117 !important; }
        .card { background: #171a23 !important; border-color: #282d3a !important; }
        .strong { color: #f3f4f8 !important; }
        .plain { color: #c9cdd9 !important; }
        .quiet, .quiet a { color: #9aa2b5 !important; }
        .line { border-color: #282d3a !important; }
        .code { background: #11141b !important; color: #f3f4f8 !important; }
        .button { background: #a5b4fc !important; color: #11141b !important; }
      }`

/** Keeps the first words of the mail out of what lists show beside the subject. */
const filler = '&#847;&zwnj;&nbsp;'.repeat(60)

/** One card with one button; a page, as programs for mail show it: no table, no image, nothing from elsewhere. */
export function htmlLayout(text: MailText, words: MailWords, language: string): string {
  const body = [
    `<h1 class="strong" style="margin:0 0 16px;font-size:24px;line-height:1.3;letter-spacing:-0.01em;font-weight:650;color:#1b1e28">${escapeHtml(text.heading)}</h1>`,
    ...text.paragraphs.map(
      paragraph =>
        `<p class="plain" style="margin:0 0 20px;font-size:16px;line-height:1.6;color:#3b4152">${escapeHtml(paragraph)}</p>`,
    ),
    ...(text.showsCode === true
      ? [
          `<p class="code strong" style="margin:0 0 24px;padding:18px 8px;border-radius:10px;background:#f1f2f6;font:650 34px/1.2 ${mono};letter-spacing:0.22em;text-indent:0.22em;text-align:center;color:#1b1e28">{{ code }}</p>`,
        ]
      : []),
    ...(text.facts === undefined ? [] : [factsHtml(text.facts)]),
    ...(text.button === undefined
      ? []
      : [
          `<p style="margin:4px 0 28px"><a class="button" href="{{ link }}" style="display:inline-block;padding:13px 26px;border-radius:10px;background:#4f46e5;color:#ffffff;font-size:16px;line-height:1.25;font-weight:600;text-decoration:none">${escapeHtml(text.button)}</a></p>`,
        ]),
    ...text.notes.map(
      note =>
        `<p class="quiet" style="margin:0 0 10px;font-size:14px;line-height:1.55;color:#5b6275">${escapeHtml(note)}</p>`,
    ),
    ...(text.button === undefined
      ? []
      : [
          `<p class="quiet line" style="margin:24px 0 0;padding:20px 0 0;border-top:1px solid #e3e5ec;font-size:13px;line-height:1.55;color:#5b6275">${escapeHtml(words.linkNote)}<br><a href="{{ link }}" style="color:#5b6275;word-break:break-all">{{ link }}</a></p>`,
        ]),
  ]
  return `<!doctype html>
<html lang="${language}">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta name="supported-color-schemes" content="light dark">
    <meta name="format-detection" content="telephone=no, date=no, address=no, email=no">
    <title>${escapeHtml(text.subject)}</title>
    <style>${darkStyle}
    </style>
  </head>
  <body class="ground" style="margin:0;padding:0;background:#f7f7fa;-webkit-text-size-adjust:100%">
    <div style="display:none;max-height:0;overflow:hidden">${escapeHtml(text.preheader)}${filler}</div>
    <div class="ground" role="article" lang="${language}" style="padding:32px 16px 40px;background:#f7f7fa;font-family:${font}">
      <p class="strong" style="max-width:560px;margin:0 auto 16px;padding:0 4px;font-size:15px;line-height:1.4;font-weight:650;color:#1b1e28">{{ appName }}</p>
      <div class="card" style="box-sizing:border-box;max-width:560px;margin:0 auto;padding:32px 32px 30px;border:1px solid #e3e5ec;border-radius:16px;background:#ffffff">
        ${body.join('\n        ')}
      </div>
      <p class="quiet" style="max-width:560px;margin:20px auto 0;padding:0 4px;font-size:13px;line-height:1.55;color:#5b6275">${escapeHtml(words.footer)}</p>
    </div>
  </body>
</html>
`
}

function factsHtml(facts: NonNullable<MailText['facts']>): string {
  const rows = facts.map(
    ([label, value], i) =>
      `<div class="line" style="padding:11px 0;${i === 0 ? '' : 'border-top:1px solid #e3e5ec;'}font-size:15px;line-height:1.45"><span class="quiet" style="display:inline-block;width:84px;vertical-align:top;color:#5b6275">${escapeHtml(label)}</span><span class="strong" style="display:inline-block;max-width:calc(100% - 84px);vertical-align:top;color:#1b1e28">${escapeHtml(value)}</span></div>`,
  )
  return `<div class="line" style="margin:0 0 22px;border:solid #e3e5ec;border-width:1px 0">${rows.join('')}</div>`
}

/** The same for programs that show text only. */
export function textLayout(text: MailText, words: MailWords): string {
  const blocks = [
    text.heading,
    ...text.paragraphs,
    ...(text.showsCode === true ? ['    {{ code }}'] : []),
    ...(text.facts === undefined
      ? []
      : [text.facts.map(([label, value]) => `${label}: ${value}`).join('\n')]),
    ...(text.button === undefined ? [] : [`${text.button}:\n{{ link }}`]),
    ...text.notes,
  ]
  return `${blocks.join('\n\n')}\n\n-- \n${words.footer}\n`
}
