import type { Client } from '@cloudbox/client'
import type { DemoSchema, Movie } from './schema.ts'
import { containing, type View } from './view.ts'

const genres = [
  'Action',
  'Adventure',
  'Black Comedy',
  'Comedy',
  'Concert/Performance',
  'Documentary',
  'Drama',
  'Horror',
  'Musical',
  'Romantic Comedy',
  'Thriller/Suspense',
  'Western',
].map(genre => [genre, genre] as const)

/** The list of films. */
export function movies(box: Client<DemoSchema>): View<Movie> {
  return {
    one: 'movie',
    many: 'movies',
    wayIn: 'They appear here as they are added.',
    filter: { label: 'Genre', all: 'All genres', options: genres },
    orders: [
      ['rating', 'Best rated'],
      ['title', 'By title'],
      ['newest', 'Newest first'],
    ],
    fields: [
      { name: 'title', label: 'Title', required: true },
      { name: 'genre', label: 'Genre', options: genres },
    ],

    query({ search, filter, order }) {
      let query = box.collection('movies')
      if (search !== '') query = query.ilike('title', containing(search))
      if (filter !== '') query = query.eq('genre', filter)
      if (order === 'title') return query.order('title')
      if (order === 'newest') return query.order('createdAt', { ascending: false })
      // Absent values are the greatest, so that unrated films would come first.
      return query.neq('rating', null).order('rating', { ascending: false })
    },
    insert: values => box.collection('movies').insert(values as Partial<Movie>),
    update: (id, values) => box.doc('movies', id).update(values as Partial<Movie>),
    remove: id => box.doc('movies', id).delete(),

    title: movie => movie.title,
    detail: movie => [movie.released?.slice(0, 4), movie.genre].filter(Boolean).join(' · '),
    aside: ({ rating }) => (rating === null ? '' : `★ ${rating.toFixed(1)}`),
    value: (movie, field) => (field === 'genre' ? (movie.genre ?? '') : movie.title),
  }
}
