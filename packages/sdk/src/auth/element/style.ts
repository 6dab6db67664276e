/** Colours follow the page's own `color-scheme`; every value can be set from outside by the properties named first. */
export const style = `
:host {
  --accent: var(--cloudbox-accent, light-dark(#2f5bea, #8aa5ff));
  --on-accent: var(--cloudbox-on-accent, light-dark(#fff, #0c1226));
  --surface: var(--cloudbox-surface, light-dark(#fff, #1a1c21));
  --field: var(--cloudbox-field, light-dark(#fff, #121317));
  --text: var(--cloudbox-text, light-dark(#17181c, #eceef2));
  --muted: var(--cloudbox-muted, light-dark(#5b606b, #a2a8b4));
  --line: var(--cloudbox-line, light-dark(#d5d8df, #3a3e48));
  --danger: var(--cloudbox-danger, light-dark(#b3261e, #ffb4ab));
  --radius: var(--cloudbox-radius, .625rem);
  display: block;
  max-width: 24rem;
  color: var(--text);
  font: 1rem/1.5 var(--cloudbox-font, system-ui, sans-serif);
  -webkit-font-smoothing: antialiased;
}
:host([hidden]) { display: none }
:host([theme=light]) { color-scheme: light }
:host([theme=dark]) { color-scheme: dark }
*, ::before { box-sizing: border-box }
.card {
  container-type: inline-size;
  padding: clamp(1.25rem, 7%, 2.25rem);
  background: var(--surface);
  border: 1px solid color-mix(in srgb, var(--line) 60%, transparent);
  border-radius: calc(var(--radius) * 1.8);
  box-shadow: 0 1px 2px rgb(0 0 0 / .05), 0 12px 32px -12px rgb(0 0 0 / .14);
}
h2 { margin: 0; font-size: 1.5rem; line-height: 1.2; font-weight: 650; letter-spacing: -.015em; text-wrap: balance }
h2:focus { outline: none }
p { margin: .5rem 0 0; color: var(--muted); text-wrap: pretty; overflow-wrap: anywhere }
form, .stack { display: grid; gap: .625rem; margin-top: 1.5rem }
form { gap: 1rem }
.field { display: grid; gap: .375rem }
.row { display: flex; justify-content: space-between; align-items: baseline; gap: 1rem }
label { font-size: .875rem; font-weight: 550 }
.box { position: relative }
input {
  width: 100%;
  min-height: 2.75rem;
  padding: .5rem .75rem;
  color: inherit;
  background: var(--field);
  border: 1px solid var(--line);
  border-radius: var(--radius);
  font: inherit;
  transition: border-color .12s, box-shadow .12s;
}
input:hover { border-color: color-mix(in srgb, var(--line) 60%, var(--muted)) }
input:focus { outline: none; border-color: var(--accent); box-shadow: 0 0 0 3px color-mix(in srgb, var(--accent) 22%, transparent) }
input[aria-invalid=true] { border-color: var(--danger) }
input[aria-invalid=true]:focus { box-shadow: 0 0 0 3px color-mix(in srgb, var(--danger) 20%, transparent) }
input[name=code] { font-size: 1.375rem; letter-spacing: .35em; text-align: center; font-variant-numeric: tabular-nums }
.box.has-eye input { padding-right: 3rem }
.hint { font-size: .8125rem; color: var(--danger) }
button { font: inherit; cursor: pointer; -webkit-tap-highlight-color: transparent }
button:focus-visible { outline: 3px solid color-mix(in srgb, var(--accent) 45%, transparent); outline-offset: 2px }
.primary, .secondary {
  display: inline-flex;
  align-items: center;
  justify-content: center;
  gap: .625rem;
  width: 100%;
  min-height: 2.75rem;
  padding: .5rem .875rem;
  border-radius: var(--radius);
  font-weight: 600;
  transition: background-color .12s, filter .12s, transform .06s;
}
.primary { color: var(--on-accent); background: var(--accent); border: 1px solid transparent; margin-top: .25rem }
.primary:hover { filter: brightness(1.07) }
.secondary { color: inherit; background: transparent; border: 1px solid var(--line); font-weight: 550 }
.secondary:hover { background: color-mix(in srgb, var(--text) 5%, transparent) }
.primary:active, .secondary:active { transform: translateY(1px) }
[aria-disabled=true] { cursor: progress; filter: none; opacity: .72 }
.pair { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: .625rem }
.pair .secondary { gap: .5rem; padding-inline: .5rem; font-size: .9375rem }
.pair > :last-child:nth-child(odd) { grid-column: 1 / -1 }
@container (max-width: 17rem) { .pair { grid-template-columns: minmax(0, 1fr) } }
.link { padding: 0; color: var(--accent); background: none; border: 0; font-size: .875rem; font-weight: 550; text-underline-offset: .2em }
.link:hover { text-decoration: underline }
.link:focus-visible { border-radius: .25rem }
.eye {
  position: absolute;
  inset: 0 0 0 auto;
  display: grid;
  place-items: center;
  width: 2.75rem;
  padding: 0;
  color: var(--muted);
  background: none;
  border: 0;
  border-radius: var(--radius);
}
.eye:hover, .eye[aria-pressed=true] { color: var(--text) }
.eye[aria-pressed=false] svg { opacity: .75 }
svg { width: 1.25rem; height: 1.25rem; flex: none; fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linecap: round; stroke-linejoin: round }
.badge {
  display: grid;
  place-items: center;
  width: 1.375rem;
  height: 1.375rem;
  flex: none;
  color: #fff;
  background: var(--brand, var(--muted));
  border-radius: .375rem;
  box-shadow: 0 0 0 1px color-mix(in srgb, var(--text) 18%, transparent);
  font-size: .8125rem;
  font-weight: 700;
  line-height: 1;
}
.or { display: flex; align-items: center; gap: .75rem; margin-top: 1.25rem; color: var(--muted); font-size: .8125rem }
.or::before, .or::after { content: ''; flex: 1; height: 1px; background: color-mix(in srgb, var(--line) 70%, transparent) }
.or + form { margin-top: 1.125rem }
.foot { display: flex; flex-wrap: wrap; justify-content: center; gap: .375rem .5rem; margin-top: 1.5rem; color: var(--muted); font-size: .875rem }
.foot.apart { gap: .375rem 1.5rem }
.foot + .foot { margin-top: .75rem }
.notice {
  margin: 1.25rem 0 0;
  padding: .625rem .875rem;
  color: var(--danger);
  background: color-mix(in srgb, var(--danger) 9%, transparent);
  border-radius: var(--radius);
  font-size: .875rem;
  overflow-wrap: anywhere;
}
.notice.good { color: inherit; background: color-mix(in srgb, var(--accent) 12%, transparent) }
.notice:empty { display: none }
.medal {
  display: grid;
  place-items: center;
  width: 3rem;
  height: 3rem;
  margin-bottom: 1rem;
  color: var(--accent);
  background: color-mix(in srgb, var(--accent) 12%, transparent);
  border-radius: 50%;
}
.spinner { width: 1.125rem; height: 1.125rem; border: 2px solid currentColor; border-right-color: transparent; border-radius: 50%; animation: turn .7s linear infinite }
.skeleton { height: 2.75rem; border-radius: var(--radius); background: color-mix(in srgb, var(--text) 7%, transparent); animation: breathe 1.2s ease-in-out infinite alternate }
@keyframes turn { to { rotate: 1turn } }
@keyframes breathe { to { opacity: .45 } }
@media (prefers-reduced-motion: reduce) {
  .spinner { animation-duration: 2.4s }
  .skeleton { animation: none }
  * { transition: none !important }
}
`
