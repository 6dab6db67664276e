/** The collections as the server gets them: fields become columns of a real table, policies decide who may do what. */

const everyone = {
  list: 'public("open data: everyone may read")',
  get: 'public("open data: everyone may read")',
  create: 'public("a playground: everyone may add")',
  update: 'public("a playground: everyone may edit")',
  delete: 'public("a playground: everyone may delete")',
}

export const collections = [
  {
    name: 'cities',
    fields: {
      name: { type: 'text', required: true, min: 1, max: 120 },
      country: { type: 'text', required: true, pattern: '[A-Z][A-Z]' },
      region: { type: 'text', max: 120 },
      location: { type: 'geopoint' },
    },
    indexes: [
      { fields: ['name'] },
      // Finds text anywhere in a name: ilike.%rotterdam%
      { fields: ['name'], kind: 'trigram' },
      { fields: ['country', 'name'] },
      { fields: ['-createdAt'] },
    ],
    policies: everyone,
  },
  {
    name: 'movies',
    fields: {
      title: { type: 'text', required: true, min: 1, max: 200 },
      genre: { type: 'text', max: 60 },
      rating: { type: 'number', min: 0, max: 10 },
      released: { type: 'date' },
    },
    indexes: [{ fields: ['title'] }, { fields: ['genre', 'title'] }, { fields: ['-rating'] }],
    policies: everyone,
  },
  {
    name: 'favourites',
    fields: {
      // Who is signed in, whatever the page says; gone with the account.
      owner: {
        type: 'relation',
        to: 'users',
        required: true,
        onDelete: 'cascade',
        default: { cel: 'auth.uid' },
      },
      city: { type: 'relation', to: 'cities', required: true, onDelete: 'cascade' },
    },
    indexes: [{ fields: ['owner', 'city'], unique: true }],
    policies: {
      list: 'doc.owner == auth.uid',
      get: 'doc.owner == auth.uid',
      create: 'next.owner == auth.uid',
      delete: 'doc.owner == auth.uid',
    },
  },
] as const
