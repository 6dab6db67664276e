/** The documents of the demo, as the loader writes and the page reads them. */

/** A real place, from GeoNames. */
export interface City {
  id: string
  name: string
  /** ISO 3166 code, e.g. `NL`. */
  country: string
  /** State, province or canton; null where the source has none. */
  region: string | null
  location: { lat: number; lng: number } | null
  createdAt: string
  updatedAt: string
}

/** A film, from vega-datasets. */
export interface Movie {
  id: string
  title: string
  genre: string | null
  /** Rating on IMDb, 0–10. */
  rating: number | null
  released: string | null
  createdAt: string
  updatedAt: string
}

/** A place somebody likes. */
export interface Favourite {
  id: string
  /** The user; set by the server. */
  owner: string
  /** Id of the place. */
  city: string
  createdAt: string
  updatedAt: string
}

/** What `createClient<DemoSchema>` needs to know to check every field name. */
export interface DemoSchema {
  cities: City
  movies: Movie
  favourites: Favourite
}
