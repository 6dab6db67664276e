import type { CityResponse } from 'maxmind'
import type { Log } from '../../../kernel/log.ts'

/** Finds the place of an address, where a GeoIP file is configured: `Leipzig, Germany`. */
export type FindPlace = (ip: string) => string | null

/** @param file path of a MaxMind database of cities; empty: no place is known */
export async function placeFinder(file: string, log: Log): Promise<FindPlace> {
  if (file === '') return () => null
  try {
    // Only who has such a file pays for its reader.
    const { open } = await import('maxmind')
    const reader = await open<CityResponse>(file, {
      watchForUpdates: true,
      watchForUpdatesNonPersistent: true,
    })
    return ip => {
      const found = reader.get(ip)
      return [found?.city?.names.en, found?.country?.names.en].filter(Boolean).join(', ') || null
    }
  } catch (error) {
    log.warn('auth.geoip-unusable', { file, error })
    return () => null
  }
}
