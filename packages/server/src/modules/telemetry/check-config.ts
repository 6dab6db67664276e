import { ConfigProblem, listOf } from '../../kernel/config.ts'
import type { TelemetryConfig } from './config.ts'

/** @throws ConfigProblem for an address or a header that can be none */
export function checkConfig({ otlpUrl, otlpHeaders }: TelemetryConfig): void {
  const mistakes: string[] = []
  if (otlpUrl !== '' && !/^https?:$/.test(protocolOf(otlpUrl)))
    mistakes.push(
      `--telemetry-otlp-url: "${otlpUrl}" is no address (the base of the collector, e.g. http://localhost:4318)`,
    )
  const broken = listOf(otlpHeaders).filter(header => !/^[\w-]+\s*=/.test(header))
  // Their texts may be secrets.
  if (broken.length > 0)
    mistakes.push(
      `--telemetry-otlp-headers: ${broken.length} of them have no name (write name=value with commas between)`,
    )
  if (mistakes.length > 0) throw new ConfigProblem(mistakes)
}

function protocolOf(url: string): string {
  return URL.canParse(url) ? new URL(url).protocol : ''
}
