import type { OnlineChangeReply } from '@cloudbox/protocol/schema-changes'
import { count } from '../step-text.ts'

const phases: Readonly<Record<OnlineChangeReply['phase'], string>> = {
  backfill: 'computing values',
  quarantined: 'looking whether every document has its value',
  constraints: 'making indexes and checking documents',
  contract: 'taking its place',
  archive: 'moving old values to the trash',
}

/** How far a change is: a bar where its documents are counted, else what it is at. */
export function changeText(
  change: OnlineChangeReply,
  { perSecond, width = 20 }: { readonly perSecond?: number | undefined; readonly width?: number } = {},
): string {
  const { phase, rowsDone, rowsTotal, quarantined, state } = change
  const waiting = quarantined === 0 ? '' : ` · ${number(quarantined)} in quarantine`
  const isMending = phase === 'quarantined' && quarantined > 0
  if (state !== 'running') return `${state}: ${shareText(change)}${waiting}`
  if (isMending) return `${count(quarantined, 'document')} in quarantine to be mended`
  if (phase !== 'backfill' || rowsTotal === null || rowsTotal === 0) return `${phases[phase]}${waiting}`
  const share = shareOf(rowsDone, rowsTotal)
  const done = Math.round(share * width)
  const rate = perSecond === undefined ? '' : ` · ${number(Math.round(perSecond))}/s`
  const rest =
    perSecond === undefined || share === 1
      ? ''
      : ` · ${timeText(Math.ceil((rowsTotal - rowsDone) / perSecond))} left`
  return `${'█'.repeat(done)}${'░'.repeat(width - done)} ${shareText(change)}${rate}${rest}${waiting}`
}

/** `43 %, 430 of 1,000`. */
export function shareText({ rowsDone, rowsTotal, phase }: OnlineChangeReply): string {
  if (phase !== 'backfill' || rowsTotal === null || rowsTotal === 0) return phases[phase]
  const share = Math.floor(shareOf(rowsDone, rowsTotal) * 100)
  return `${share} %, ${number(rowsDone)} of ${number(rowsTotal)}`
}

/** `46 s`, `12 min`, `3 h 20 min`. */
export function timeText(seconds: number): string {
  if (seconds < 90) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 90) return `${minutes} min`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

function shareOf(done: number, total: number): number {
  return Math.min(1, done / total)
}

function number(value: number): string {
  return value.toLocaleString('en')
}
