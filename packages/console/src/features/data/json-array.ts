/** Lines of JSON become one array, piece by piece. */
export function jsonArray(): TransformStream<Uint8Array, Uint8Array> {
  const decoder = new TextDecoder()
  const encoder = new TextEncoder()
  let rest = ''
  let isFirst = true
  const write = (lines: readonly string[]) => {
    let text = ''
    for (const line of lines) {
      if (line === '') continue
      text += `${isFirst ? '[' : ','}\n${line}`
      isFirst = false
    }
    return encoder.encode(text)
  }
  return new TransformStream({
    transform(chunk, controller) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      controller.enqueue(write(lines))
    },
    flush(controller) {
      controller.enqueue(write([rest]))
      controller.enqueue(encoder.encode(isFirst ? '[]\n' : '\n]\n'))
    },
  })
}
