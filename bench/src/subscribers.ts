// Many subscribers of the same writes in one process; prints the latency of every delivery, in milliseconds.
import { WebSocket } from 'ws'

const { url, frames, count, perSubscriber, quietMs } = JSON.parse(process.argv[2]!) as {
  url: string
  /** What each socket says after it has opened. */
  frames: object[]
  count: number
  /** How many changes each subscriber waits for. */
  perSubscriber: number
  /** Give up when nothing has come for so long. */
  quietMs: number
}

/** Titles carry the moment they were written: `w 1732323232323.123`. */
const written = /"title":"w (\d+\.\d+)"/g
const latencies: number[] = []
let opened = 0
let lastAt = performance.now()

function hear(text: string): void {
  const now = performance.timeOrigin + performance.now()
  lastAt = performance.now()
  for (const [, at] of text.matchAll(written)) latencies.push(now - Number(at))
}

for (let i = 0; i < count; i++) {
  const socket = new WebSocket(url, { perMessageDeflate: false })
  socket.on('open', () => {
    for (const frame of frames) socket.send(JSON.stringify(frame))
    if (frames.length === 0) ready()
  })
  let live = false
  socket.on('message', data => {
    const text = String(data)
    if (!live && frames.length > 0) {
      if (text.includes('"t":"err"')) throw new Error(text)
      if (!text.includes('"t":"live"')) return
      live = true
      ready()
    } else hear(text)
  })
  socket.on('error', error => {
    throw error
  })
}

function ready(): void {
  if (++opened === count) process.stdout.write('{"open":true}\n')
}

const timer = setInterval(() => {
  const whole = latencies.length >= count * perSubscriber
  if (opened < count || (!whole && performance.now() - lastAt < quietMs)) return
  clearInterval(timer)
  const rounded = latencies.map(latency => Number(latency.toFixed(2)))
  const heard = JSON.stringify({ expected: count * perSubscriber, latencies: rounded })
  process.stdout.write(`${heard}\n`, () => process.exit(0))
}, 50)
