import { Type, type Static } from 'typebox'

/** Settings of accounts that hold for the whole server; those of an environment are in its database. */
export const authConfig = Type.Object({
  geoipFile: Type.String({
    default: '',
    description: 'A MaxMind database (.mmdb) of cities: lists of devices then name the place.',
  }),
})
export type AuthConfig = Static<typeof authConfig>
