import type { Client } from '@cloudbox/client'
import type { Favourites } from './favourites.ts'
import { countries, countryName } from './countries.ts'
import type { City, DemoSchema } from './schema.ts'
import { containing, type View } from './view.ts'

/** The list of places: its query, its writes, its looks. */
export function cities(box: Client<DemoSchema>, stars: Favourites) {
  return {
    one: 'place',
    many: 'places',
    wayIn: 'They appear here as they are added.',
    stars,
    filter: { label: 'Country', all: 'All countries', options: countries },
    orders: [
      ['newest', 'Newest first'],
      ['name', 'By name'],
      ['country', 'By country'],
    ],
    fields: [
      { name: 'name', label: 'Name', required: true },
      { name: 'country', label: 'Country', required: true, options: countries },
    ],

    query({ search, filter, order }) {
      let query = box.collection('cities')
      if (search !== '') query = query.ilike('name', containing(search))
      if (filter !== '') query = query.eq('country', filter)
      if (order === 'newest') return query.order('createdAt', { ascending: false })
      if (order === 'country') query = query.order('country')
      return query.order('name')
    },
    insert: values => box.collection('cities').insert(values as Partial<City>),
    update: (id, values) => box.doc('cities', id).update(values as Partial<City>),
    remove: id => box.doc('cities', id).delete(),

    title: city => city.name,
    detail: city => [city.region, countryName(city.country)].filter(Boolean).join(', '),
    aside: ({ location }) => (location ? degrees(location) : ''),
    value: (city, field) => (field === 'country' ? city.country : city.name),
  } satisfies View<City>
}

/** The same list of those places only that the person signed in has starred. */
export function favouriteCities(box: Client<DemoSchema>, stars: Favourites): View<City> {
  const { insert: _, ...all } = cities(box, stars)
  return {
    ...all,
    one: 'favourite',
    many: 'favourites',
    wayIn: 'Star a place in the list of cities.',
    orders: all.orders.filter(([order]) => order !== 'newest'),
    query: choice => stars.places && all.query(choice).in('id', stars.places),
    onOtherQuery: stars.onChange,
  }
}

function degrees({ lat, lng }: { lat: number; lng: number }): string {
  return `${Math.abs(lat).toFixed(2)}° ${lat < 0 ? 'S' : 'N'}  ${Math.abs(lng).toFixed(2)}° ${lng < 0 ? 'W' : 'E'}`
}
