import type { Client } from '@cloudbox/client'
import { countries, countryName } from './countries.ts'
import type { City, DemoSchema } from './schema.ts'
import { containing, type View } from './view.ts'

/** The list of places: its query, its writes, its looks. */
export function cities(box: Client<DemoSchema>): View<City> {
  return {
    one: 'place',
    many: 'places',
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
  }
}

function degrees({ lat, lng }: { lat: number; lng: number }): string {
  return `${Math.abs(lat).toFixed(2)}° ${lat < 0 ? 'S' : 'N'}  ${Math.abs(lng).toFixed(2)}° ${lng < 0 ? 'W' : 'E'}`
}
